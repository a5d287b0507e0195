/**
 * Encodes eight parts of a block at once, a lane each. A string's next byte is looked up by the code of the string, so
 * one lane waits for memory and, where it jumps, for what it could not foresee: whether a string is known. Eight lanes
 * wait together, and jump nowhere: each step takes a byte of each lane, and writes a code and a string for each, which
 * the next step overwrites where there was none to write.
 */

import { CLEAR, CLEAR_AT, CODES, FIRST } from './codes.as';
import { STREAM_BYTES, append, begin, pack, reached, setAside, takeUp } from './bits.as';
import { STEPS, storeColumns } from './columns.as';
import { BYTE_SHIFT, CODE_SHIFT, LANES, MULTIPLIER, PLACES, TABLE_BYTES, TAG, forgetStrings, haveGenerations, nextGeneration, tables } from './strings.as';

/** A lane clears where it may have no room for the codes of 16 more bytes. */
const FULL: u32 = CLEAR_AT - 1 - <u32>STEPS;
const CODES_BYTES: usize = CODES << 1;

/** Four bytes for each lane, and so on. */
let codes: usize = 0;
let prefixes: usize = 0;
let nexts: usize = 0;
let tags: usize = 0;
let streams: usize = 0;
let columns: usize = 0;
let constants: usize = 0;

/** What encodeLanes() works in, but for the tables. */
export const LANES_ROOM: usize = (CODES_BYTES + 12 + STREAM_BYTES + STEPS) * LANES + 48;

/** How far the lanes' streams are apart: so many codes of 12 bits, with clears, and what is written beyond them. */
// @ts-ignore: decorator
@inline
function streamBytes(part: usize): usize {
  return part + (part >> 1) + (part >> 11) + 16;
}

/** A clear is written as if it were a lane's first prefix. */
function beginStrings(lane: usize): void {
  if (!haveGenerations(1)) {
    forgetStrings();
    for (let i: usize = 0; i < LANES; i++) store<u32>(tags + (i << 2), nextGeneration());
  }
  store<u32>(tags + (lane << 2), nextGeneration());
  store<u32>(prefixes + (lane << 2), CLEAR << CODE_SHIFT);
  store<u32>(nexts + (lane << 2), (FIRST - 1) << CODE_SHIFT);
}

/** Writes a lane's codes, the clear after them too. */
function writeCodes(lane: usize): void {
  const start = codes + lane * CODES_BYTES;
  const end = start + <usize>((load<u32>(nexts + (lane << 2)) >>> CODE_SHIFT) << 1);
  store<u16>(end, <u16>(load<u32>(prefixes + (lane << 2)) >>> CODE_SHIFT));
  store<u16>(end, <u16>CLEAR, 2);
  takeUp(streams + lane * STREAM_BYTES);
  pack(start + (FIRST << 1), end + 4);
  setAside(streams + lane * STREAM_BYTES);
}

