/** Finite state entropy codes (RFC 8878, section 4.1): tables from counts, and how they are told. */

import { lowest, put } from './bits.as';

/** The most codes of any alphabet, and the largest table. */
const MOST_CODES = 64;
const MOST_BITS = 9;

/** A table to encode by: a state is put in at most so many bits. Layout: next states, u16; then by code two u32. */
export const TABLE_BYTES: usize = (1 << MOST_BITS) * 2 + MOST_CODES * 8;
const CODES_AT: usize = (1 << MOST_BITS) * 2;

const spread: usize = memory.data(1 << MOST_BITS, 16);
const starts: usize = memory.data((MOST_CODES + 1) * 4, 16);

/**
 * How many of a table's states each code gets, i16: at least one each that occurs, and as many as save most bits.
 * @param counts u32 a code; at least two are not 0
 */
export function normalize(counts: usize, codes: i32, bits: u32, shares: usize): void {
  const size = 1 << bits;
  let all: u64 = 0;
  for (let code = 0; code < codes; code++) all += load<u32>(counts + (code << 2));
  let left = size;
  for (let code = 0; code < codes; code++) {
    const count = <u64>load<u32>(counts + (code << 2));
    const share = count == 0 ? 0 : max<i32>(1, <i32>((count * size) / all));
    store<i16>(shares + (code << 1), <i16>share);
    left -= share;
  }
  for (; left > 0; left--) give(counts, codes, shares);
  for (; left < 0; left++) takeBack(counts, codes, shares);
}

/** One state more to the code that saves most by it: by count / (share + 1/2), about what log2((share + 1) / share) does. */
function give(counts: usize, codes: i32, shares: usize): void {
  let best = 0;
  let most: u64 = 0;
  for (let code = 0; code < codes; code++) {
    const count = <u64>load<u32>(counts + (code << 2));
    if (count == 0) continue;
    const saved = (count << 24) / (2 * load<i16>(shares + (code << 1)) + 1);
    if (saved > most) {
      most = saved;
      best = code;
    }
  }
  store<i16>(shares + (best << 1), load<i16>(shares + (best << 1)) + 1);
}

/** One state less to the code that loses least by it, of those that have two. */
function takeBack(counts: usize, codes: i32, shares: usize): void {
  let best = 0;
  let least = u64.MAX_VALUE;
  for (let code = 0; code < codes; code++) {
    const share = load<i16>(shares + (code << 1));
    if (share < 2) continue;
    const lost = ((<u64>load<u32>(counts + (code << 2))) << 24) / (2 * share - 1);
    if (lost < least) {
      least = lost;
      best = code;
    }
  }
  store<i16>(shares + (best << 1), load<i16>(shares + (best << 1)) - 1);
}

/** Tells the shares (section 4.1.1). @returns the place behind them */
export function tellShares(shares: usize, codes: i32, bits: u32, place: usize): usize {
  let waiting: u64 = bits - 5;
  let count: u32 = 4;
  let left: i32 = (1 << bits) + 1;
  let threshold: i32 = 1 << bits;
  let width: u32 = bits + 1;
  let code = 0;
  while (left > 1) {
    const share = <i32>load<i16>(shares + (code << 1));
    code++;
    const spare = 2 * threshold - 1 - left;
    left -= abs(share);
    let value = share + 1;
    if (value >= threshold) value += spare;
    waiting |= <u64>value << count;
    count += value < spare ? width - 1 : width;
    for (; left < threshold; threshold >>= 1) width--;
    if (share == 0) {
      // Codes without a share: how many more of them follow, three at a time.
      let more = 0;
      while (load<i16>(shares + ((code + more) << 1)) == 0 && code + more < codes) more++;
      code += more;
      for (; more >= 3; more -= 3) {
        waiting |= <u64>3 << count;
        count += 2;
      }
      waiting |= <u64>more << count;
      count += 2;
    }
    store<u64>(place, waiting);
    place += count >>> 3;
    waiting >>= count & 56;
    count &= 7;
  }
  return count > 0 ? place + 1 : place;
}

/** Builds a table from shares; those of -1 are codes of less than a state, which get one of the last. */
export function buildTable(table: usize, shares: usize, codes: i32, bits: u32): void {
  const size: u32 = 1 << bits;
  let start: u32 = 0;
  let high = size;
  for (let code = 0; code < codes; code++) {
    store<u32>(starts + (code << 2), start);
    const share = <i32>load<i16>(shares + (code << 1));
    if (share < 0) store<u8>(spread + --high, <u8>code);
    start += abs(share);
  }
  const step = (size >>> 1) + (size >>> 3) + 3;
  let at: u32 = 0;
  for (let code = 0; code < codes; code++) {
    for (let i = <i32>load<i16>(shares + (code << 1)); i > 0; i--) {
      store<u8>(spread + at, <u8>code);
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  for (let code = 0; code < codes; code++) {
    const share = <i32>load<i16>(shares + (code << 1));
    if (share == 0) continue;
    const states = <u32>abs(share);
    const most = states == 1 ? bits : bits - (31 - clz(states - 1));
    const first = load<u32>(starts + (code << 2));
    store<u32>(table + CODES_AT + (code << 3), (most << 16) - (states << most));
    store<u32>(table + CODES_AT + (code << 3), first - states, 4);
  }
  for (let state: u32 = 0; state < size; state++) {
    const place = starts + (<usize>load<u8>(spread + state) << 2);
    const to = load<u32>(place);
    store<u32>(place, to + 1);
    store<u16>(table + (to << 1), <u16>(size + state));
  }
}

/** A table of one code, whose state takes no bits. */
export function buildSingle(table: usize, code: u32): void {
  store<u16>(table, 0);
  store<u64>(table + CODES_AT + (code << 3), 0);
}

/** The state that a stream ends with, whose code is read last. */
export function firstState(table: usize, code: u32): u32 {
  const at = table + CODES_AT + (<usize>code << 3);
  const delta = load<u32>(at);
  const bits = (delta + (1 << 15)) >>> 16;
  const value = (bits << 16) - delta;
  return load<u16>(table + (<usize>((value >>> bits) + load<u32>(at, 4)) << 1));
}

/** How many bits of a state are put in before it becomes that of a code. */
// @ts-ignore: decorator
@inline
export function bitsOf(table: usize, state: u32, code: u32): u32 {
  return (state + load<u32>(table + CODES_AT + (<usize>code << 3))) >>> 16;
}

/** The state of a code after one whose lowest `bits` bits have been put in. */
// @ts-ignore: decorator
@inline
export function nextState(table: usize, state: u32, code: u32, bits: u32): u32 {
  return load<u16>(table + (<usize>((state >>> bits) + load<u32>(table + CODES_AT + (<usize>code << 3), 4)) << 1));
}

/** Puts a code's bits in. @returns the next state */
export function encode(table: usize, state: u32, code: u32): u32 {
  const bits = bitsOf(table, state, code);
  put(lowest(state, bits), bits);
  return nextState(table, state, code, bits);
}
