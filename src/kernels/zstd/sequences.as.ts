/** The sequences of a block (RFC 8878, section 3.1.1.3.2). */

import { increment } from '../coding/byte-counts.as';
import { log2 } from '../coding/logarithm.as';
import { endBits, goOnWith, lowest, put } from './bits.as';
import { bitsOf, buildSingle, buildTable, firstState, nextState, normalize, TABLE_BYTES, tellShares } from './fse.as';
import { takeOffset } from './offsets.as';
import { LENGTH_CODES, lengthBase, lengthCode, lengthExtra, OFFSET_CODES, offsetCode, RUN_CODES, runBase, runCode, runExtra, SEQUENCE_BYTES, SHORTEST } from './room.as';

/** How a table is told. */
const PREDEFINED = 0;
const SINGLE = 1;
const TOLD = 2;

/** The shares of the tables that need not be told (section 3.1.1.3.2.2), of 2^6, 2^6 and 2^5 states. */
const runShares: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
const lengthShares: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1,
  -1, -1, -1,
]);
const offsetShares: usize = memory.data<i16>([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 0, 0, 0]);
const RUN_BITS = 6;
const LENGTH_BITS = 6;
const OFFSET_BITS = 5;
/** The most that those may have which are told. */
const RUN_BITS_MOST = 9;
const LENGTH_BITS_MOST = 9;
const OFFSET_BITS_MOST = 8;

/** How often each code occurs, u32. */
const runCounts: usize = memory.data(RUN_CODES * 4, 16);
const lengthCounts: usize = memory.data(LENGTH_CODES * 4, 16);
const offsetCounts: usize = memory.data(OFFSET_CODES * 4, 16);
const ownShares: usize = memory.data(64 * 2, 16);
const runTable: usize = memory.data(<i32>TABLE_BYTES, 16);
const lengthTable: usize = memory.data(<i32>TABLE_BYTES, 16);
const offsetTable: usize = memory.data(<i32>TABLE_BYTES, 16);

/** What `makeTable` chose: how the table is told, and the bits of a state. */
let mode: u32 = 0;
let stateBits: u32 = 0;

/** Writes the sequences between two places. @returns the place behind them */
export function writeSequences(from: usize, to: usize, place: usize): usize {
  const count = <u32>((to - from) / SEQUENCE_BYTES);
  place = writeCount(count, place);
  if (count == 0) return place;
  describe(from, to);
  const modes = place++;
  place = makeTable(runCounts, RUN_CODES, runShares, RUN_BITS, RUN_BITS_MOST, runTable, place);
  const runMode = mode;
  const runBits = stateBits;
  place = makeTable(offsetCounts, OFFSET_CODES, offsetShares, OFFSET_BITS, OFFSET_BITS_MOST, offsetTable, place);
  const offsetMode = mode;
  const offsetBits = stateBits;
  place = makeTable(lengthCounts, LENGTH_CODES, lengthShares, LENGTH_BITS, LENGTH_BITS_MOST, lengthTable, place);
  store<u8>(modes, <u8>((runMode << 6) | (offsetMode << 4) | (mode << 2)));

  writeStates(from, to, place);
  put(lowest(lengthState, stateBits), stateBits);
  put(lowest(offsetState, offsetBits), offsetBits);
  put(lowest(runState, runBits), runBits);
  return endBits();
}

/** The states that all sequences lead to. */
let runState: u32 = 0;
let lengthState: u32 = 0;
let offsetState: u32 = 0;

/**
 * Writes all sequences, from the last to the first, and leaves the states. What changes is in locals: globals would be
 * written and read by turns.
 */
function writeStates(from: usize, to: usize, place: usize): void {
  let at = to - SEQUENCE_BYTES;
  let codes = load<u32>(at, 8);
  let offset = codes >>> OFFSET_AT;
  let length = (codes >>> LENGTH_AT) & 255;
  let run = codes & 255;
  let runAt = firstState(runTable, run);
  let lengthAt = firstState(lengthTable, length);
  let offsetAt = firstState(offsetTable, offset);
  let extra = load<u64>(at);
  let waiting: u64 = extra & EXTRA;
  let count: u64 = extra >>> EXTRA_BITS;
  while (at > from) {
    store<u64>(place, waiting);
    place += <usize>(count >>> 3);
    waiting >>= count & 56;
    count &= 7;
    at -= SEQUENCE_BYTES;
    codes = load<u32>(at, 8);
    offset = codes >>> OFFSET_AT;
    length = (codes >>> LENGTH_AT) & 255;
    run = codes & 255;
    // Up to 8 + 9 + 9 bits.
    const offsetBits = bitsOf(offsetTable, offsetAt, offset);
    const lengthBits = bitsOf(lengthTable, lengthAt, length);
    const runBits = bitsOf(runTable, runAt, run);
    waiting |= <u64>lowest(offsetAt, offsetBits) << count;
    waiting |= <u64>lowest(lengthAt, lengthBits) << (count + offsetBits);
    waiting |= <u64>lowest(runAt, runBits) << (count + offsetBits + lengthBits);
    count += offsetBits + lengthBits + runBits;
    offsetAt = nextState(offsetTable, offsetAt, offset, offsetBits);
    lengthAt = nextState(lengthTable, lengthAt, length, lengthBits);
    runAt = nextState(runTable, runAt, run, runBits);
    extra = load<u64>(at);
    // Only long literals and matches tell so much that it does not fit beside what waits.
    if (count + (extra >>> EXTRA_BITS) >= 64) {
      store<u64>(place, waiting);
      place += <usize>(count >>> 3);
      waiting >>= count & 56;
      count &= 7;
    }
    waiting |= (extra & EXTRA) << count;
    count += extra >>> EXTRA_BITS;
  }
  store<u64>(place, waiting);
  goOnWith(waiting >> (count & 56), count & 7, place + <usize>(count >>> 3));
  runState = runAt;
  lengthState = lengthAt;
  offsetState = offsetAt;
}

