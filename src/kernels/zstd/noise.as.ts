/**
 * Matches in noise: short ones, many, and which place has one cannot be foretold. So all places of a piece are looked up
 * first, without a branch, so that the memory is asked for many of them at once; then the matches are taken.
 */

import { common } from '../coding/common.as';
import { SEQUENCE_BYTES } from './room.as';
import { FACTOR, first, hashed, sets, setShift, TAG, TAG_BITS, unhashed, WINDOW } from './sets.as';
import { copyLiterals, goOnTaking, lastOffset, literalsEnd, putSequence, sequencesEnd, start } from './taken.as';

/** Places that are looked up at a time: what is found lies in the processor's first cache. */
const PIECE: usize = 512;

/** Of each place of the piece the set that it was filed in, and a bit for each entry that may match; a word of zeros behind. */
const found: usize = memory.data(<i32>PIECE * 16, 16);
const hits: usize = memory.data(<i32>PIECE / 2 + 8, 16);

/** About what a match takes, in 1/256 bit: its offset's bits, and a little for the codes. */
// @ts-ignore: decorator
@inline
export function costOf(offset: u32): u32 {
  return (33 - clz(offset)) << 8;
}

/** Takes the matches that begin between two places, at the first of them and at each that is `1 << shift` behind another. */
export function takeNoise(from: usize, to: usize, shift: u32, byteCost: u32, blockEnd: usize): void {
  const step: usize = 1 << shift;
  while (from < to) {
    const count = min(PIECE, (to - from + step - 1) >>> shift);
    lookUp(from, count, step);
    takeFound(from, count, shift, byteCost, blockEnd);
    from += count << shift;
    if (start > from) from = start + ((from - start) & (step - 1));
  }
}

/** Looks up and files so many places. */
function lookUp(from: usize, count: usize, step: usize): void {
  // In locals: globals would be read for each place.
  const base = first;
  const factor = FACTOR << unhashed;
  const shift = setShift;
  const fours = count & ~3;
  for (let i: usize = 0; i < fours; i += 4) {
    const to = found + (i << 4);
    const a = lookUpOne(from, base, factor, shift, to);
    const b = lookUpOne(from + step, base, factor, shift, to + 16);
    const c = lookUpOne(from + 2 * step, base, factor, shift, to + 32);
    const d = lookUpOne(from + 3 * step, base, factor, shift, to + 48);
    from += 4 * step;
    const alike = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(hits + (i >>> 1), <u16>i8x16.bitmask(alike));
  }
  let rest: u64 = 0;
  for (let i = fours; i < count; i++) {
    rest |= <u64>i32x4.bitmask(lookUpOne(from, base, factor, shift, found + (i << 4))) << ((i & 3) << 2);
    from += step;
  }
  store<u64>(hits + (fours >>> 1), rest);
  store<u64>(hits + (fours >>> 1), 0, 8);
}

/** Looks up and files a place, and stores what its set was. @returns which entries may match */
// @ts-ignore: decorator
@inline
function lookUpOne(place: usize, base: usize, factor: u64, shift: u32, to: usize): v128 {
  const hash = <u32>((load<u64>(place) * factor) >>> 32);
  const set = <usize>(hash >>> shift) << 4;
  const filed = v128.load(set, sets);
  const entry = i32x4.splat((<u32>(place - base) << TAG_BITS) | (hash & TAG));
  v128.store(set, v128.shuffle<i32>(entry, filed, 3, 4, 5, 6), sets);
  v128.store(to, filed);
  return i32x4.eq(v128.and(v128.xor(filed, entry), i32x4.splat(TAG)), i32x4.splat(0));
}

/** Takes the matches of the places that were looked up. */
function takeFound(from: usize, count: usize, shift: u32, byteCost: u32, blockEnd: usize): void {
  const base = first;
  const least = hashed;
  const unused = unhashed;
  const roundUp: u32 = (1 << shift) - 1;
  const bits = count << 2;
  let begin = start;
  let literalsTo = literalsEnd;
  let sequencesTo = sequencesEnd;
  let offset = lastOffset;
  for (let at: usize = 0; at < bits; ) {
    const ahead = load<u64>(at >>> 3, hits) >>> (at & 7);
    if (ahead == 0) {
      at = (at | 7) + 57;
      continue;
    }
    at += <usize>ctz(ahead);
    let place = from + ((at >>> 2) << shift);
    const back = (<u32>(place - base) - (load<u32>(at << 2, found) >>> TAG_BITS)) & WINDOW;
    // Where it lies before the input there are tables, so that it may be read.
    let other = place - back;
    const differing = load<u64>(other) ^ load<u64>(place);
    if (differing << unused != 0 || back == 0 || other < base) {
      at++;
      continue;
    }
    // Nearly all are as short as may be: said by a branch, where the next one is looked for waits for no memory.
    let length = least;
    if (<u8>(differing >>> (least << 3)) == 0) length = common(place, other, least, <u32>(blockEnd - place));
    if (length * byteCost < costOf(back)) {
      at++;
      continue;
    }
    at = ((at >>> 2) + <usize>((length + roundUp) >>> shift)) << 2;
    while (load<u8>(place - 1) == load<u8>(other - 1) && place > begin && other > base) {
      place--;
      other--;
      length++;
    }
    const run = place - begin;
    copyLiterals(literalsTo, begin, run);
    putSequence(sequencesTo, <u32>run, length, back);
    literalsTo += run;
    sequencesTo += SEQUENCE_BYTES;
    begin = place + length;
    offset = back;
  }
  goOnTaking(begin, literalsTo, sequencesTo, offset);
}
