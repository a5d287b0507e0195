import { constants, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { ioError, systemCode } from '../errors.js';
import { type AtomicTarget, publish } from './atomic-file.js';
import { keepAccess, keepMode, modeOf } from './file-access.js';
import { closerOf, stepsOn } from './file-steps.js';
import { versionOf } from './file-source.js';
import { openOwn } from './journal-file.js';
import type { ResumableSink } from './kept-place.js';
import { checkClaim, type LockClaim } from './lock-file.js';
import { uninterrupted, writeFully } from './uninterrupted.js';

/** A file whose bytes outlive a run that fails. */
export interface ResumableFileSink extends ResumableSink {
  /** Cuts off what is behind `length`. @throws IoError */
  cut(length: number): void;
}

/**
 * Creates the temporary file, or opens the one that a run before left.
 * @param claim nothing is changed once that is lost: a run that was stopped for long goes on in another one's file
 * @throws IoError; UsageError where it is a link or another user's
 */
export function openResumableFile(target: AtomicTarget, claim?: LockClaim): ResumableFileSink {
  const { path } = target;
  const check = (): void => checkClaim(claim);
  check();
  const fd = createOrOpen(target);
  const attempt = stepsOn(path);
  const close = closerOf(fd);
  return {
    cut: (length) => {
      check();
      attempt('cannot cut off its end', () => uninterrupted(() => ftruncateSync(fd, length)));
    },
    write: (position, bytes) => {
      attempt(`cannot write ${bytes.length} bytes at ${position}`, () => writeFully(fd, bytes, position, check));
      return Promise.resolve();
    },
    insert: () => Promise.reject(new TypeError('nothing is inserted into a file that can be resumed')),
    persist: () =>
      promisify(fdatasync)(fd).catch((cause: unknown) => {
        throw ioError(path, 'cannot flush to disk', cause);
      }),
    stamp: () => {
      const { size, mtimeNs } = attempt('cannot look at it', () => fstatSync(fd, { bigint: true }));
      return { bytes: Number(size), version: versionOf(mtimeNs) };
    },
    flush: () => {
      check();
      attempt('cannot set who may read it', () => keepMode(fd, target));
      attempt('cannot flush to disk', () => uninterrupted(() => fsyncSync(fd)));
      return Promise.resolve();
    },
    publish: () => {
      check();
      // Last of all: it could not be gone on with as another user's.
      attempt('cannot set who may read it', () => keepAccess(fd, target));
      attempt('cannot close', close);
      check();
      publish(target);
      return Promise.resolve();
    },
    discard: () => {
      try {
        close();
      } catch {
        // The error that led here is the one to report.
      }
      return Promise.resolve();
    },
  };
}

function createOrOpen(target: AtomicTarget): number {
  const { temporaryPath: path } = target;
  try {
    return uninterrupted(() => openSync(path, 'wx', modeOf(target)));
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw ioError(path, 'cannot create', cause);
    return openOwn(path, constants.O_RDWR);
  }
}
