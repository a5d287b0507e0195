import { EncoderKernel } from './encoder.js';

const SEGMENT_BYTES = 16384;
const STORED_BYTES = 65535;

/**
 * Never fewer bytes than the kernel writes for `rawBytes`. No block takes more than the same bytes stored would: five
 * bytes for each 65535 of them, and two or less to fill up the byte before. All but the last stand for a segment at
 * least. Two bytes go before the blocks, four behind them.
 */
export function deflateBound(rawBytes: number): number {
  return rawBytes + 6 * (Math.floor(rawBytes / SEGMENT_BYTES) + 1) + 5 * Math.floor(rawBytes / STORED_BYTES) + 7;
}

/** DEFLATE in a zlib wrapper; at most `deflateBound` bytes. Its tables take 1.3 MB. */
export class DeflateKernel extends EncoderKernel {
  /** @param level effort, 1 to 9 */
  constructor(level: number) {
    super(new URL('./deflate.wasm', import.meta.url), level);
  }
}
