/** The last three offsets of matches (RFC 8878, section 3.1.1.5): one that is repeated costs little. */

/** The last three offsets, and as they were before the block. */
export let offset1: u32 = 1;
let offset2: u32 = 4;
let offset3: u32 = 8;
let before1: u32 = 0;
let before2: u32 = 0;
let before3: u32 = 0;

/** Begins a frame. */
export function startOffsets(): void {
  offset1 = 1;
  offset2 = 4;
  offset3 = 8;
}

/** Begins a block. */
export function keepOffsets(): void {
  before1 = offset1;
  before2 = offset2;
  before3 = offset3;
}

/** Forgets the block's offsets, because a decoder will not hear of them. */
export function forgetOffsets(): void {
  offset1 = before1;
  offset2 = before2;
  offset3 = before3;
}

/** An offset's value: 1 to 3 for one of the last three; without literals before it the last one makes no sense. */
// @ts-ignore: decorator
@inline
function valueOf(offset: u32, hasLiterals: bool): u32 {
  if (hasLiterals) {
    if (offset == offset1) return 1;
    if (offset == offset2) return 2;
    if (offset == offset3) return 3;
  } else {
    if (offset == offset2) return 1;
    if (offset == offset3) return 2;
    if (offset == offset1 - 1) return 3;
  }
  return offset + 3;
}

/** Takes the offset of the next match. @returns its value */
// @ts-ignore: decorator
@inline
export function takeOffset(offset: u32, hasLiterals: bool): u32 {
  const value = valueOf(offset, hasLiterals);
  if (value == 1 && hasLiterals) return value;
  if (value > 2 || (value == 2 && !hasLiterals)) offset3 = offset2;
  offset2 = offset1;
  offset1 = offset;
  return value;
}