/** Takes bytes of all lanes, those from `raw` to `end` and as many of each other one. */
function take(raw: usize, end: usize, part: usize): void {
  const base = i32x4.splat(<i32>tables);
  const codesAt = i32x4.splat(<i32>codes);
  const one = v128.load(constants);
  const multiplier = v128.load(constants, 16);
  const placeBits = v128.load(constants, 32);
  let prefixA = v128.load(prefixes);
  let prefixB = v128.load(prefixes, 16);
  let nextA = v128.load(nexts);
  let nextB = v128.load(nexts, 16);
  const generationA = i32x4.shr_u(v128.load(tags), BYTE_SHIFT);
  const generationB = i32x4.shr_u(v128.load(tags, 16), BYTE_SHIFT);
  // A prefix keeps the tag of the slot that it was found in, or the one that it would have there.
  let tagA = i32x4.splat(0);
  let tagB = i32x4.splat(0);
  for (let at = raw; at < end; at += STEPS) {
    storeColumns(at, part, columns);
    for (let row = columns; row < columns + STEPS * LANES; row += LANES) {
      const bytes = v128.load_ext<u8>(row);
      const hashes = v128.and(i16x8.mul(bytes, multiplier), placeBits);
      {
        const places = v128.xor(prefixA, v128.xor(tagA, v128.or(i32x4.extend_low_i16x8_u(hashes), base)));
        const byte = i32x4.extend_low_i16x8_u(bytes);
        const kept = v128.or(byte, generationA);
        tagA = i32x4.shl(kept, BYTE_SHIFT);
        const a = i32x4.extract_lane(places, 0);
        const b = i32x4.extract_lane(places, 1);
        const c = i32x4.extract_lane(places, 2);
        const d = i32x4.extract_lane(places, 3);
        let slots = v128.load32_zero(a);
        slots = v128.load_lane<u32>(b, slots, 1, TABLE_BYTES);
        slots = v128.load_lane<u32>(c, slots, 2, TABLE_BYTES * 2);
        slots = v128.load_lane<u32>(d, slots, 3, TABLE_BYTES * 3);
        const isKnown = i32x4.eq(i32x4.shr_u(slots, BYTE_SHIFT), kept);
        const made = v128.bitselect(slots, v128.or(nextA, tagA), isKnown);
        v128.store_lane<u32>(a, made, 0);
        v128.store_lane<u32>(b, made, 1, TABLE_BYTES);
        v128.store_lane<u32>(c, made, 2, TABLE_BYTES * 2);
        v128.store_lane<u32>(d, made, 3, TABLE_BYTES * 3);
        const to = i32x4.add(i32x4.shr_u(nextA, CODE_SHIFT - 1), codesAt);
        const code = i16x8.shr_u(prefixA, CODE_SHIFT);
        v128.store_lane<u16>(i32x4.extract_lane(to, 0), code, 0);
        v128.store_lane<u16>(i32x4.extract_lane(to, 1), code, 2, CODES_BYTES);
        v128.store_lane<u16>(i32x4.extract_lane(to, 2), code, 4, CODES_BYTES * 2);
        v128.store_lane<u16>(i32x4.extract_lane(to, 3), code, 6, CODES_BYTES * 3);
        nextA = i32x4.add(nextA, v128.andnot(one, isKnown));
        prefixA = v128.bitselect(slots, v128.or(i32x4.shl(byte, CODE_SHIFT), tagA), isKnown);
      }
      {
        const places = v128.xor(prefixB, v128.xor(tagB, v128.or(i32x4.extend_high_i16x8_u(hashes), base)));
        const byte = i32x4.extend_high_i16x8_u(bytes);
        const kept = v128.or(byte, generationB);
        tagB = i32x4.shl(kept, BYTE_SHIFT);
        const a = i32x4.extract_lane(places, 0);
        const b = i32x4.extract_lane(places, 1);
        const c = i32x4.extract_lane(places, 2);
        const d = i32x4.extract_lane(places, 3);
        let slots = v128.load32_zero(a, TABLE_BYTES * 4);
        slots = v128.load_lane<u32>(b, slots, 1, TABLE_BYTES * 5);
        slots = v128.load_lane<u32>(c, slots, 2, TABLE_BYTES * 6);
        slots = v128.load_lane<u32>(d, slots, 3, TABLE_BYTES * 7);
        const isKnown = i32x4.eq(i32x4.shr_u(slots, BYTE_SHIFT), kept);
        const made = v128.bitselect(slots, v128.or(nextB, tagB), isKnown);
        v128.store_lane<u32>(a, made, 0, TABLE_BYTES * 4);
        v128.store_lane<u32>(b, made, 1, TABLE_BYTES * 5);
        v128.store_lane<u32>(c, made, 2, TABLE_BYTES * 6);
        v128.store_lane<u32>(d, made, 3, TABLE_BYTES * 7);
        const to = i32x4.add(i32x4.shr_u(nextB, CODE_SHIFT - 1), codesAt);
        const code = i16x8.shr_u(prefixB, CODE_SHIFT);
        v128.store_lane<u16>(i32x4.extract_lane(to, 0), code, 0, CODES_BYTES * 4);
        v128.store_lane<u16>(i32x4.extract_lane(to, 1), code, 2, CODES_BYTES * 5);
        v128.store_lane<u16>(i32x4.extract_lane(to, 2), code, 4, CODES_BYTES * 6);
        v128.store_lane<u16>(i32x4.extract_lane(to, 3), code, 6, CODES_BYTES * 7);
        nextB = i32x4.add(nextB, v128.andnot(one, isKnown));
        prefixB = v128.bitselect(slots, v128.or(i32x4.shl(byte, CODE_SHIFT), tagB), isKnown);
      }
    }
  }
  v128.store(prefixes, v128.andnot(prefixA, i32x4.splat(TAG)));
  v128.store(prefixes, v128.andnot(prefixB, i32x4.splat(TAG)), 16);
  v128.store(nexts, nextA);
  v128.store(nexts, nextB, 16);
}

/** How many bytes each lane can take until one of them may be full: a multiple of 16. */
function roomOfFullest(): usize {
  let most: u32 = 0;
  for (let lane: usize = 0; lane < LANES; lane++) most = max(most, load<u32>(nexts + (lane << 2)));
  return (CLEAR_AT - 1 - (most >>> CODE_SHIFT)) & ~(<u32>STEPS - 1);
}

/**
 * Encodes the `LANES` times `part` bytes at `raw`, which follow a clear, and a clear after them.
 * @param part a multiple of 16
 * @param room LANES_ROOM bytes to work in
 */
export function encodeLanes(raw: usize, part: usize, room: usize): void {
  codes = room;
  prefixes = codes + CODES_BYTES * LANES;
  nexts = prefixes + 4 * LANES;
  tags = nexts + 4 * LANES;
  columns = tags + 4 * LANES;
  streams = columns + STEPS * LANES;
  constants = streams + STREAM_BYTES * LANES;
  v128.store(constants, i32x4.splat(1 << CODE_SHIFT));
  v128.store(constants, i16x8.splat(<i16>MULTIPLIER), 16);
  v128.store(constants, i16x8.splat(<i16>PLACES), 32);
  const encoded = reached();
  setAside(streams);
  for (let lane: usize = 0; lane < LANES; lane++) {
    beginStrings(lane);
    if (lane == 0) continue;
    begin(encoded + lane * streamBytes(part), 0, 0);
    setAside(streams + lane * STREAM_BYTES);
  }
  const end = raw + part;
  for (let at = raw; at < end; ) {
    const stop = min(end, at + roomOfFullest());
    take(at, stop, part);
    at = stop;
    for (let lane: usize = 0; lane < LANES && at < end; lane++) {
      if (load<u32>(nexts + (lane << 2)) >>> CODE_SHIFT <= FULL) continue;
      writeCodes(lane);
      beginStrings(lane);
    }
  }
  for (let lane: usize = 0; lane < LANES; lane++) writeCodes(lane);
  takeUp(streams);
  for (let lane: usize = 1; lane < LANES; lane++) append(streams + lane * STREAM_BYTES, encoded + lane * streamBytes(part));
}
