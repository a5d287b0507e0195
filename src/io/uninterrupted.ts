import { fstatSync, readSync, writeSync } from 'node:fs';
import { systemCode } from '../errors.js';

/** Makes a system call again for as long as a signal interrupts it. */
export function uninterrupted<T>(call: () => T): T {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (systemCode(error) !== 'EINTR') throw error;
    }
  }
}

/** Reads a small file from its start. @throws the system's error */
export function readWhole(fd: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  let done = 0;
  for (let count = -1; count !== 0 && done < bytes.length; done += count) {
    count = uninterrupted(() => readSync(fd, bytes, done, bytes.length - done, done));
  }
  return bytes.subarray(0, done);
}

/**
 * What one write gives to the system at most. For 2 MB and more Linux takes page cache in pieces of 2 MB, which virtual machines
 * have given back to their host when they were free: to get them again costs ten times what is written.
 */
const WRITE_BYTES = 1024 * 1024;

/**
 * Writes all of `bytes`, in as many calls as it takes.
 * @param before is called before each of them; what it throws ends the writing
 * @throws the system's error
 */
export function writeFully(fd: number, bytes: Uint8Array, position: number, before?: () => void): void {
  for (let done = 0; done < bytes.length; ) {
    before?.();
    const count = uninterrupted(() => writeSync(fd, bytes, done, Math.min(WRITE_BYTES, bytes.length - done), position + done));
    if (count === 0) throw new Error('the system wrote nothing and gave no reason');
    done += count;
  }
}
