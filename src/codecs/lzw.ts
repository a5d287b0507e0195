import { type Codec, DecodeError, type Decoder, type Encoder } from './codec.js';

const CLEAR = 256;
const END = 257;
const FIRST = 258;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const CODES = 1 << MAX_WIDTH;

/** libtiff's encoder clears when this many codes are taken: old readers fail on a table filled to 4096. */
const CLEAR_AT = 4094;
const HASH_BITS = 14;
const EMPTY = -1;

/**
 * Old libtiff versions wrote the codes least significant bit first, and widened them one code later. Such a stream
 * starts with a clear code, 0x00 and an odd byte; libtiff tells it by that too (tif_lzw.c, LZWPreDecode).
 */
const isOldStyle = (encoded: Uint8Array): boolean =>
  encoded.length >= 2 && encoded[0] === 0 && (encoded[1] & 1) === 1;

// The tables are the thread's, not an opened codec's: calls are synchronous, so they share them, and V8 compiles their
// addresses in where it sees one function and not one for each opening (measured 1.6 times as fast).

/**
 * Every string of the decoder's table already stands in `raw`: code FIRST + k means the bytes that the k-th code since
 * the clear wrote, and one more. So where each code's output began gives both ends of every string.
 */
const starts = new Int32Array(CODES + 2);
/**
 * The strings' first three bytes, and in the top byte their length, 4 standing for more. Short strings, most of those
 * in imagery, are so written by one store: measured 1.5 times as fast as copying them within `raw`, and more than twice
 * as fast as chains of prefixes.
 */
const heads = new Int32Array(CODES + 1);
for (let literal = 0; literal < 256; literal++) heads[literal] = literal | (1 << 24);

/**
 * Goes on from any state of `decode`, whose names these are, without touching a byte beyond the buffers' ends.
 * @param early 0 in old-style streams, 1 otherwise: how many codes too early the width grows
 */
function decodeSafely(
  encoded: Uint8Array,
  raw: Uint8Array,
  early: 0 | 1,
  pos: number,
  shift: number,
  out: number,
  width: number,
  last: number,
): number {
  const end = encoded.length;
  const limit = raw.length;
  while (out < limit) {
    if ((end - pos) * 8 - shift < width) return out;
    const second = pos + 1 < end ? encoded[pos + 1] : 0;
    const third = pos + 2 < end ? encoded[pos + 2] : 0;
    const code =
      early === 1
        ? (((encoded[pos] << 24) | (second << 16) | (third << 8)) << shift) >>> (32 - width)
        : (((third << 16) | (second << 8) | encoded[pos]) >>> shift) & ((1 << width) - 1);
    shift += width;
    pos += shift >> 3;
    shift &= 7;
    if (code === END) return out;
    if (code === CLEAR) {
      width = MIN_WIDTH;
      last = FIRST - 1;
      continue;
    }
    if (code > last) throw new DecodeError(`an LZW code at byte ${pos} is beyond the table`);
    starts[last + 1] = out;
    if (code < CLEAR) raw[out++] = code;
    else {
      let from = starts[code];
      const stop = Math.min(limit, out + starts[code + 1] - from + 1);
      while (out < stop) raw[out++] = raw[from++];
    }
    last++;
    if (last > CODES) last = CODES;
    else if (last === (1 << width) - early && width < MAX_WIDTH) width++;
  }
  return out;
}

/**
 * TIFF 6.0 LZW, section 13, as libtiff reads it. Beyond libtiff: a stream may lack its first clear code, and a full
 * table (4096 codes and no clear) stays as it is, where libtiff gives up 1024 codes later. Neither needs an end code.
 */
const decode: Decoder = (encoded, raw) => {
  // The bits before bit `shift`, 0 to 7, of byte `pos` are read.
  let pos = 0;
  let shift = 0;
  let out = 0;
  let width = MIN_WIDTH;
  // The table's last code: the one that the code to be read completes. Before the first code there is none, and
  // FIRST - 1 takes its place.
  let last = FIRST - 1;
  if (isOldStyle(encoded)) return decodeSafely(encoded, raw, 0, pos, shift, out, width, last);

  const limit = raw.length;
  const input = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  const output = new DataView(raw.buffer, raw.byteOffset, limit);
  const lastRead = encoded.length - 4;
  const lastStore = limit - 4;
  let widenAt = (1 << MIN_WIDTH) - 1;
  let previous = 0;
  while (out <= lastStore && pos <= lastRead) {
    const code = (input.getInt32(pos) << shift) >>> (32 - width);
    shift += width;
    pos += shift >> 3;
    shift &= 7;
    if ((code & ~1) === CLEAR) {
      if (code === END) return out;
      width = MIN_WIDTH;
      last = FIRST - 1;
      widenAt = (1 << MIN_WIDTH) - 1;
      previous = 0;
      continue;
    }
    if (code > last) throw new DecodeError(`an LZW code at byte ${pos} is beyond the table`);
    starts[last + 1] = out;
    const length = previous >>> 24;
    const first = (code === last ? previous : heads[code]) & 255;
    heads[last] = length < 3 ? (previous | (first << (length << 3))) + (1 << 24) : previous | (4 << 24);
    previous = heads[code];
    output.setInt32(out, previous, true);
    if (previous >>> 24 < 4) out += previous >>> 24;
    else {
      let from = starts[code];
      let stop = out + starts[code + 1] - from + 1;
      if (stop > limit) stop = limit;
      while (out < stop) raw[out++] = raw[from++];
    }
    if (++last === widenAt) {
      if (width === MAX_WIDTH) last = CODES;
      else widenAt = ++width === MAX_WIDTH ? CODES + 1 : (1 << width) - 1;
    }
  }
  return decodeSafely(encoded, raw, 1, pos, shift, out, width, last);
};

