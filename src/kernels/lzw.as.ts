/**
 * TIFF 6.0 LZW, section 13, both ways. AssemblyScript, compiled to lzw.wasm by `npm run build`; lzw.ts calls it, lays
 * out its memory, and says what it needs beyond what it is given.
 */

const CLEAR: u32 = 256;
const END: u32 = 257;
const FIRST: u32 = 258;
const MIN_WIDTH: u32 = 9;
const MAX_WIDTH: u32 = 12;
const CODES: u32 = 1 << MAX_WIDTH;

/** libtiff's encoder clears when this many codes are taken: old readers fail on a table filled to 4096. */
const CLEAR_AT: u32 = 4094;

/**
 * The encoder's strings. A slot holds the 20 bits of prefix code and next byte, and below them the 12 bits of the code
 * they make; no key has the bits of EMPTY, because no prefix reaches 4095. A string displaces one that has its slot:
 * such a one is written as two codes when it comes again. 32768 slots for 3836 strings lose 0.8 % of size so, 16384
 * 1.7 %; looking further at each collision loses nothing but a fifth of the speed.
 */
const SLOTS: u32 = 1 << 15;
const EMPTY: u8 = 0xff;

// @ts-ignore: decorator
@inline
function bigEndian64(value: u64): u64 {
  const both = i64x2.splat(value);
  return i64x2.extract_lane(i8x16.shuffle(both, both, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}

// @ts-ignore: decorator
@inline
function bigEndian32(value: u32): u32 {
  const all = i32x4.splat(value);
  return i32x4.extract_lane(i8x16.shuffle(all, all, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0), 0);
}

/** What was written ends here; the lowest `waiting` bits of `bits` are to follow. */
let written: usize = 0;
let bits: u64 = 0;
let waiting: u64 = 0;

/** Writes the codes from `start` to `end`, the first that follow a clear. */
function pack(start: usize, end: usize): void {
  let code = start;
  let to = written;
  let word = bits;
  let have = waiting;
  // A code makes the table's next entry; the code after the one that makes entry 2^width is a bit wider.
  let next = FIRST;
  for (let width = MIN_WIDTH; code < end; width++) {
    const stop = min(end, code + (((1 << width) - next) << 1));
    next = 1 << width;
    for (; code + 8 <= stop; code += 8) {
      word = (word << width) | load<u16>(code);
      word = (word << width) | load<u16>(code, 2);
      word = (word << width) | load<u16>(code, 4);
      word = (word << width) | load<u16>(code, 6);
      have += width << 2;
      store<u64>(to, bigEndian64(word << (64 - have)));
      to += <usize>(have >> 3);
      have &= 7;
    }
    for (; code < stop; code += 2) {
      word = (word << width) | load<u16>(code);
      have += width;
      store<u64>(to, bigEndian64(word << (64 - have)));
      to += <usize>(have >> 3);
      have &= 7;
    }
  }
  written = to;
  bits = word;
  waiting = have;
}

/**
 * Encodes `length` bytes. Of the strings in its table it takes the longest, as everyone does.
 * @param room 4 * 32768 + 2 * 4096 bytes to work in
 * @returns how many bytes it wrote; up to 8 more after them are overwritten
 */
export function encode(raw: usize, length: usize, encoded: usize, room: usize): usize {
  const codes = room + (SLOTS << 2);
  const end = raw + length;
  written = encoded;
  bits = CLEAR;
  waiting = MIN_WIDTH;
  let at = raw;
  let prefix: u32 = length > 0 ? load<u8>(at++) : 0;
  let isPending = length > 0;
  for (let isFull = true; isFull; ) {
    memory.fill(room, EMPTY, SLOTS << 2);
    let next = FIRST;
    let code = codes;
    while (at < end && next < CLEAR_AT) {
      const byte = <u32>load<u8>(at++);
      // Codes come one after another, bytes by Knuth's multiplicative hash: 2^32 over the golden ratio.
      const slot = room + <usize>(((prefix << 5) ^ ((byte * 0x9e3779b1) >>> 15)) & ((SLOTS - 1) << 2));
      const key = ((prefix << 8) | byte) << MAX_WIDTH;
      const found = load<u32>(slot) ^ key;
      if (found < CODES) {
        prefix = found;
        continue;
      }
      store<u32>(slot, key | next);
      store<u16>(code, <u16>prefix);
      code += 2;
      next++;
      prefix = byte;
    }
    if (isPending && next < CLEAR_AT) {
      // The last code makes no entry, but readers count one.
      store<u16>(code, <u16>prefix);
      code += 2;
      next++;
      isPending = false;
    }
    isFull = next == CLEAR_AT;
    store<u16>(code, <u16>(isFull ? CLEAR : END));
    pack(codes, code + 2);
  }
  return written + <usize>(waiting > 0) - encoded;
}

/**
 * Decodes. Every string of the decoder's table already stands in what it wrote: code FIRST + k means the bytes that the
 * k-th code since the clear wrote, and one more. So where each code's bytes began gives both ends of every string; those
 * of single bytes stand in a table of them.
 * @param early 0 in old-style streams, whose bits come lowest first, else 1: how many codes too early the width grows
 * @param room 4 * 4098 + 256 + 16 bytes to work in
 * @returns how many bytes it wrote; -1 - n where the code that ends in byte n - 1 is beyond the table
 */
// @ts-ignore: decorator
@inline
function decodeBits(early: u32, encoded: usize, length: usize, raw: usize, rawLength: usize, room: usize): i32 {
  const starts = room;
  const literals = room + ((CODES + 2) << 2);
  for (let i: u32 = 0; i < 256; i++) {
    store<u8>(literals + i, <u8>i);
    store<u32>(starts + (i << 2), <u32>literals + i);
  }
  store<u32>(starts + (CLEAR << 2), <u32>literals + CLEAR);
  const limit = raw + rawLength;
  const endBit = length << 3;
  let bit: usize = 0;
  let out = raw;
  let width = MIN_WIDTH;
  let widenAt = (1 << MIN_WIDTH) - early;
  // The table's last code: the one that the code to be read completes. Before the first code there is none, and
  // FIRST - 1 takes its place.
  let last = FIRST - 1;
  while (out < limit && bit + width <= endBit) {
    const word = load<u32>(encoded + (bit >> 3));
    const skip = <u32>bit & 7;
    const code = early ? (bigEndian32(word) << skip) >>> (32 - width) : (word >>> skip) & ((1 << width) - 1);
    bit += width;
    if ((code & ~1) == CLEAR) {
      if (code == END) break;
      width = MIN_WIDTH;
      widenAt = (1 << MIN_WIDTH) - early;
      last = FIRST - 1;
      continue;
    }
    if (code > last) return -1 - <i32>((bit >> 3));
    store<u32>(starts + (last << 2), <u32>out, 4);
    const start = starts + (code << 2);
    const from = <usize>load<u32>(start);
    const stop = out + (<usize>load<u32>(start, 4) - from) + <usize>(code > 255);
    v128.store(out, v128.load(from));
    if (out + 16 < stop) copyOn(from + 16, out + 16, stop);
    // This string's last byte is its first, which was not there yet to be copied.
    if (code == last) store<u8>(stop - 1, load<u8>(from));
    out = stop;
    if (++last == widenAt) {
      if (width == MAX_WIDTH) last = CODES;
      else widenAt = ++width == MAX_WIDTH ? CODES + 1 : (1 << width) - early;
    }
  }
  return <i32>(min(out, limit) - raw);
}

function copyOn(from: usize, to: usize, stop: usize): void {
  do {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  } while (to < stop);
}

export function decode(encoded: usize, length: usize, raw: usize, rawLength: usize, room: usize): i32 {
  return decodeBits(1, encoded, length, raw, rawLength, room);
}

export function decodeOldStyle(encoded: usize, length: usize, raw: usize, rawLength: usize, room: usize): i32 {
  return decodeBits(0, encoded, length, raw, rawLength, room);
}
