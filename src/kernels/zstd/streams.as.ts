/**
 * Streams of literals by a Huffman code (RFC 8878, section 4.2.2), which are read from their end: the last literal goes in
 * first. What waits is in the upper bits, so that neither a code nor its length needs a mask.
 */

/** By literal, u64: its code in the upper bits, its length in the lowest eight. */
const codes: usize = memory.data(256 * 8, 16);

/** Of the stream that was begun: the bits that wait, how many they are, and where they go. */
let waiting: u64 = 0;
let waitingBits: u64 = 0;
let out: usize = 0;

/** @param length 1 to 11 bits */
export function setCode(literal: u32, code: u32, length: u32): void {
  store<u64>(codes + (<usize>literal << 3), (<u64>code << (64 - length)) | length);
}

/** Writes one stream. @returns the place behind it */
export function writeOne(from: usize, to: usize, place: usize): usize {
  begin(from, to, place);
  return end(waiting, waitingBits, out);
}

/** Writes the sizes of three streams, and four. @returns the place behind them */
export function writeFour(from: usize, count: usize, place: usize): usize {
  const each = (count + 3) >>> 2;
  const to = place + 6;
  const second = writeTwo(from, each, each, to);
  const third = joinTwo(second, each, to);
  const fourth = writeTwo(from + 2 * each, each, count - 3 * each, third);
  store<u16>(place, <u16>(second - to));
  store<u16>(place, <u16>(third - second), 2);
  store<u16>(place, <u16>(fourth - third), 4);
  return joinTwo(fourth, each, third);
}

/**
 * Writes two streams in turns, as neither of them waits for the other. The second goes where `joinTwo` takes it from.
 * @param otherCount how many literals the second one has: up to 3 fewer
 * @returns the place behind the first
 */
function writeTwo(from: usize, count: usize, otherCount: usize, place: usize): usize {
  const other = from + count;
  const whole = otherCount & ~3;
  begin(from + whole, other, place);
  let one = waiting;
  let oneBits = waitingBits;
  let oneOut = out;
  begin(other + whole, other + otherCount, apart(place, count));
  let two = waiting;
  let twoBits = waitingBits;
  let twoOut = out;
  for (let left = whole; left > 0; left -= 4) {
    // Four codes take up to 44 bits, beside 7 that wait; only the lowest eight of the sums are numbers of bits.
    const oneFour = from + left - 4;
    const twoFour = other + left - 4;
    const a = codeOf(load<u8>(oneFour, 3));
    const k = codeOf(load<u8>(twoFour, 3));
    const b = codeOf(load<u8>(oneFour, 2));
    const l = codeOf(load<u8>(twoFour, 2));
    const c = codeOf(load<u8>(oneFour, 1));
    const m = codeOf(load<u8>(twoFour, 1));
    const d = codeOf(load<u8>(oneFour));
    const n = codeOf(load<u8>(twoFour));
    one = after(after(after(after(one, a), b), c), d);
    two = after(after(after(after(two, k), l), m), n);
    oneBits += a + b + c + d;
    twoBits += k + l + m + n;
    store<u64>(oneOut, one >>> (64 - oneBits));
    store<u64>(twoOut, two >>> (64 - twoBits));
    oneOut += <usize>((oneBits >>> 3) & 7);
    twoOut += <usize>((twoBits >>> 3) & 7);
    oneBits &= 7;
    twoBits &= 7;
  }
  const first = end(one, oneBits, oneOut);
  out = end(two, twoBits, twoOut);
  return first;
}

/** Where the second of two streams goes at first: the first one, at its longest, does not reach there. */
// @ts-ignore: decorator
@inline
function apart(place: usize, count: usize): usize {
  return place + 2 * count;
}

/** Moves the second stream of two behind the first. @returns the place behind it */
function joinTwo(place: usize, count: usize, first: usize): usize {
  const second = apart(first, count);
  memory.copy(place, second, out - second);
  return place + (out - second);
}

/** Begins a stream by literals before which there are others. */
function begin(from: usize, to: usize, place: usize): void {
  waiting = 0;
  waitingBits = 0;
  out = place;
  while (to > from) add(codeOf(load<u8>(--to)));
}

/** Marks a stream's end by a one. @returns the place behind it */
function end(bits: u64, count: u64, place: usize): usize {
  waiting = bits;
  waitingBits = count;
  out = place;
  add((<u64>1 << 63) | 1);
  return waitingBits > 0 ? out + 1 : out;
}

function add(code: u64): void {
  waiting = after(waiting, code);
  waitingBits = (waitingBits + code) & 63;
  store<u64>(out, waiting >>> (64 - waitingBits));
  out += <usize>(waitingBits >>> 3);
  waitingBits &= 7;
}

// @ts-ignore: decorator
@inline
function codeOf(literal: usize): u64 {
  return load<u64>(literal << 3, codes);
}

/** What waits, and a code: whose length, behind them, is no part of them. */
// @ts-ignore: decorator
@inline
function after(bits: u64, code: u64): u64 {
  return (bits >>> code) | code;
}
