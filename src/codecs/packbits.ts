import { type Codec, type Decoder, type Encoder } from './codec.js';

/** Most bytes that one packet stands for, a run as well as a literal. */
const PACKET = 128;

/**
 * TIFF 6.0, section 9. A packet that goes beyond `raw` is clipped, as libtiff does; a cut one gives what it holds, and
 * the count tells. There is no stream that is not PackBits, so damage is not seen here otherwise.
 */
const decode: Decoder = (encoded, raw) => {
  const end = encoded.length;
  const limit = raw.length;
  let pos = 0;
  let out = 0;
  while (pos < end && out < limit) {
    const header = encoded[pos++];
    if (header < 128) {
      const stop = out + Math.min(header + 1, limit - out, end - pos);
      while (out < stop) raw[out++] = encoded[pos++];
    } else if (header > 128 && pos < end) {
      const value = encoded[pos++];
      const stop = Math.min(limit, out + 257 - header);
      while (out < stop) raw[out++] = value;
    }
  }
  return out;
};

/**
 * Packs each row by itself, as TIFF asks: programs that read only some rows of a block, GDAL at the image's lower edge,
 * find packets ending where those rows end. Runs of two bytes break no literal, because that never saves a byte.
 */
const encode: Encoder = (raw, encoded, rowBytes) => {
  let out = 0;
  for (let row = 0; row < raw.length; row += rowBytes) {
    out = encodeRow(raw, row, Math.min(raw.length, row + rowBytes), encoded, out);
  }
  return out;
};

function encodeRow(raw: Uint8Array, start: number, end: number, encoded: Uint8Array, outStart: number): number {
  let pos = start;
  let out = outStart;
  while (pos < end) {
    const from = pos;
    const value = raw[pos++];
    const stop = Math.min(end, from + PACKET);
    while (pos < stop && raw[pos] === value) pos++;
    if (pos - from > 1) {
      encoded[out++] = 257 - (pos - from);
      encoded[out++] = value;
      continue;
    }
    while (pos < stop && !(pos + 2 < end && raw[pos] === raw[pos + 1] && raw[pos] === raw[pos + 2])) pos++;
    encoded[out++] = pos - from - 1;
    for (let at = from; at < pos; at++) encoded[out++] = raw[at];
  }
  return out;
}

/** PackBits, the run lengths of Apple's MacPaint, by own code both ways. */
export default {
  name: 'packbits',
  tags: [32773],
  takesPredictor: false,
  // Two bytes stand for a run of 128 at most.
  maxRatio: PACKET / 2,
  openDecoder: () => decode,
  encoding: {
    // Only literals grow, by their header. One of fewer than 128 bytes is the row's last packet, or a run of three or
    // more follows, which saves that byte.
    bound: (rawBytes, rowBytes) => rawBytes + Math.ceil(rawBytes / rowBytes) * Math.ceil(rowBytes / PACKET),
    openEncoder: () => encode,
  },
} satisfies Codec;
