/** Writing blocks: DEFLATE's bits, from the lowest of each byte on (RFC 1951). */

import { codeLengths } from '../coding/code-lengths.as';
import { assignCodes } from './huffman.as';
import { hasPairs, joinPairs, NO_PAIR, PAIR_BITS, PAIR_MASK, pairs } from './pairs.as';
import {
  blockCounts, DISTANCES, distanceExtra, distanceSymbol, END_OF_BLOCK, FIRST_LENGTH, lengthBase, lengthExtra, lengthSymbols, LITERALS,
  LONGEST, SEQUENCE_BYTES, SHORTEST,
} from './room.as';

/** Four literals go in at once beside up to 7 bits that wait: 4 x 14 + 7 < 64. */
const LIMIT = 14;
const STORED_MOST: usize = 65535;

/** Lengths of the codes: literals and lengths, distances, then those that tell the lengths themselves. */
const lengths: usize = memory.data(288 + 32, 16);
const precodeLengths: usize = memory.data(32, 16);
/** Codes of literals; of matches by length, of distances by symbol: extra bits too for lengths, bits in the low 24, how many above. */
const codes: usize = memory.data(288 * 4, 16);
const lengthCodes: usize = memory.data(259 * 4, 16);
const distanceCodes: usize = memory.data(32 * 4, 16);
const precode: usize = memory.data(32 * 4, 16);
const precodeCounts: usize = memory.data(32 * 4, 16);
/** What tells the lengths: symbol (u8) and the value of its extra bits (u8). */
const told: usize = memory.data(2 * 320, 16);
const fixedLengths: usize = memory.data(288 + 32, 16);
memory.fill(fixedLengths, 8, 144);
memory.fill(fixedLengths + 144, 9, 112);
memory.fill(fixedLengths + 256, 7, 24);
memory.fill(fixedLengths + 280, 8, 8);
memory.fill(fixedLengths + 288, 5, 32);

/** The order in which the lengths of the precode are written, section 3.2.7. */
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Bits that wait for their byte to be full, how many, and where it goes. */
let waiting: u64 = 0;
let waitingBits: u64 = 0;
let out: usize = 0;

export function startBits(): void {
  waiting = 0;
  waitingBits = 0;
}

export function writeTo(place: usize): void {
  out = place;
}

/** Where the next byte goes. */
export function written(): usize {
  return out;
}

/** Fills up the last byte. */
export function padBits(): void {
  if (waitingBits > 0) {
    store<u8>(out++, <u8>waiting);
    startBits();
  }
}

/** At most 32 bits. */
function put(bits: u32, count: u32): void {
  waiting |= (<u64>bits) << waitingBits;
  waitingBits += count;
  store<u64>(out, waiting);
  out += <usize>(waitingBits >> 3);
  waiting >>= waitingBits & 56;
  waitingBits &= 7;
}

