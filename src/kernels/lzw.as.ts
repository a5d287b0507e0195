/**
 * TIFF 6.0 LZW, section 13, both ways. AssemblyScript, compiled to lzw.wasm by `npm run build`; lzw.ts calls it, lays
 * out its memory, and says what it needs beyond what it is given.
 */

import { CLEAR, CODES, END, FIRST, MAX_WIDTH, MIN_WIDTH } from './lzw/codes.as';

export { encode } from './lzw/encode.as';

// @ts-ignore: decorator
@inline
function bigEndian32(value: u32): u32 {
  const all = i32x4.splat(value);
  return i32x4.extract_lane(i8x16.shuffle(all, all, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0), 0);
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
