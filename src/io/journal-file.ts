import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { ioError, systemCode, UsageError } from '../errors.js';
import { publishBytes } from './atomic-file.js';
import { readWhole, uninterrupted, writeFully } from './uninterrupted.js';

/**
 * A list of records that only grows. A record is a line: a checksum, and JSON. What a crash cut off at the end is no
 * record, and what follows it is none.
 */
export interface JournalContent {
  readonly records: readonly unknown[];
  /** Where each record ends. */
  readonly ends: readonly number[];
}

/** Makes a journal of some records, at once whole. @throws IoError, UsageError where one is there that may not be replaced */
export function writeJournal(path: string, temporaryPath: string, records: readonly unknown[], overwrite: boolean): void {
  publishBytes({ path, temporaryPath, overwrite }, Buffer.concat(records.map(lineOf)));
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
    return parseLines(readWhole(fd));
  } catch (cause) {
    throw ioError(path, 'cannot read', cause);
  } finally {
    closeSync(fd);
  }
}

/** Adds records to a journal that is there. Lives in the writer thread, one call at a time. */
export class JournalAppender {
  readonly #path: string;
  readonly #fd: number;
  #position: number;
  #isOpen = true;

  /** @param bytes where its last record ends; what is behind it is cut off */
  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#fd = openOwn(path, constants.O_RDWR);
    this.#position = bytes;
    this.#attempt('cannot cut off its end', () => uninterrupted(() => ftruncateSync(this.#fd, bytes)));
  }

  /** Adds records, and waits until they are on the disk. @throws IoError */
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
    const lines = Buffer.concat(records.map(lineOf));
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
    fd = uninterrupted(() => openSync(path, flags | constants.O_NOFOLLOW));
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

const CHECKSUM_DIGITS = 8;

function lineOf(record: unknown): Buffer {
  const json = JSON.stringify(record);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

const checksum = (text: string | Buffer): string => crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');

function parseLines(file: Buffer): JournalContent {
  const records: unknown[] = [];
  const ends: number[] = [];
  for (let start = 0, end = file.indexOf(10); end !== -1; start = end + 1, end = file.indexOf(10, start)) {
    const json = file.subarray(start + CHECKSUM_DIGITS + 1, end);
    if (file.toString('latin1', start, start + CHECKSUM_DIGITS) !== checksum(json)) break;
    records.push(JSON.parse(json.toString()));
    ends.push(end + 1);
  }
  return { records, ends };
}