/** Writes the block of given sequences, whose input is at `raw`, the shortest way there is. */
export function writeBlock(from: usize, to: usize, raw: usize, rawBytes: usize, isLast: bool): void {
  if (rawBytes == 0) {
    // The fixed code's end of block is seven zeros.
    put(<u32>isLast | 2, 3 + 7);
    return;
  }
  store<u32>(blockCounts + (END_OF_BLOCK << 2), 1);
  const extraBits = countExtraBits();
  const fixedBits = countBits(fixedLengths) + extraBits + 3;
  requireTwoDistances();
  codeLengths(blockCounts, LITERALS, LIMIT, lengths);
  codeLengths(blockCounts + (LITERALS << 2), DISTANCES, LIMIT, lengths + LITERALS);
  const literals = lastUsed(lengths, 286, 257);
  const distances = lastUsed(lengths + LITERALS, 30, 1);
  const toldEnd = tellLengths(literals, distances);
  codeLengths(precodeCounts, 19, 7, precodeLengths);
  let order = 19;
  while (order > 4 && load<u8>(precodeLengths + load<u8>(ORDER + order - 1)) == 0) order--;
  const dynamicBits = countBits(lengths) + extraBits + 3 + 14 + order * 3 + countToldBits();
  // The worst padding there is, so that the choice does not hang on the bits before.
  const storedBits = <u64>rawBytes * 8 + 42 + <u64>((rawBytes - 1) / STORED_MOST) * 40;
  if (storedBits <= min<u64>(fixedBits, dynamicBits)) {
    writeStored(raw, rawBytes, isLast);
    return;
  }
  if (fixedBits <= dynamicBits) {
    put(<u32>isLast | 2, 3);
    memory.copy(lengths, fixedLengths, 320);
  } else {
    put(<u32>isLast | 4, 3);
    put(literals - 257, 5);
    put(distances - 1, 5);
    put(order - 4, 4);
    for (let i = 0; i < order; i++) put(load<u8>(precodeLengths + load<u8>(ORDER + i)), 3);
    writeTold(toldEnd);
  }
  assignCodes(lengths, LITERALS, codes);
  assignCodes(lengths + LITERALS, DISTANCES, distanceCodes);
  joinLengthCodes();
  joinPairs(codes);
  writeSequences(from, to, raw);
}

function writeStored(raw: usize, rawBytes: usize, isLast: bool): void {
  for (let left = rawBytes; left > 0; ) {
    const count = min(left, STORED_MOST);
    left -= count;
    put(<u32>(isLast && left == 0), 3);
    padBits();
    store<u16>(out, <u16>count);
    store<u16>(out, <u16>~count, 2);
    memory.copy(out + 4, raw, count);
    out += 4 + count;
    raw += count;
  }
}

function countExtraBits(): u64 {
  let bits: u64 = 0;
  for (let symbol = 8; symbol < 28; symbol++) {
    bits += <u64>load<u32>(blockCounts + ((FIRST_LENGTH + symbol) << 2)) * load<u8>(lengthExtra + symbol);
  }
  for (let symbol = 4; symbol < 30; symbol++) bits += <u64>load<u32>(blockCounts + ((LITERALS + symbol) << 2)) * distanceExtra(symbol);
  return bits;
}

/** The bits of all codes, for literals and lengths and distances behind each other as the counts are. */
function countBits(lengths: usize): u64 {
  let bits: u64 = 0;
  for (let i = 0; i < LITERALS + DISTANCES; i++) bits += <u64>load<u32>(blockCounts + (i << 2)) * load<u8>(lengths + i);
  return bits;
}

/** A code of one symbol is not whole; not every decoder takes it. */
function requireTwoDistances(): void {
  const distances = blockCounts + (LITERALS << 2);
  let used = 0;
  for (let i = 0; i < 30; i++) used += load<u32>(distances + (i << 2)) > 0 ? 1 : 0;
  for (let i = 0; used < 2; i++) {
    if (load<u32>(distances + (i << 2)) > 0) continue;
    store<u32>(distances + (i << 2), 1);
    used++;
  }
}

/** How many lengths are told: up to the last that is not 0, `least` at least. */
function lastUsed(lengths: usize, size: i32, least: i32): i32 {
  while (size > least && load<u8>(lengths + size - 1) == 0) size--;
  return size;
}

/** Turns the lengths into the precode's symbols, runs into one; returns where they end. */
function tellLengths(literals: i32, distances: i32): usize {
  memory.fill(precodeCounts, 0, 32 * 4);
  let end = told;
  const all = literals + distances;
  let at = 0;
  while (at < all) {
    const length = lengthAt(at, literals);
    let run = 1;
    while (at + run < all && lengthAt(at + run, literals) == length) run++;
    at += run;
    if (length == 0) {
      while (run >= 11) {
        const count = min(run, 138);
        end = tell(end, 18, count - 11);
        run -= count;
      }
      if (run >= 3) {
        end = tell(end, 17, run - 3);
        run = 0;
      }
    } else if (run >= 4) {
      end = tell(end, length, 0);
      run--;
      while (run >= 3) {
        // 7 and 8 left are 4 and 3, or 4 and 4: no rest of one or two.
        const count = run > 6 && run < 9 ? 4 : min(run, 6);
        end = tell(end, 16, count - 3);
        run -= count;
      }
    }
    while (run-- > 0) end = tell(end, length, 0);
  }
  return end;
}

