/** Writing blocks (RFC 1951, section 3.2). */

import { codeLengths } from '../coding/code-lengths.as';
import { out, padBits, put, writeTo } from './bits.as';
import { assignCodes } from './huffman.as';
import { blockCounts, DISTANCES, distanceExtra, END_OF_BLOCK, FIRST_LENGTH, lengthExtra, LITERALS } from './room.as';
import { LIMIT, startSymbols, writeSequences } from './symbols.as';

const STORED_MOST: usize = 65535;

/** Lengths of the codes: literals and lengths, distances, then those that tell the lengths themselves. */
const lengths: usize = memory.data(288 + 32, 16);
const precodeLengths: usize = memory.data(32, 16);
/** Codes that tell the lengths. */
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
  startSymbols(lengths);
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
    writeTo(out + 4 + count);
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
