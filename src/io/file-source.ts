import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { FormatError, ioError, IoError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

/**
 * Opens a local file. Its reads are synchronous calls, made for a thread whose only work is reading.
 * @throws IoError where it cannot be opened or is no regular file
 */
export function openFile(path: string): ByteSource {
  let fd: number;
  let size: number;
  try {
    // Opening a named pipe would wait for its writer.
    const stat = statSync(path);
    if (!stat.isFile()) throw new IoError(`${path}: cannot open: ${stat.isDirectory() ? 'is a directory' : 'not a regular file'}`);
    fd = openSync(path, 'r');
    size = fstatSync(fd).size;
  } catch (cause) {
    throw cause instanceof IoError ? cause : ioError(path, 'cannot open', cause);
  }
  return {
    name: path,
    size,
    read: (position, into) => {
      readFully(fd, path, size, position, into);
      return Promise.resolve();
    },
    close: () => {
      closeSync(fd);
      return Promise.resolve();
    },
  };
}

function readFully(fd: number, path: string, size: number, position: number, into: Uint8Array): void {
  if (position + into.length > size) {
    throw new FormatError(`${path}: bytes ${position}..${position + into.length} wanted, but the file ends at ${size}`);
  }
  for (let done = 0; done < into.length; ) {
    let count: number;
    try {
      count = readSync(fd, into, done, into.length - done, position + done);
    } catch (cause) {
      throw ioError(path, `cannot read ${into.length} bytes at ${position}`, cause);
    }
    if (count === 0) {
      throw new IoError(`${path}: cannot read byte ${position + done}: the file shrank from ${size} bytes while being read`);
    }
    done += count;
  }
}