// @ts-ignore: decorator
@inline
function lengthAt(at: i32, literals: i32): u32 {
  return load<u8>(lengths + (at < literals ? at : LITERALS + at - literals));
}

function tell(end: usize, symbol: u32, extra: u32): usize {
  store<u8>(end, <u8>symbol);
  store<u8>(end, <u8>extra, 1);
  store<u32>(precodeCounts + (symbol << 2), load<u32>(precodeCounts + (symbol << 2)) + 1);
  return end + 2;
}

// @ts-ignore: decorator
@inline
function toldExtra(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol == 18 ? 7 : symbol - 14;
}

function countToldBits(): u64 {
  let bits: u32 = 0;
  for (let i = 0; i < 19; i++) bits += load<u32>(precodeCounts + (i << 2)) * (load<u8>(precodeLengths + i) + toldExtra(i));
  return bits;
}

function writeTold(end: usize): void {
  assignCodes(precodeLengths, 19, precode);
  for (let at = told; at < end; at += 2) {
    const symbol = <u32>load<u8>(at);
    const code = load<u32>(precode + (symbol << 2));
    put(code & 0xffff, code >>> 16);
    put(load<u8>(at, 1), toldExtra(symbol));
  }
}

/** The code of each length with its extra bits behind it. */
function joinLengthCodes(): void {
  for (let length: usize = SHORTEST; length <= <usize>LONGEST; length++) {
    const symbol = <u32>load<u16>(lengthSymbols + (length << 1));
    const code = load<u32>(codes + (symbol << 2));
    const extra = <u32>length - load<u16>(lengthBase + ((symbol - FIRST_LENGTH) << 1));
    const count = code >>> 16;
    store<u32>(lengthCodes + (length << 2), (code & 0xffff) | (extra << count) | ((count + load<u8>(lengthExtra + symbol - FIRST_LENGTH)) << 24));
  }
}

/** From how many literals on they are written as a run. */
const LONG_RUN: usize = 32;

