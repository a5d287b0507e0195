/** What both ways of LZW share. */

export const CLEAR: u32 = 256;
export const END: u32 = 257;
export const FIRST: u32 = 258;
export const MIN_WIDTH: u32 = 9;
export const MAX_WIDTH: u32 = 12;
export const CODES: u32 = 1 << MAX_WIDTH;

/** libtiff's encoder clears when this many codes are taken: old readers fail on a table filled to 4096. */
export const CLEAR_AT: u32 = 4094;

// @ts-ignore: decorator
@inline
export function bigEndian64(value: u64): u64 {
  const both = i64x2.splat(value);
  return i64x2.extract_lane(i8x16.shuffle(both, both, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}
