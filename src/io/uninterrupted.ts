import { writeSync } from 'node:fs';
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

/** Writes all of `bytes`, in as many calls as it takes. @throws the system's error */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const count = uninterrupted(() => writeSync(fd, bytes, done, bytes.length - done, position + done));
    if (count === 0) throw new Error('the system wrote nothing and gave no reason');
    done += count;
  }
}