/** Writes a run of literals pair by pair, but for its last seven at most. Returns how far it came. */
function writePairs(raw: usize, end: usize): usize {
  // Pairs are of samples of 16 bits, which begin at even places.
  if ((raw & 1) != 0) {
    const code = load<u32>(codes + (<usize>load<u8>(raw++) << 2));
    put(code & 0xffff, code >>> 16);
  }
  let bits = waiting;
  let count = waitingBits;
  let place = out;
  for (; raw + 8 <= end; raw += 8) {
    const eight = load<u64>(raw);
    const a = load<u32>(pairs + (<usize>(eight & 0xffff) << 2));
    const b = load<u32>(pairs + (<usize>((eight >>> 16) & 0xffff) << 2));
    const c = load<u32>(pairs + (<usize>((eight >>> 32) & 0xffff) << 2));
    const d = load<u32>(pairs + (<usize>(eight >>> 48) << 2));
    if (((a | b | c | d) & NO_PAIR) != 0) {
      waiting = bits;
      waitingBits = count;
      out = place;
      writeFours(raw, raw + 8);
      bits = waiting;
      count = waitingBits;
      place = out;
      continue;
    }
    bits |= (<u64>(a & PAIR_MASK) | (<u64>(b & PAIR_MASK) << (a >>> PAIR_BITS))) << count;
    count += (a >>> PAIR_BITS) + (b >>> PAIR_BITS);
    store<u64>(place, bits);
    place += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    bits |= (<u64>(c & PAIR_MASK) | (<u64>(d & PAIR_MASK) << (c >>> PAIR_BITS))) << count;
    count += (c >>> PAIR_BITS) + (d >>> PAIR_BITS);
    store<u64>(place, bits);
    place += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  waiting = bits;
  waitingBits = count;
  out = place;
  return raw;
}

/** Writes a run of literals four by four, but for its last three at most. Returns how far it came. */
function writeFours(raw: usize, end: usize): usize {
  let bits = waiting;
  let count = waitingBits;
  let place = out;
  for (; raw + 4 <= end; raw += 4) {
    const joined = fourCodes(load<u32>(raw));
    bits |= (joined & FOUR_MASK) << count;
    count += joined >>> FOUR_BITS;
    store<u64>(place, bits);
    place += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  waiting = bits;
  waitingBits = count;
  out = place;
  return raw;
}

const FOUR_BITS: u64 = 4 * LIMIT;
const FOUR_MASK: u64 = (1 << FOUR_BITS) - 1;

/** The bits of four literals in the low 56, how many above. */
// @ts-ignore: decorator
@inline
function fourCodes(four: u32): u64 {
  const a = load<u32>(codes + ((four & 255) << 2));
  const b = load<u32>(codes + ((four >>> 8 & 255) << 2));
  const c = load<u32>(codes + ((four >>> 16 & 255) << 2));
  const d = load<u32>(codes + ((four >>> 24) << 2));
  const ab = (a & 0xffff) | ((b & 0xffff) << (a >>> 16));
  const cd = (c & 0xffff) | ((d & 0xffff) << (c >>> 16));
  const first = (a >>> 16) + (b >>> 16);
  return <u64>ab | (<u64>cd << first) | (<u64>(first + (c >>> 16) + (d >>> 16)) << FOUR_BITS);
}

function writeSequences(from: usize, to: usize, raw: usize): void {
  let bits = waiting;
  let count = waitingBits;
  let place = out;
  for (let at = from; at < to; at += SEQUENCE_BYTES) {
    for (let end = raw + load<u32>(at); raw < end; ) {
      if (raw + LONG_RUN <= end) {
        waiting = bits;
        waitingBits = count;
        out = place;
        raw = hasPairs ? writePairs(raw, end) : writeFours(raw, end);
        bits = waiting;
        count = waitingBits;
        place = out;
        continue;
      }
      if (raw + 4 <= end) {
        const joined = fourCodes(load<u32>(raw));
        bits |= (joined & FOUR_MASK) << count;
        count += joined >>> FOUR_BITS;
        raw += 4;
      } else {
        for (; raw < end; raw++) {
          const a = load<u32>(codes + (<usize>load<u8>(raw) << 2));
          bits |= (<u64>(a & 0xffff)) << count;
          count += a >>> 16;
        }
      }
      store<u64>(place, bits);
      place += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
    }
    const match = load<u32>(at, 4);
    const length = match >>> 16;
    if (length == 0) continue;
    raw += length;
    const lengthCode = load<u32>(lengthCodes + (<usize>length << 2));
    bits |= (<u64>(lengthCode & 0xffffff)) << count;
    count += lengthCode >>> 24;
    const distance = match & 0xffff;
    const symbol = distanceSymbol(distance);
    const extra = distanceExtra(symbol);
    const distanceCode = load<u32>(distanceCodes + (<usize>symbol << 2));
    bits |= (<u64>(distanceCode & 0xffff)) << count;
    count += distanceCode >>> 16;
    bits |= (<u64>((distance - 1) & ((1 << extra) - 1))) << count;
    count += extra;
    store<u64>(place, bits);
    place += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  waiting = bits;
  waitingBits = count;
  out = place;
  const end = load<u32>(codes + (END_OF_BLOCK << 2));
  put(end & 0xffff, end >>> 16);
}
