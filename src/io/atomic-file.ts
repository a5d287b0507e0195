import { closeSync, existsSync, fsyncSync, linkSync, lstatSync, openSync, readSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError, IoError, RastqError, systemCode, UsageError } from '../errors.js';
import type { ByteSink } from './byte-sink.js';
import { accessOf, type FileAccess, keepAccess, modeOf } from './file-access.js';
import { closerOf, stepsOn } from './file-steps.js';
import { removeLeftovers } from './leftovers.js';
import { checkClaim, type LockClaim } from './lock-file.js';
import { namesFolder } from './location.js';
import { besidePath } from './own-name.js';
import { uninterrupted, writeFully } from './uninterrupted.js';

/**
 * A file that appears at its path whole or not at all: it is written beside it under a temporary name, which says by
 * whom, and moved there when it is complete.
 */
export interface AtomicTarget extends FileAccess {
  /** Where the complete file shall be; a link is followed to what it points to. */
  readonly path: string;
  readonly temporaryPath: string;
  readonly overwrite: boolean;
  /** Whether the bytes are on the disk, not only with the operating system, before the file appears. */
  readonly durable: boolean;
  /** Where the journal is of what can be gone on with, and the temporary file is kept with it; absent: a run that fails leaves nothing. */
  readonly journalPath?: string;
}

export interface TargetOptions {
  /** Whether a file that is there may be replaced. */
  readonly overwrite: boolean;
  /** As AtomicTarget has it; not by default. */
  readonly durable?: boolean;
  /** Whether a run that fails can be gone on with; not by default. What is at the output's place is then the journal's to judge. */
  readonly resume?: boolean;
}

/** Bytes that are moved on at a time. */
const MOVED_BYTES = 8 * 1024 * 1024;

/**
 * Looks at the place of the output and clears what a killed run on this host left there.
 * @throws UsageError where a file is there already, or none can be of that name, IoError where the directory is missing
 */
export function prepareTarget(output: string, options: TargetOptions): AtomicTarget {
  const target = checkTarget(output, options);
  removeLeftovers(target.path);
  return target;
}

/** As `prepareTarget`, and touches nothing. */
export function checkTarget(output: string, { overwrite, durable = false, resume = false }: TargetOptions): AtomicTarget {
  if (namesFolder(output)) throw new UsageError(`${output}: names a folder, wanted a file's name`);
  const attempt = stepsOn(output);
  const isThere = existsSync(output);
  if (!isThere && attempt('cannot look at it', () => lstatSync(output, { throwIfNoEntry: false }))?.isSymbolicLink()) {
    throw new UsageError(`${output}: is a link to a place where there is no file, give that place`);
  }
  const there = isThere ? attempt('cannot look at it', () => statSync(output)) : undefined;
  // Of a pipe or a socket that has a name as an open file only, there is no other path to find.
  if (there?.isFile() === false) throw new UsageError(`${output}: exists and is not a regular file`);
  const path = isThere ? attempt('cannot look at it', () => realpathSync(output)) : output;
  const directory = dirname(path);
  try {
    if (!statSync(directory).isDirectory()) throw new IoError(`${output}: cannot create: ${directory} is not a directory`);
  } catch (cause) {
    throw cause instanceof IoError ? cause : ioError(output, `cannot create, directory ${directory}`, cause);
  }
  if (there !== undefined && !overwrite && !resume) throw existsAlready(output);
  const place = { path, overwrite, ...(there && accessOf(there)) };
  if (resume) return { ...place, temporaryPath: `${path}.partial`, durable: true, journalPath: `${path}.journal` };
  return { ...place, temporaryPath: besidePath(path), durable };
}

export const existsAlready = (output: string): UsageError => new UsageError(`${output}: exists already, give --overwrite to replace it`);

/**
 * Creates the temporary file. Runs in the writer thread; the main thread may call `removeTemporary` after that thread
 * has died.
 * @param claim once that is lost the file does not appear
 * @throws IoError where it cannot be created
 */
