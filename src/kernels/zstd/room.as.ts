/**
 * What the parts of the Zstandard encoder share (RFC 8878), at fixed places of the memory. The bytes to encode come behind
 * all of it, from `__heap_base` on.
 */

/** The most that a block stands for, and the bytes whose mean cost is taken at a time. */
export const BLOCK_BYTES: usize = 1 << 17;
export const SEGMENT_BYTES: usize = 1 << 14;
/** How far back a match may be: what the frame's head says, where there are more bytes. */
export const WINDOW_BITS = 20;
export const SHORTEST: u32 = 3;

/** Codes of runs of literals, of matches' lengths and of offsets (section 3.1.1.3.2.1.1). */
export const RUN_CODES = 36;
export const LENGTH_CODES = 53;
export const OFFSET_CODES = 32;

/** The literals of a block, and 16 bytes that a copy may run over. */
export const literals: usize = memory.data(<i32>BLOCK_BYTES + 32, 16);

/**
 * What a block is made of, 12 bytes a sequence, all u32: how many literals, the match's length and its offset. What follows
 * the last is literals.
 */
export const SEQUENCE_BYTES: usize = 12;
export const sequences: usize = memory.data(<i32>((BLOCK_BYTES / SHORTEST + 2) * SEQUENCE_BYTES), 16);

/** By run below 64 and by length below 131: its code, u8. */
const RUNS_TOLD: u32 = 64;
const LENGTHS_TOLD: u32 = 131;
const runCodes: usize = memory.data(64, 16);
const lengthCodes: usize = memory.data(136, 16);
/** By code: extra bits (u8) and the first it stands for (u32). */
export const runExtra: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
export const lengthExtra: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14,
  15, 16,
]);
export const runBase: usize = memory.data(36 * 4, 16);
export const lengthBase: usize = memory.data(53 * 4, 16);

fillCodes(runExtra, RUN_CODES, 0, runBase, runCodes, RUNS_TOLD);
fillCodes(lengthExtra, LENGTH_CODES, SHORTEST, lengthBase, lengthCodes, LENGTHS_TOLD);

function fillCodes(extra: usize, codes: i32, first: u32, bases: usize, told: usize, most: u32): void {
  for (let code = 0; code < codes; code++) {
    store<u32>(bases + (code << 2), first);
    const next = first + (1 << load<u8>(extra + code));
    for (; first < next; first++) if (first < most) store<u8>(told + first, <u8>code);
  }
}

/** The code of a run of literals. */
// @ts-ignore: decorator
@inline
export function runCode(run: u32): u32 {
  return run < RUNS_TOLD ? load<u8>(run, runCodes) : 31 - clz(run) + 19;
}

/** The code of a match's length. */
// @ts-ignore: decorator
@inline
export function lengthCode(length: u32): u32 {
  return length < LENGTHS_TOLD ? load<u8>(length, lengthCodes) : 31 - clz(length - SHORTEST) + 36;
}

/** The code of an offset's value, which is also how many extra bits it has. */
// @ts-ignore: decorator
@inline
export function offsetCode(value: u32): u32 {
  return 31 - clz(value);
}
