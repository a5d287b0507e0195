/**
 * What the parts of the DEFLATE encoder share, at fixed places of the memory. The bytes to encode come behind all of
 * it, from `__heap_base` on.
 */

/** Symbols of RFC 1951, section 3.2.5; 286 and 287 of literals and lengths, 30 and 31 of distances are never used. */
export const LITERALS = 288;
export const DISTANCES = 32;
export const END_OF_BLOCK = 256;
export const FIRST_LENGTH = 257;
export const SHORTEST = 3;
export const LONGEST = 258;
/** One less than the format's, so that a chain of earlier places never runs into the one that is put in. */
export const WINDOW = 32767;

/** The most bytes a block stands for, and the most that statistics are taken of in one piece. */
export const BLOCK_BYTES: usize = 1 << 19;
export const SEGMENT_BYTES: usize = 1 << 14;

/**
 * What a block is made of, 8 bytes a sequence: how many literals (u32), then a match: distance (u16), length (u16; 0:
 * none). The literals themselves are in the input. A segment has at most a sequence for each 3 bytes, and one more.
 */
export const SEQUENCE_BYTES: usize = 8;
const MOST_SEQUENCES: usize = 1 << 16;
export const sequences: usize = memory.data(<i32>(MOST_SEQUENCES * SEQUENCE_BYTES), 16);
export const sequencesFull: usize = sequences + (MOST_SEQUENCES - (SEGMENT_BYTES + LONGEST) / SHORTEST - 64) * SEQUENCE_BYTES;

/** How often each symbol occurs, u32: literals and lengths, then distances. Of the block so far, and of the next segment. */
export const COUNTS: usize = LITERALS + DISTANCES;
export const blockCounts: usize = memory.data(1280, 16);
export const segmentCounts: usize = memory.data(1280, 16);

/** What a literal (256), a length (by itself, extra bits included), a distance (by symbol, likewise) costs; u32, 1/256 bit. */
export const literalCosts: usize = memory.data(256 * 4, 16);
export const lengthCosts: usize = memory.data(259 * 4, 16);
export const distanceCosts: usize = memory.data(32 * 4, 16);
export const COST_BIT = 256;

/** By length: symbol (u16), and by symbol - 257: extra bits (u8) and first length (u16). */
export const lengthSymbols: usize = memory.data(259 * 2, 16);
export const lengthExtra: usize = memory.data(32, 16);
export const lengthBase: usize = memory.data(64, 16);

for (let symbol = 0, length = SHORTEST; symbol < 29; symbol++) {
  const extra = symbol < 8 || symbol == 28 ? 0 : (symbol >> 2) - 1;
  if (symbol == 28) length = LONGEST;
  store<u8>(lengthExtra + symbol, <u8>extra);
  store<u16>(lengthBase + (symbol << 1), <u16>length);
  for (let end = length + (1 << extra); length < end && length <= LONGEST; length++) {
    store<u16>(lengthSymbols + (length << 1), <u16>(FIRST_LENGTH + symbol));
  }
}

/** The symbol of a distance, from 1. */
// @ts-ignore: decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  const d = distance - 1;
  if (d < 4) return d;
  const top = 31 - clz(d);
  return (top << 1) + ((d >> (top - 1)) & 1);
}

/** How many extra bits follow a distance's symbol; their value is `(distance - 1) & ((1 << extra) - 1)`. */
// @ts-ignore: decorator
@inline
export function distanceExtra(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}
