import { CLEAR, CLEAR_AT, CODES, END, FIRST, MIN_WIDTH } from './codes.as';
import { begin, pack, reached } from './bits.as';
import { encodeLanes } from './lanes.as';
import { STEPS } from './columns.as';
import { BYTE_SHIFT, CODE_SHIFT, LANES, TABLE_BYTES, forgetStrings, haveGenerations, nextGeneration, tables, useTables } from './strings.as';

/** Of the one lane's table: 32768 slots lose 0.8 %. Its multiplier is Knuth's, 2^32 over the golden ratio. */
const WIDE_PLACES: u32 = (1 << 17) - 4;
const WIDE_SHIFT: u32 = 5;
const WIDE_MULTIPLIER: u32 = 0x9e3779b1;
/** Fewer bytes fill no table. */
const MIN_SEGMENT: usize = 3800;

/**
 * One lane, for what is short or compresses well. Its table lies where the lanes' tables lie.
 * Encodes bytes until they end or the table is full, writes an end or a clear after them, and returns where it came to.
 */
function encodeSegment(raw: usize, end: usize, codes: usize): usize {
  if (!haveGenerations(1)) forgetStrings();
  const generation = nextGeneration();
  let at = raw;
  let code = codes;
  if (raw < end) {
    let prefix = <u32>load<u8>(at++) << CODE_SHIFT;
    let next = FIRST;
    while (at < end && next < CLEAR_AT) {
      const byte = <u32>load<u8>(at++);
      const slot = tables + <usize>((prefix << (WIDE_SHIFT - CODE_SHIFT)) ^ ((byte * WIDE_MULTIPLIER) >>> 15 & WIDE_PLACES));
      const tag = (byte << BYTE_SHIFT) | generation;
      const found = load<u32>(slot) ^ tag;
      if (found < CODES << CODE_SHIFT) {
        prefix = found;
        continue;
      }
      store<u32>(slot, tag | (next << CODE_SHIFT));
      store<u16>(code, <u16>(prefix >>> CODE_SHIFT));
      code += 2;
      next++;
      prefix = byte << CODE_SHIFT;
    }
    if (next < CLEAR_AT) {
      store<u16>(code, <u16>(prefix >>> CODE_SHIFT));
      code += 2;
    } else {
      // The prefix is the last byte alone: the next segment begins with it.
      at--;
    }
  }
  store<u16>(code, <u16>(at < end ? CLEAR : END));
  pack(codes, code + 2);
  return at;
}

/**
 * Encodes `length` bytes. Of the strings in its table it takes the longest, as everyone does.
 * @param kept 32768 * 9 bytes for the tables, which only this function writes
 * @param room LANES_ROOM bytes to work in, a multiple of 16
 * @returns how many bytes it wrote; up to 8 more after them are overwritten
 */
export function encode(raw: usize, length: usize, encoded: usize, kept: usize, room: usize): usize {
  useTables((kept + TABLE_BYTES - 1) & ~(TABLE_BYTES - 1));
  // What it writes must not depend on what it wrote before, so strings are forgotten either now or where they always are.
  if (!haveGenerations(length / MIN_SEGMENT + 2 * LANES + 2)) forgetStrings();
  const end = raw + length;
  begin(encoded, CLEAR, MIN_WIDTH);
  let at = encodeSegment(raw, end, room);
  if (at < end) {
    const part = ((end - at - 1) / LANES) & ~(STEPS - 1);
    // Each lane begins with an empty table, and ends with one that is not full: not worth it where there are few.
    if (part >= (at - raw) * 4) {
      encodeLanes(at, part, room);
      at += part * LANES;
    }
    while (at < end) at = encodeSegment(at, end, room);
  }
  return reached() - encoded;
}
