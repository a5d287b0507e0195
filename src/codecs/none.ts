import type { Codec } from './codec.js';

const copy = (from: Uint8Array, to: Uint8Array): number => {
  const length = Math.min(from.length, to.length);
  to.set(length === from.length ? from : from.subarray(0, length));
  return length;
};

/** Uncompressed blocks. */
export default {
  name: 'none',
  tags: [1],
  takesPredictor: false,
  maxRatio: 1,
  openDecoder: () => copy,
  encoding: { bound: (rawBytes) => rawBytes, openEncoder: () => copy },
} satisfies Codec;
