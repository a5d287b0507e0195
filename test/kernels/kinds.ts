import fc from 'fast-check';
import { bytesOf, generator, IMAGERY, NOISE } from '../codecs/support.js';

/** Bytes that the tests of encoders share. */

/** Bytes as often as the Fibonacci numbers say: the deepest tree there is for so many, in an order without matches. */
export function skewed(symbols: number): Uint8Array {
  const bytes: number[] = [];
  for (let symbol = 0, count = 1, before = 0; symbol < symbols; symbol++) {
    for (let i = 0; i < count; i++) bytes.push(symbol * 9);
    [count, before] = [count + before, count];
  }
  const random = generator(symbols);
  for (let i = bytes.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [bytes[i], bytes[other]] = [bytes[other], bytes[i]];
  }
  return Uint8Array.from(bytes);
}

/** Rows of a picture of 8-bit bands side by side: slopes and edges, some noise. */
export function picture(rows: number, cols: number, noise: number): Uint8Array {
  const random = generator(rows + noise);
  return bytesOf(rows * cols * 3, (at) => {
    const [row, col, band] = [Math.floor(at / (cols * 3)), Math.floor(at / 3) % cols, at % 3];
    const edge = ((col >> 5) ^ (row >> 4)) & 1 ? 60 : 0;
    return (40 + band * 20 + edge + Math.round(30 * Math.sin(col / 19) + 20 * Math.cos(row / 13)) + random(noise)) & 255;
  });
}

export const period = (length: number, every: number): Uint8Array => bytesOf(length, (at) => NOISE[at % every]);

/** What must come out right, and what it is there for. */
export const KINDS: readonly (readonly [name: string, raw: Uint8Array])[] = [
  ['all equal', new Uint8Array(300_000).fill(7)],
  ['noise, longer than a stored block', NOISE.subarray(0, 200_000)],
  ['noise of exactly stored blocks', NOISE.subarray(0, 2 * 65_535)],
  ['the most frequent symbols very frequent', skewed(24)],
  ['few symbols, rarely one', bytesOf(100_000, (at) => (at % 4099 === 0 ? at & 255 : 0))],
  ['imagery', IMAGERY],
  ['a picture', picture(200, 256, 3)],
  ['a picture without noise', picture(200, 256, 1)],
  ['matches as far as they can be', period(150_000, 32_767)],
  ['a period of the window', period(150_000, 32_768)],
  ['a period longer than the window', period(150_000, 33_000)],
  ['matches of any length', bytesOf(200_000, (at) => NOISE[at % (1000 + Math.floor(at / 300))])],
  ['noise, then zeros, then noise', bytesOf(120_000, (at) => (at > 40_000 && at < 80_000 ? 0 : NOISE[at]))],
  ['many blocks', bytesOf(1_500_000, (at) => (Math.floor(at / 50_000) & 1 ? NOISE[at % NOISE.length] & 15 : at * at >> 7))],
  ['three bytes again and again', bytesOf(90_000, (at) => (at % 5 < 3 ? at % 5 : NOISE[at]))],
];

const piece = fc.record({
  kind: fc.constantFrom('noise', 'few', 'run', 'copy', 'slope'),
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 40_000 })),
  value: fc.nat(2 ** 31 - 1),
});
/** Any mix of noise, runs, slopes and what came before. */
export const MIXED = fc.array(piece, { maxLength: 12 }).map((pieces) => {
  const raw = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { kind, length, value } of pieces) {
    const random = generator(value);
    const back = at === 0 ? 0 : 1 + (value % Math.min(at, 34_000));
    const few = 2 + (value % 9);
    for (const end = at + length; at < end; at++) {
      if (kind === 'noise') raw[at] = random(256);
      else if (kind === 'few') raw[at] = random(few) * 20;
      else if (kind === 'run') raw[at] = value;
      else if (kind === 'copy') raw[at] = back === 0 ? 0 : raw[at - back];
      else raw[at] = at * few + random(2);
    }
  }
  return raw;
});