/**
 * The encoder's strings, by open addressing. A slot holds the 20 bits of prefix code and next byte, and below them the
 * 12 bits of the code they make; no key has the bits of EMPTY, because no prefix reaches 4095. 16384 slots for 3836
 * strings at most: measured faster than 8192, which collide, and hardly slower than 32768.
 */
const table = new Int32Array(1 << HASH_BITS);

/** Writes the bytes that libtiff writes, but for the clears it adds where data of a high ratio becomes harder. */
const encode: Encoder = (raw, encoded) => {
  let out = 0;
  // The lowest `have` bits of `bits` wait to be written.
  let bits = CLEAR;
  let have = MIN_WIDTH;
  let width = MIN_WIDTH;
  if (raw.length > 0) {
    table.fill(EMPTY);
    let next = FIRST;
    let widenAt = 1 << MIN_WIDTH;
    let prefix = raw[0];
    for (let at = 1; at < raw.length; at++) {
      const key = (prefix << 8) | raw[at];
      // Knuth's multiplicative hash: 2^32 over the golden ratio.
      let slot = Math.imul(key, 0x9e3779b1) >>> (32 - HASH_BITS);
      let entry = table[slot];
      while (entry !== EMPTY && entry >>> 12 !== key) {
        slot = (slot + 1) & ((1 << HASH_BITS) - 1);
        entry = table[slot];
      }
      if (entry !== EMPTY) {
        prefix = entry & (CODES - 1);
        continue;
      }
      bits = (bits << width) | prefix;
      have += width;
      if (have >= 16) {
        encoded[out] = bits >>> (have - 8);
        encoded[out + 1] = bits >>> (have - 16);
        out += 2;
        have -= 16;
      }
      table[slot] = (key << 12) | next;
      prefix = key & 255;
      if (++next === widenAt) {
        if (next < CLEAR_AT) widenAt = ++width === MAX_WIDTH ? CLEAR_AT : 1 << width;
        else {
          bits = (bits << width) | CLEAR;
          have += width;
          if (have >= 16) {
            encoded[out] = bits >>> (have - 8);
            encoded[out + 1] = bits >>> (have - 16);
            out += 2;
            have -= 16;
          }
          table.fill(EMPTY);
          next = FIRST;
          width = MIN_WIDTH;
          widenAt = 1 << MIN_WIDTH;
        }
      }
    }
    bits = (bits << width) | prefix;
    have += width;
    for (; have >= 8; have -= 8) encoded[out++] = bits >>> (have - 8);
    if (++next === CLEAR_AT) {
      bits = (bits << width) | CLEAR;
      have += width;
      width = MIN_WIDTH;
    } else if (next === widenAt) width++;
  }
  bits = (bits << width) | END;
  have += width;
  for (; have > 0; have -= 8) encoded[out++] = have >= 8 ? bits >>> (have - 8) : bits << (8 - have);
  return out;
};

/** LZW, by own code both ways: the same bytes on every Node version. */
export default {
  name: 'lzw',
  tags: [5],
  takesPredictor: true,
  // A code's string is one byte longer than the one before it at most, so code FIRST + k is k + 2 bytes at most and
  // 4095, the last, 3839. Over and over, at 12 bits each, that is 2559.3 bytes a byte; narrower codes are shorter by
  // more than they save. With a clear whenever the table is full it is 1362.
  maxRatio: 2560,
  openDecoder: () => decode,
  encoding: {
    // At most a code a byte, a clear before the first and after every 3836, and the end: of 12 bits each at most.
    bound: (rawBytes) => Math.ceil((MAX_WIDTH * (rawBytes + Math.floor(rawBytes / (CLEAR_AT - FIRST)) + 2)) / 8),
    openEncoder: () => encode,
  },
} satisfies Codec;
