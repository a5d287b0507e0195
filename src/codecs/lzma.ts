import type { Codec } from './codec.js';

/**
 * LZMA2 in an xz stream with a delta filter, as libtiff writes it. Like libtiff, decoding ignores what follows once
 * `raw` is full; where the stream ends with `raw`, all its checksums are looked at.
 */
export default {
  name: 'lzma',
  tags: [34925],
  takesPredictor: true,
  // 273 bytes from fourteen decisions, each of 1/46 of a bit at least.
  maxRatio: 7200,
  openDecoder: async () => {
    const { XzDecoder } = await import('./lzma/xz.js');
    const xz = new XzDecoder();
    return (encoded, raw) => xz.decode(encoded, raw);
  },
} satisfies Codec;
