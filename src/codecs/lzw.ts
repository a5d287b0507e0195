import { decodeLzw, encodeLzw } from '../kernels/lzw.js';
import { type Codec, DecodeError, type Decoder, type Encoder } from './codec.js';

const MAX_WIDTH = 12;
/** Fewer codes than the encoder lets pass before it clears. */
const CODES_BEFORE_CLEAR = 2048;
/** What its streams lie apart, and how its ends are filled up. */
const GAPS = 512;

/**
 * Old libtiff versions wrote the codes least significant bit first, and widened them one code later. Such a stream
 * starts with a clear code, 0x00 and an odd byte; libtiff tells it by that too (tif_lzw.c, LZWPreDecode).
 */
const isOldStyle = (encoded: Uint8Array): boolean =>
  encoded.length >= 2 && encoded[0] === 0 && (encoded[1] & 1) === 1;

/**
 * TIFF 6.0 LZW, section 13, as libtiff reads it. Beyond libtiff: a stream may lack its first clear code, and a full
 * table (4096 codes and no clear) stays as it is, where libtiff gives up 1024 codes later. Neither needs an end code.
 */
const decode: Decoder = (encoded, raw) => {
  const count = decodeLzw(encoded, raw, isOldStyle(encoded));
  if (count < 0) throw new DecodeError(`an LZW code at byte ${-1 - count} is beyond the table`);
  return count;
};

const encode: Encoder = (raw, encoded) => encodeLzw(raw, encoded);

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
    // At most a code a byte, and clears: of 12 bits each at most.
    bound: (rawBytes) => Math.ceil((MAX_WIDTH * (rawBytes + rawBytes / CODES_BEFORE_CLEAR)) / 8) + GAPS,
    openEncoder: () => encode,
  },
} satisfies Codec;
