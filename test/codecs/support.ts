import assert from 'node:assert/strict';
import type { Codec, Decoder, EncodedImage, Encoder } from '../../src/codecs/codec.js';
import { codecByName } from '../../src/codecs/load.js';

/** What the codecs' tests share: data, and calls that check what every call must keep. */

export const SEED = 20_250_217;

/** Mulberry32: uniform whole numbers from 0 to `below`, the same on every run. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export function bytesOf(length: number, byte: (at: number) => number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = byte(at);
  return bytes;
}

const random = generator(SEED);
export const NOISE = bytesOf(1 << 20, () => random(256));
/** Differences of neighbours in noisy 16-bit imagery, little-endian: what predictor 2 leaves. */
export const IMAGERY = new Uint8Array(Int16Array.from({ length: 1 << 17 }, () => random(40) + random(40) - 40).buffer);
export const RUNS = bytesOf(70_000, (at) => Math.floor(Math.sqrt(at * 40)) & 255);
export const SAMPLES: readonly (readonly [name: string, raw: Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['one byte', Uint8Array.of(7)],
  ['two bytes', Uint8Array.of(0, 0)],
  ['three bytes', Uint8Array.of(255, 0, 255)],
  ['every byte', bytesOf(256, (at) => at)],
  ['a run of 129', new Uint8Array(129)],
  ['literals around runs', bytesOf(3000, (at) => (at % 7 < 3 ? 1 : at % 5 < 2 ? 2 : at))],
  ['runs', RUNS],
  ['zeros', new Uint8Array(1 << 20)],
  ['two in turn', bytesOf(100_001, (at) => at & 1)],
  ['imagery', IMAGERY],
  ['noise beyond 64 KB', NOISE.subarray(0, 65_537)],
  ['1 MB of noise', NOISE],
];

const GUARD = 0xa5;

/** A view of `length` bytes inside a larger buffer, and a check that nothing was written around it. */
export function guarded(length: number, content?: Uint8Array): { view: Uint8Array; check: () => void } {
  const buffer = new Uint8Array(length + 16).fill(GUARD);
  const view = buffer.subarray(5, 5 + length);
  if (content) view.set(content);
  const check = (): void => {
    const around = [...buffer.subarray(0, 5), ...buffer.subarray(5 + length)];
    assert.ok(around.every((byte) => byte === GUARD), 'wrote outside of its buffer');
  };
  return { view, check };
}

/** Bytes of no image in particular: codecs of plain bytes look at none of it. */
const PLAIN_IMAGE: EncodedImage = {
  width: 256,
  bands: 1,
  bits: 8,
  kind: 'uint',
  photometric: 1,
  jpegTables: null,
  lercParameters: null,
};

export interface Opened {
  readonly codec: Codec;
  readonly encoding: NonNullable<Codec['encoding']>;
  readonly decode: Decoder;
  readonly encode: Encoder;
}

export async function open(codec: Codec, level = codec.encoding?.level?.standard ?? 0): Promise<Opened> {
  assert.ok(codec.encoding);
  return {
    codec,
    encoding: codec.encoding,
    decode: await codec.openDecoder(PLAIN_IMAGE),
    encode: await codec.encoding.openEncoder(level),
  };
}

export async function opened(name: string): Promise<Opened> {
  const codec = await codecByName(name);
  assert.ok(codec);
  return open(codec);
}

/** Encodes into exactly `bound` bytes, from and into views inside larger buffers. */
export function encoded({ encoding, encode }: Opened, raw: Uint8Array): Uint8Array {
  const input = guarded(raw.length, raw);
  const output = guarded(encoding.bound(raw.length, Math.max(1, raw.length)));
  const count = encode(input.view, output.view, Math.max(1, raw.length));
  input.check();
  output.check();
  assert.ok(count <= output.view.length, `${count} bytes, beyond the bound of ${output.view.length}`);
  same(input.view, raw, 'the input before and after');
  return output.view.subarray(0, count);
}

/** Decodes from and into views inside larger buffers; returns what was written. */
export function decoded({ decode }: Pick<Opened, 'decode'>, stream: Uint8Array, rawLength: number): Uint8Array {
  const input = guarded(stream.length, stream);
  const output = guarded(rawLength);
  const count = decode(input.view, output.view);
  input.check();
  output.check();
  assert.ok(Number.isInteger(count) && count >= 0 && count <= rawLength, `count ${count} of ${rawLength}`);
  same(input.view, stream, 'the input before and after');
  return output.view.subarray(0, count);
}

export const same = (got: Uint8Array, wanted: Uint8Array, message?: string): void =>
  assert.ok(Buffer.compare(got, wanted) === 0, `${message ?? 'bytes'} differ (${got.length}, ${wanted.length})`);
