import { type BigIntStats, closeSync, fstatSync, openSync, readSync, readvSync, statSync } from 'node:fs';
import { FormatError, ioError, IoError } from '../errors.js';
import type { ByteSource, PiecesRead } from './byte-source.js';
import { Pieces } from './pieces.js';
import { uninterrupted } from './uninterrupted.js';

/**
 * Opens a local file. Its reads are synchronous calls, made for a thread whose only work is reading, or that has nothing to do
 * before it has read. A file that is changed meanwhile, by its size or the time of its last change, ends the next read.
 * @param version the one that is wanted, where it was opened before
 * @throws IoError where it cannot be opened, is no regular file, or another version
 */
export function openFile(path: string, version?: string): ByteSource {
  let fd: number;
  try {
    // Opening a named pipe would wait for its writer.
    const stat = statSync(path);
    if (!stat.isFile()) throw new IoError(`${path}: cannot open: ${stat.isDirectory() ? 'is a directory' : 'not a regular file'}`);
    fd = uninterrupted(() => openSync(path, 'r'));
  } catch (cause) {
    throw cause instanceof IoError ? cause : ioError(path, 'cannot open', cause);
  }
  const look = (): BigIntStats => {
    try {
      return fstatSync(fd, { bigint: true });
    } catch (cause) {
      throw ioError(path, 'cannot look at it', cause);
    }
  };
  try {
    const { size: bytes, mtimeNs } = look();
    const size = Number(bytes);
    const own = versionOf(mtimeNs);
    if (version !== undefined && version !== own) throw changed(path, `last changed at ${timeOf(version)} before, at ${timeOf(own)} now`);
    // Once it is closed, its descriptor's number may be another file's.
    let isClosed = false;
    const readPieces = (reads: readonly PiecesRead[]): Promise<void> => {
      if (isClosed) throw new IoError(`${path}: cannot read: is closed`);
      for (const { position, into } of reads) readFully(fd, path, size, position, into);
      const now = look();
      if (now.size !== bytes) throw changed(path, `${bytes} bytes before, ${now.size} now`);
      if (now.mtimeNs !== mtimeNs) throw changed(path, `last changed at ${timeOf(own)} before, at ${timeOf(versionOf(now.mtimeNs))} now`);
      return Promise.resolve();
    };
    return {
      name: path,
      size,
      version: own,
      read: (position, into) => readPieces([{ position, into: new Pieces([into]) }]),
      readPieces,
      close: () => {
        if (isClosed) return Promise.resolve();
        isClosed = true;
        closeSync(fd);
        return Promise.resolve();
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Nanoseconds since 1970, as a file's version has them. */
export const versionOf = (mtimeNs: bigint): string => String(mtimeNs);

/** A file's version in words. */
export const timeOf = (version: string): string => new Date(Number(BigInt(version) / 1_000_000n)).toISOString();

const changed = (path: string, how: string): IoError => new IoError(`${path}: changed while it was being read: ${how}`);

function readFully(fd: number, path: string, size: number, position: number, into: Pieces): void {
  if (position + into.length > size) {
    throw new FormatError(`${path}: bytes ${position}..${position + into.length} wanted, but the file ends at ${size}`);
  }
  for (let done = 0; done < into.length; ) {
    let count: number;
    try {
      const { all } = done === 0 ? into : into.slice(done);
      count = uninterrupted(() => (all.length === 1 ? readSync(fd, all[0], 0, all[0].length, position + done) : readvSync(fd, all, position + done)));
    } catch (cause) {
      throw ioError(path, `cannot read ${into.length} bytes at ${position}`, cause);
    }
    if (count === 0) {
      throw new IoError(`${path}: cannot read byte ${position + done}: the file shrank from ${size} bytes while being read`);
    }
    done += count;
  }
}
