import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of buffers between two collections: much less than the 64 MB after which V8 would look by itself. */
const BYTES_BETWEEN = 4 * 1024 * 1024;

/** So much freed in one piece has glibc keep twice as much, for the whole process: its dynamic thresholds, mallopt(3). */
const FREED_BYTES = 8 * 1024 * 1024;

let collect: ((options: { readonly type: 'minor' }) => void) | undefined;
let bytesSince = 0;

/**
 * Tells that a buffer of so many bytes was made which nobody will hold for long. V8 sees the few bytes in its heap that
 * stand for it, not the buffer, and lets some 50 MB of them lie about in each thread; a minor collection, of the young
 * part of its heap, takes less than a millisecond and frees them.
 */
export function countGarbage(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < BYTES_BETWEEN) return;
  bytesSince = 0;
  if (collect === undefined) {
    // Of the whole process, so that it stays set: another thread may be about to use it.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
  }
  collect?.({ type: 'minor' });
}

/**
 * Lets go of a buffer that was held for long: such a one is no longer in the young part of the heap. Its memory goes over to
 * one that is.
 */
export function leaveGarbage(buffer: ArrayBuffer): void {
  const { byteLength } = buffer;
  structuredClone(buffer, { transfer: [buffer] });
  countGarbage(byteLength);
}

/**
 * Has memory that is freed stay with the process for what comes next: pieces of streams and messages are freed together, and
 * without this each time go back to the system, and come anew from there page by page.
 */
export function keepFreedMemory(): void {
  leaveGarbage(new ArrayBuffer(FREED_BYTES));
}
