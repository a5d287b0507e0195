/** Literals and matches as bits. */

import { goOn, out, put, waiting, waitingBits } from './bits.as';
import { assignCodes } from './huffman.as';
import { hasPairs, joinPairs, NO_PAIR, PAIR_BITS, PAIR_MASK, pairs } from './pairs.as';
import {
  DISTANCES, distanceExtra, distanceSymbol, END_OF_BLOCK, FIRST_LENGTH, lengthBase, lengthExtra, lengthSymbols, LITERALS, LONGEST,
  SEQUENCE_BYTES, SHORTEST,
} from './room.as';

/** Four literals go in at once beside up to 7 bits that wait: 4 x 14 + 7 < 64. */
export const LIMIT = 14;

/** Codes of literals; of matches by length, of distances by symbol: extra bits too for lengths, bits in the low 24, how many above. */
const codes: usize = memory.data(288 * 4, 16);
const lengthCodes: usize = memory.data(259 * 4, 16);
const distanceCodes: usize = memory.data(32 * 4, 16);

/** Takes the codes of given lengths: of literals and lengths, then of distances. */
export function startSymbols(lengths: usize): void {
  assignCodes(lengths, LITERALS, codes);
  assignCodes(lengths + LITERALS, DISTANCES, distanceCodes);
  joinLengthCodes();
  joinPairs(codes);
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
      goOn(bits, count, place);
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
  goOn(bits, count, place);
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
  goOn(bits, count, place);
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

/** Writes sequences, whose input is at `raw`, and the end of the block. */
export function writeSequences(from: usize, to: usize, raw: usize): void {
  let bits = waiting;
  let count = waitingBits;
  let place = out;
  for (let at = from; at < to; at += SEQUENCE_BYTES) {
    for (let end = raw + load<u32>(at); raw < end; ) {
      if (raw + LONG_RUN <= end) {
        goOn(bits, count, place);
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
  goOn(bits, count, place);
  const end = load<u32>(codes + (END_OF_BLOCK << 2));
  put(end & 0xffff, end >>> 16);
}