/** How the codes of a sequence lie in a word: that of the run in the lowest bits. */
const LENGTH_AT = 8;
const OFFSET_AT = 16;
/** What is told beside them, up to 16 + 16 + 20 bits, and in the bits above how many these are. */
const EXTRA_BITS = 56;
const EXTRA: u64 = (1 << EXTRA_BITS) - 1;

/** Turns the sequences into what is told beside their codes, u64, and the codes, u32; and counts these. */
function describe(from: usize, to: usize): void {
  memory.fill(runCounts, 0, RUN_CODES * 4);
  memory.fill(lengthCounts, 0, LENGTH_CODES * 4);
  memory.fill(offsetCounts, 0, OFFSET_CODES * 4);
  for (let at = from; at < to; at += SEQUENCE_BYTES) {
    const literals = load<u32>(at);
    const bytes = load<u32>(at, 4);
    const value = takeOffset(load<u32>(at, 8), literals > 0);
    const offset = offsetCode(value);
    let run = literals;
    let length = bytes - SHORTEST;
    let bits: u64 = 0;
    let extra: u64 = 0;
    if (run >= 16 || length >= 32) {
      // Codes of more than one run or length.
      run = runCode(literals);
      length = lengthCode(bytes);
      const runBits = <u64>load<u8>(run, runExtra);
      bits = runBits + load<u8>(length, lengthExtra);
      extra = <u64>(literals - load<u32>(run << 2, runBase)) | (<u64>(bytes - load<u32>(length << 2, lengthBase)) << runBits);
    }
    increment(runCounts, run);
    increment(lengthCounts, length);
    increment(offsetCounts, offset);
    store<u64>(at, extra | (<u64>(value - (1 << offset)) << bits) | ((bits + offset) << EXTRA_BITS));
    store<u32>(at, run | (length << LENGTH_AT) | (offset << OFFSET_AT), 8);
  }
}

function writeCount(count: u32, place: usize): usize {
  if (count < 128) {
    store<u8>(place, <u8>count);
    return place + 1;
  }
  if (count < 0x7f00) {
    store<u8>(place, <u8>((count >>> 8) + 128));
    store<u8>(place, <u8>count, 1);
    return place + 2;
  }
  store<u8>(place, 255);
  store<u16>(place, <u16>(count - 0x7f00), 1);
  return place + 3;
}

/** Builds the table that takes the fewest bits, and tells it at a place. @returns the place behind */
function makeTable(counts: usize, codes: i32, standard: usize, standardBits: u32, mostBits: u32, table: usize, place: usize): usize {
  let kinds = 0;
  let last: u32 = 0;
  let all: u32 = 0;
  for (let code = 0; code < codes; code++) {
    const count = load<u32>(counts + (code << 2));
    if (count == 0) continue;
    kinds++;
    last = code;
    all += count;
  }
  const standardCost = costOf(counts, codes, standard, standardBits);
  if (kinds == 1 && (standardCost == u64.MAX_VALUE || all > 2)) {
    mode = SINGLE;
    stateBits = 0;
    buildSingle(table, last);
    store<u8>(place, <u8>last);
    return place + 1;
  }
  if (kinds > 1) {
    const fitting = max<u32>(5, max<u32>(31 - clz(last) + 1, 30 - clz(all)));
    const bits = min<u32>(mostBits, fitting);
    normalize(counts, codes, bits, ownShares);
    const end = tellShares(ownShares, codes, bits, place);
    if (costOf(counts, codes, ownShares, bits) + ((<u64>(end - place)) << 19) < standardCost) {
      mode = TOLD;
      stateBits = bits;
      buildTable(table, ownShares, <i32>last + 1, bits);
      return end;
    }
  }
  mode = PREDEFINED;
  stateBits = standardBits;
  buildTable(table, standard, codes, standardBits);
  return place;
}

/** How many bits the codes take by given shares, in 1/65536; the most there is where one has none. */
function costOf(counts: usize, codes: i32, shares: usize, bits: u32): u64 {
  let cost: u64 = 0;
  for (let code = 0; code < codes; code++) {
    const count = load<u32>(counts + (code << 2));
    const share = abs<i32>(load<i16>(shares + (code << 1)));
    if (count == 0) continue;
    if (share == 0) return u64.MAX_VALUE;
    cost += <u64>count * ((bits << 16) - log2(share));
  }
  return cost;
}
