import type { Handler } from '../src/pools/stage.js';

/** Larger than any cache. */
const BYTES = 64 * 1024 * 1024;
const SECONDS = 0.5;

/** A stage that copies memory for a while and tells how many bytes a second. */
export function open(): Handler {
  const from = new Uint8Array(BYTES).fill(1);
  const to = new Uint8Array(BYTES).fill(2);
  return {
    handle: () => {
      const started = performance.now();
      let bytes = 0;
      let seconds = 0;
      while (seconds < SECONDS) {
        to.set(from);
        bytes += BYTES;
        seconds = (performance.now() - started) / 1000;
      }
      return { value: bytes / seconds };
    },
  };
}
