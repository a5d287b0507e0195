/** What is known of how often symbols occur: where a block ends, and what matches are worth, follow from it. */

import { addCountedBytes, countBytes, increment, startCountingBytes } from '../coding/byte-counts.as';
import { log2 } from '../coding/logarithm.as';
import {
  blockCounts, COST_BIT, COUNTS, DISTANCES, distanceCosts, distanceExtra, distanceSymbol, FIRST_LENGTH, lengthBase,
  lengthCosts, lengthExtra, lengthSymbols, literalCosts, LITERALS, LONGEST, segmentCounts, SEQUENCE_BYTES,
} from './room.as';

/** Counts what a segment's sequences are made of. `literals` is where its input begins. */
export function countSegment(from: usize, to: usize, literals: usize): void {
  memory.fill(segmentCounts, 0, COUNTS << 2);
  startCountingBytes();
  const distances = segmentCounts + (LITERALS << 2);
  for (let at = from; at < to; at += SEQUENCE_BYTES) {
    const run = load<u32>(at);
    countBytes(literals, run);
    literals += run;
    const match = load<u32>(at, 4);
    const length = match >>> 16;
    if (length == 0) continue;
    increment(segmentCounts, load<u16>(lengthSymbols + (<usize>length << 1)));
    increment(distances, distanceSymbol(match & 0xffff));
    literals += length;
  }
  addCountedBytes(segmentCounts);
}

/** The block's counts begin with the segment's, or with none. */
export function beginBlock(withSegment: bool): void {
  if (withSegment) memory.copy(blockCounts, segmentCounts, COUNTS << 2);
  else memory.fill(blockCounts, 0, COUNTS << 2);
}

/** Adds the segment's counts to the block's. */
export function joinSegment(): void {
  for (let i: usize = 0; i < COUNTS << 2; i += 16) {
    v128.store(blockCounts + i, i32x4.add(v128.load(blockCounts + i), v128.load(segmentCounts + i)));
  }
}

/** What a segment needs to save to be worth a block of its own, in bits: about what a block's head takes. */
const HEAD_BITS: i64 = 400;

/** Whether block and segment take fewer bits apart than together, by the entropies of their symbols. */
export function isBetterApart(): bool {
  const apart = saving(blockCounts, segmentCounts, LITERALS) + saving(blockCounts + (LITERALS << 2), segmentCounts + (LITERALS << 2), DISTANCES);
  return apart >> 16 > HEAD_BITS;
}

/** How many bits, in 1/65536, two sets of counts take less when each has a code of its own. */
function saving(one: usize, other: usize, size: i32): i64 {
  let bits: i64 = 0;
  let ones: u32 = 0;
  let others: u32 = 0;
  for (let i: usize = 0; i < <usize>size << 2; i += 4) {
    const a = load<u32>(one + i);
    const b = load<u32>(other + i);
    if (a == 0 || b == 0) {
      ones += a;
      others += b;
      continue;
    }
    ones += a;
    others += b;
    bits += <i64>a * log2(a) + <i64>b * log2(b) - <i64>(a + b) * log2(a + b);
  }
  if (ones == 0 || others == 0) return 0;
  return bits + <i64>(ones + others) * log2(ones + others) - <i64>ones * log2(ones) - <i64>others * log2(others);
}

/** Costs by what occurred in the segment; everything is taken to have occurred once more. */
export function costsOfSegment(): void {
  const counts = segmentCounts;
  let all: u32 = 0;
  for (let i = 0; i < LITERALS; i++) all += load<u32>(counts + (i << 2)) + 1;
  const whole = log2(all);
  for (let i: usize = 0; i < 256; i++) store<u32>(literalCosts + (i << 2), (whole - log2(load<u32>(counts + (i << 2)) + 1)) >>> 8);
  for (let symbol: usize = 0; symbol < 29; symbol++) {
    const extra = <u32>load<u8>(lengthExtra + symbol);
    const cost = ((whole - log2(load<u32>(counts + ((symbol + FIRST_LENGTH) << 2)) + 1)) >>> 8) + extra * COST_BIT;
    const base = <usize>load<u16>(lengthBase + (symbol << 1));
    const end = min<usize>(base + (<usize>1 << extra), LONGEST + 1);
    for (let length = base; length < end; length++) store<u32>(lengthCosts + (length << 2), cost);
  }
  const distances = counts + (LITERALS << 2);
  let far: u32 = 0;
  for (let i = 0; i < 30; i++) far += load<u32>(distances + (i << 2)) + 1;
  const farWhole = log2(far);
  for (let symbol: usize = 0; symbol < 30; symbol++) {
    const cost = (farWhole - log2(load<u32>(distances + (symbol << 2)) + 1)) >>> 8;
    store<u32>(distanceCosts + (symbol << 2), cost + distanceExtra(<u32>symbol) * COST_BIT);
  }
}

/** What is assumed of the first segment, given as plain bytes: all of them literals, and a match for some of them. */
export function assumeSymbols(bytes: usize, count: usize): void {
  memory.fill(segmentCounts, 0, COUNTS << 2);
  startCountingBytes();
  countBytes(bytes, count);
  addCountedBytes(segmentCounts);
  const each = (<u32>count >>> 7) + 1;
  for (let i = 0; i < 29; i++) store<u32>(segmentCounts + ((FIRST_LENGTH + i) << 2), i < 8 ? each : each >>> 2);
  for (let i = 0; i < 30; i++) store<u32>(segmentCounts + ((LITERALS + i) << 2), each);
}
