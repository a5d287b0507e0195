import { EncoderKernel } from './encoder.js';

const BLOCK_BYTES = 128 * 1024;
const HEAD_BYTES = 10;

/**
 * Never fewer bytes than the kernel writes for `rawBytes`. No block takes more than its bytes and a head of three; the
 * frame's head takes ten at most.
 */
export function zstdBound(rawBytes: number): number {
  return rawBytes + 3 * (Math.floor(rawBytes / BLOCK_BYTES) + 1) + HEAD_BYTES;
}

/** A frame of Zstandard, without a checksum; at most `zstdBound` bytes. It takes 2.3 MB beside the bytes. */
export class ZstdKernel extends EncoderKernel {
  /** @param level effort, 1 to 9 */
  constructor(level: number) {
    super(new URL('./zstd.wasm', import.meta.url), level);
  }
}
