import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { ioError, systemCode, UsageError } from '../errors.js';
import { publishBytes } from './atomic-file.js';
import { formatRecords, type JournalContent, type JournalWriter, parseRecords } from './journal-lines.js';
import { checkClaim, type LockClaim } from './lock-file.js';
import { readWhole, uninterrupted, writeFully } from './uninterrupted.js';

/** Makes a journal of some records, at once whole. @throws IoError, UsageError where one is there that may not be replaced */
export function writeJournal(path: string, temporaryPath: string, records: readonly unknown[], overwrite: boolean): void {
  publishBytes({ path, temporaryPath, overwrite }, formatRecords(records));
}

/** Reads a journal; undefined where there is none. @throws IoError, UsageError where what is there is none */
export function readJournal(path: string): JournalContent | undefined {
  let fd: number;
  try {
    fd = openOwn(path, constants.O_RDONLY);
  } catch (error) {
    if (systemCode((error as Error).cause) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parseRecords(readWhole(fd));
  } catch (cause) {
    throw ioError(path, 'cannot read', cause);
  } finally {
    closeSync(fd);
  }
}

/** Adds records to the journal of a file. */
export class JournalAppender implements JournalWriter {
  readonly rewrittenBytes = 0;
  readonly #path: string;
  readonly #claim: LockClaim | undefined;
  readonly #fd: number;
  #position: number;
  #isOpen = true;

  /**
   * @param bytes where its last record ends; what is behind it is cut off
   * @param claim nothing is changed once that is lost: a run that was stopped for long goes on in another one's files
   */
  constructor(path: string, bytes: number, claim?: LockClaim) {
    checkClaim(claim);
    this.#path = path;
    this.#claim = claim;
    this.#fd = openOwn(path, constants.O_RDWR);
    this.#position = bytes;
    this.#attempt('cannot cut off its end', () => uninterrupted(() => ftruncateSync(this.#fd, bytes)));
  }

  async append(records: readonly unknown[]): Promise<void> {
    this.#write(records);
    try {
      await promisify(fdatasync)(this.#fd);
    } catch (cause) {
      throw ioError(this.#path, 'cannot flush to disk', cause);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#fd);
  }

  #write(records: readonly unknown[]): void {
    const lines = formatRecords(records);
    checkClaim(this.#claim);
    this.#attempt('cannot write', () => writeFully(this.#fd, lines, this.#position));
    this.#position += lines.length;
  }

  #attempt(step: string, action: () => void): void {
    try {
      action();
    } catch (cause) {
      throw ioError(this.#path, step, cause);
    }
  }
}

/** Opens a file that a run of this user made before: not what a link points to, nor what another user laid there. */
export function openOwn(path: string, flags: number): number {
  let fd: number;
  try {
    // A named pipe would have this wait for whoever writes to it.
    fd = uninterrupted(() => openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  } catch (cause) {
    if (systemCode(cause) === 'ELOOP') throw new UsageError(`${path}: is a link, remove it`, { cause });
    throw ioError(path, 'cannot open', cause);
  }
  const stat = lookAt(fd, path);
  const isOthers = process.geteuid !== undefined && stat.uid !== process.geteuid();
  if (stat.isFile() && !isOthers) return fd;
  closeSync(fd);
  throw new UsageError(`${path}: ${isOthers ? 'belongs to another user' : 'is no regular file'}, remove it`);
}

function lookAt(fd: number, path: string): Stats {
  try {
    return fstatSync(fd);
  } catch (cause) {
    closeSync(fd);
    throw ioError(path, 'cannot look at it', cause);
  }
}
