import { textOf } from '../errors.js';
import { DeflateKernel, deflateBound } from '../kernels/deflate.js';
import { type Codec, DecodeError } from './codec.js';
import { type Inflate, openInflate } from './deflate/inflate.js';

/**
 * The bytes of a stream that goes on beyond those that are wanted, with sound or damaged data; undefined where it does not.
 * A longer start of the stream gives more bytes, and fails from some length on. So bisecting finds a start that gives
 * somewhat more than is wanted, if there is one.
 */
function inflateStart(inflate: Inflate, encoded: Uint8Array, raw: Uint8Array): number | undefined {
  let enough = 0;
  let failing = encoded.length;
  while (failing - enough > 1) {
    const length = (enough + failing) >>> 1;
    try {
      const count = inflate(encoded.subarray(0, length), raw);
      if (count > raw.length) return count;
      enough = length;
    } catch {
      failing = length;
    }
  }
  return undefined;
}

/**
 * DEFLATE in a zlib wrapper (RFC 1950). Decoded by node:zlib, encoded by our own kernel: node:zlib's bytes differ between
 * Node versions.
 *
 * Like libtiff, decoding ignores what follows the stream, a missing checksum, and all that comes after `raw` is full,
 * damage included. A wrong checksum where the stream ends with `raw` is damage.
 */
export default {
  name: 'deflate',
  tags: [8, 32946],
  takesPredictor: true,
  // Two bits, a length and a distance of one bit each, stand for 258 bytes at most.
  maxRatio: 1032,
  openDecoder: () => {
    const inflate = openInflate();
    return (encoded, raw) => {
      let count: number;
      try {
        count = inflate(encoded, raw);
      } catch (cause) {
        const start = inflateStart(inflate, encoded, raw);
        if (start === undefined) {
          throw new DecodeError(`the DEFLATE stream is damaged: ${textOf(cause)}`, { cause });
        }
        count = start;
      }
      return Math.min(count, raw.length);
    };
  },
  encoding: {
    level: { option: 'ZLEVEL', min: 1, max: 9, standard: 6 },
    bound: deflateBound,
    openEncoder: (level) => {
      const kernel = new DeflateKernel(level);
      return (raw, encoded) => kernel.encodeCopy(raw, encoded);
    },
  },
} satisfies Codec;