export function createAtomicFile(target: AtomicTarget, claim?: LockClaim): ByteSink {
  const { path, temporaryPath, durable } = target;
  const attempt = stepsOn(path);
  // Exclusive: a link that someone laid under this name is not followed.
  const fd = attempt('cannot create', () => uninterrupted(() => openSync(temporaryPath, 'wx+', modeOf(target))));
  let end = 0;
  const write = (position: number, bytes: Uint8Array): void => {
    attempt(`cannot write ${bytes.length} bytes at ${position}`, () => writeFully(fd, bytes, position));
    end = Math.max(end, position + bytes.length);
  };
  const read = (position: number, into: Uint8Array): void => {
    attempt(`cannot read back ${into.length} bytes at ${position}`, () => {
      for (let done = 0; done < into.length; ) {
        const count = uninterrupted(() => readSync(fd, into, done, into.length - done, position + done));
        if (count === 0) throw new Error('the file is shorter than it was');
        done += count;
      }
    });
  };
  const close = closerOf(fd);
  return {
    write: (position, bytes) => {
      write(position, bytes);
      return Promise.resolve();
    },
    insert: async (position, { byteLength, pieces }) => {
      // From the end on, so that nothing is written over that has not moved yet.
      const piece = new Uint8Array(MOVED_BYTES);
      for (let stop = end; stop > position; ) {
        const start = Math.max(position, stop - MOVED_BYTES);
        const moved = piece.subarray(0, stop - start);
        read(start, moved);
        write(start + byteLength, moved);
        stop = start;
      }
      let at = position;
      for await (const bytes of pieces()) {
        write(at, bytes);
        at += bytes.length;
      }
    },
    flush: () => {
      attempt('cannot set who may read it', () => keepAccess(fd, target));
      if (durable) attempt('cannot flush to disk', () => uninterrupted(() => fsyncSync(fd)));
      attempt('cannot close', close);
      return Promise.resolve();
    },
    publish: () => {
      checkClaim(claim);
      publish(target);
      return Promise.resolve();
    },
    discard: () => {
      try {
        close();
      } catch {
        // The file goes away in the next line; what closing it had to say no longer matters.
      }
      removeTemporary(target);
      return Promise.resolve();
    },
  };
}

/** Moves the finished file into place. @throws UsageError where one appeared there meanwhile */
export function publish({ path, temporaryPath, overwrite }: Place): void {
  if (!overwrite && linkExclusively(path, temporaryPath)) return;
  try {
    uninterrupted(() => renameSync(temporaryPath, path));
  } catch (cause) {
    throw ioError(path, 'cannot move the finished file into place', cause);
  }
}

type Place = Pick<AtomicTarget, 'path' | 'temporaryPath' | 'overwrite'>;

/** Makes a small file appear whole and lastingly, or not at all. @throws IoError; UsageError where one is there that may not be replaced */
export function publishBytes(target: Place, bytes: Uint8Array): void {
  const { path, temporaryPath } = target;
  try {
    const fd = uninterrupted(() => openSync(temporaryPath, 'wx'));
    try {
      writeFully(fd, bytes, 0);
      uninterrupted(() => fsyncSync(fd));
    } finally {
      closeSync(fd);
    }
    publish(target);
    flushFolder(dirname(path));
  } catch (cause) {
    removeTemporary(target);
    throw cause instanceof RastqError ? cause : ioError(path, 'cannot write', cause);
  }
}

/** Has names on the disk that were given or taken away. Where a folder cannot be flushed, its system does that by itself. */
function flushFolder(folder: string): void {
  let fd: number;
  try {
    fd = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    uninterrupted(() => fsyncSync(fd));
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EBADF', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}

/** A link fails where a rename would silently replace a file that appeared meanwhile. False: no links here. */
function linkExclusively(path: string, temporaryPath: string): boolean {
  try {
    uninterrupted(() => linkSync(temporaryPath, path));
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') throw new UsageError(`${path}: appeared while the run was under way`, { cause });
    if (existsSync(path)) throw new UsageError(`${path}: appeared while the run was under way`, { cause });
    return false;
  }
  // The file is there: a second name that cannot be taken away is the next run's to clear.
  removeTemporary({ temporaryPath });
  return true;
}

/** Removes the temporary file if it is there. Never throws. */
export function removeTemporary({ temporaryPath }: Pick<AtomicTarget, 'temporaryPath'>): void {
  try {
    rmSync(temporaryPath, { force: true });
  } catch {
    // Nothing can be done about it, and the error that led here is the one to report.
  }
}
