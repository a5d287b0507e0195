/** Codes of two literals at once: half the work where literals are many, as in noise. */

import { blockCounts } from './room.as';

/** By the two bytes, the first in the low bits: the bits of both codes in the low 26, how many above; NO_PAIR: not joined. */
export const pairs: usize = memory.data(65536 * 4, 16);
export const PAIR_BITS: u32 = 26;
export const PAIR_MASK: u32 = (1 << PAIR_BITS) - 1;
/** More bits than there are in a pair. */
export const NO_PAIR: u32 = 1 << 31;

/** How often a byte must occur in a block for joining its 256 pairs to cost less than it saves. */
const WORTH_IT: u32 = 2048;

/** Whether the pairs that are joined are most of those in the block. */
export let hasPairs: bool = false;

/**
 * Joins codes, bits in the low 16 and how many above, where the second byte is frequent in the block. Of samples of 16 bits the
 * second bytes are few and frequent, and half of all.
 */
export function joinPairs(codes: usize): void {
  let all: u32 = 0;
  let frequent: u32 = 0;
  for (let i: usize = 0; i < 1024; i += 4) {
    const count = load<u32>(blockCounts + i);
    all += count;
    if (count >= WORTH_IT) frequent += count;
  }
  hasPairs = all - frequent <= (all >>> 1) + (all >>> 6);
  if (!hasPairs) return;
  for (let second: usize = 0; second < 256; second++) {
    const row = pairs + (second << 10);
    if (load<u32>(blockCounts + (second << 2)) < WORTH_IT) {
      for (let first: usize = 0; first < 1024; first += 16) v128.store(row + first, i32x4.splat(NO_PAIR));
      continue;
    }
    const code = load<u32>(codes + (second << 2));
    const bits = code & 0xffff;
    const count = code >>> 16;
    for (let first: usize = 0; first < 1024; first += 4) {
      const before = load<u32>(codes + first);
      const both = (before >>> 16) + count;
      const joined = (before & 0xffff) | (bits << (before >>> 16)) | (both << PAIR_BITS);
      store<u32>(row + first, both <= PAIR_BITS && before != 0 ? joined : NO_PAIR);
    }
  }
}
