/** The literals of a block (RFC 8878, section 3.1.1.3.1): by a Huffman code, in four streams, or as they are. */

import { addCountedBytes, countBytes, startCountingBytes } from '../coding/byte-counts.as';
import { codeLengths } from '../coding/code-lengths.as';
import { endBits, lowest, put, startBits } from './bits.as';
import { buildTable, encode, firstState, normalize, TABLE_BYTES, tellShares } from './fse.as';
import { setCode, writeFour, writeOne } from './streams.as';

/** The longest code there may be (section 4.2.1). */
const LIMIT = 11;
/** Fewer literals are one stream. */
const ONE_STREAM: usize = 256;
const WEIGHT_BITS = 6;
const WEIGHTS = LIMIT + 2;

/** How often each literal occurs, u32. */
const counts: usize = memory.data(256 * 4, 16);
const lengths: usize = memory.data(256, 16);
const weights: usize = memory.data(256, 16);
const weightCounts: usize = memory.data(16 * 4, 16);
const weightShares: usize = memory.data(16 * 2, 16);
const weightTable: usize = memory.data(<i32>TABLE_BYTES, 16);
const nextCodes: usize = memory.data(16 * 4, 16);

/** Writes `count` literals at a place. @returns the place behind them */
export function writeLiterals(from: usize, count: usize, place: usize): usize {
  if (count == 0) return writeHead(0, 0, place);
  memory.fill(counts, 0, 256 * 4);
  startCountingBytes();
  countBytes(from, count);
  addCountedBytes(counts);
  const single = onlyLiteral(count);
  if (single >= 0) {
    place = writeHead(1, count, place);
    store<u8>(place, <u8>single);
    return place + 1;
  }
  const end = writeCompressed(from, count, place);
  if (end > 0) return end;
  place = writeHead(0, count, place);
  memory.copy(place, from, count);
  return place + count;
}

/** The head of plain literals (0) or of one that is repeated (1). */
function writeHead(type: u32, count: usize, place: usize): usize {
  const size = <u32>count;
  if (size < 32) {
    store<u8>(place, <u8>(type | (size << 3)));
    return place + 1;
  }
  if (size < 4096) {
    store<u16>(place, <u16>(type | (1 << 2) | (size << 4)));
    return place + 2;
  }
  store<u32>(place, type | (3 << 2) | (size << 4));
  return place + 3;
}

/** The literal that all are; -1 where there are others. */
function onlyLiteral(count: usize): i32 {
  for (let i = 0; i < 256; i++) {
    const times = load<u32>(counts + (i << 2));
    if (times > 0) return times == <u32>count ? i : -1;
  }
  return -1;
}

/** @returns the place behind; 0 where plain literals are not longer */
function writeCompressed(from: usize, count: usize, place: usize): usize {
  codeLengths(counts, 256, LIMIT, lengths);
  let bits: u64 = 0;
  for (let i = 0; i < 256; i++) bits += <u64>load<u32>(counts + (i << 2)) * load<u8>(lengths + i);
  if (<usize>(bits >> 3) >= count) return 0;
  const isOne = count < ONE_STREAM;
  const headBytes: usize = isOne || count < 1024 ? 3 : count < 16384 ? 4 : 5;
  const tree = place + headBytes;
  const streams = writeTree(tree);
  if (streams == 0) return 0;
  const end = isOne ? writeOne(from, from + count, streams) : writeFour(from, count, streams);
  const size = end - tree;
  if (size + 2 >= count) return 0;
  // Type 2; how wide the sizes are; both sizes.
  const format: u64 = isOne ? 0 : headBytes - 2;
  const width: u64 = headBytes == 3 ? 10 : headBytes == 4 ? 14 : 18;
  const head = 2 | (format << 2) | (<u64>count << 4) | (<u64>size << (4 + width));
  for (let i: usize = 0; i < headBytes; i++) store<u8>(place + i, <u8>(head >> (i << 3)));
  return end;
}

/** Gives codes to lengths and tells them (section 4.2.1). @returns the place behind; 0 where they cannot be told */
function writeTree(place: usize): usize {
  let last = 255;
  while (load<u8>(lengths + last) == 0) last--;
  let longest: u32 = 0;
  for (let i = 0; i <= last; i++) longest = max<u32>(longest, load<u8>(lengths + i));
  memory.fill(weightCounts, 0, 16 * 4);
  for (let i = 0; i <= last; i++) {
    const length = <u32>load<u8>(lengths + i);
    const weight = length == 0 ? 0 : longest + 1 - length;
    store<u8>(weights + i, <u8>weight);
    store<u32>(weightCounts + (weight << 2), load<u32>(weightCounts + (weight << 2)) + 1);
  }
  assignCodes(last, longest);
  // The last weight follows from the others.
  const lastWeight = weightCounts + (<usize>load<u8>(weights + last) << 2);
  store<u32>(lastWeight, load<u32>(lastWeight) - 1);
  const end = tellWeights(last, place + 1);
  const plain = last <= 128 ? (last + 1) >>> 1 : i32.MAX_VALUE;
  const told = end == 0 ? i32.MAX_VALUE : <i32>(end - place - 1);
  if (told < 128 && told < plain) {
    store<u8>(place, <u8>told);
    return end;
  }
  if (plain == i32.MAX_VALUE) return 0;
  store<u8>(place, <u8>(127 + last));
  store<u8>(weights + last, 0);
  for (let i = 0; i < last; i += 2) store<u8>(place + 1 + (i >>> 1), <u8>((load<u8>(weights + i) << 4) | load<u8>(weights + i + 1)));
  return place + 1 + plain;
}

/** The longest codes first, from 0 on; among those of a length by literal. */
function assignCodes(last: i32, longest: u32): void {
  let code: u32 = 0;
  for (let weight: u32 = 1; weight <= longest; weight++) {
    store<u32>(nextCodes + (weight << 2), code);
    code = (code + load<u32>(weightCounts + (weight << 2))) >>> 1;
  }
  for (let i = 0; i <= last; i++) {
    const weight = <u32>load<u8>(weights + i);
    if (weight == 0) continue;
    const place = nextCodes + (weight << 2);
    const code = load<u32>(place);
    store<u32>(place, code + 1);
    setCode(i, code, longest + 1 - weight);
  }
}

/** Tells the weights before `last` by a code of their own, whose two states take turns. @returns 0 where they are all alike */
function tellWeights(last: i32, place: usize): usize {
  let kinds = 0;
  for (let i = 0; i < WEIGHTS; i++) kinds += load<u32>(weightCounts + (i << 2)) > 0 ? 1 : 0;
  if (kinds < 2 || last < 4) return 0;
  const bits: u32 = last > 32 ? WEIGHT_BITS : 5;
  normalize(weightCounts, WEIGHTS, bits, weightShares);
  place = tellShares(weightShares, WEIGHTS, bits, place);
  buildTable(weightTable, weightShares, WEIGHTS, bits);
  startBits(place);
  let at = last - 1;
  // The first state is that of even places.
  let even = firstState(weightTable, load<u8>(weights + (at & ~1)));
  let odd = firstState(weightTable, load<u8>(weights + ((at & 1) == 1 ? at : at - 1)));
  for (at -= 2; at >= 0; at--) {
    const weight = <u32>load<u8>(weights + at);
    if ((at & 1) == 0) even = encode(weightTable, even, weight);
    else odd = encode(weightTable, odd, weight);
  }
  put(lowest(odd, bits), bits);
  put(lowest(even, bits), bits);
  return endBits();
}
