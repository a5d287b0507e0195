import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { DecodeError, type Decoder, type EncodedImage } from '../../src/codecs/codec.js';
import { plainLerc, withChecksum } from './image-streams.js';
import { blocks, imageDecoder, numbers, refuses, valid, webp } from './image-support.js';
import { bytesOf, decoded, generator, same, SEED } from './support.js';

interface Sound {
  readonly name: string;
  readonly image: Partial<EncodedImage>;
  readonly stream: Uint8Array;
  readonly rawLength: number;
  /** Where its header has the columns and rows, of so many bytes; little-endian unless its name is jpeg. */
  readonly sides: readonly [columns: number, rows: number, bytes: number];
}

const floats = Float32Array.from(numbers);
const jpegSides = (stream: Buffer): Sound['sides'] => [stream.indexOf('ffc0', 'hex') + 7, stream.indexOf('ffc0', 'hex') + 5, 2];
const SOUND: readonly Sound[] = [
  ...[1, 2, 3, 4].map((bands) => {
    const stream = blocks(bands, { restart: 5 });
    return { name: 'jpeg', image: { width: 30, bands }, stream, rawLength: 600 * bands, sides: jpegSides(stream) };
  }),
  { name: 'webp', image: { bands: 3 }, stream: webp('lossyRgb'), rawLength: 768, sides: [26, 28, 2] },
  { name: 'webp', image: { bands: 4 }, stream: webp('lossyRgba'), rawLength: 1024, sides: [24, 27, 3] },
  { name: 'lerc', image: { width: 8, bits: 32, kind: 'float' }, stream: plainLerc(floats, 8, 1, valid), rawLength: 384, sides: [18, 14, 4] },
  { name: 'lerc', image: { width: 8, bands: 3 }, stream: plainLerc(Uint8Array.from(numbers), 8, 3), rawLength: 96, sides: [18, 14, 4] },
];

describe('image codecs', () => {
  /** Only a count or a DecodeError may come of it. */
  function survives(codec: { decode: Decoder }, stream: Uint8Array, rawLength: number): void {
    try {
      decoded(codec, stream, rawLength);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }

  for (const { name, image, stream, rawLength, sides } of SOUND) {
    const title = `${name}, ${image.bands ?? 1} bands`;
    it(`survive damage, with an error or a count, and read the next one: ${title}`, async () => {
      const codec = await imageDecoder(name, image);
      const raw = decoded(codec, stream, rawLength).slice();
      for (let length = 0; length < stream.length; length += 1 + (length >> 5)) survives(codec, stream.subarray(0, length), rawLength);
      const pick = generator(SEED);
      for (let round = 0; round < 200; round++) {
        const damaged = Buffer.from(stream);
        for (let flips = 1 + (round % 4); flips > 0; flips--) damaged[pick(stream.length)] ^= 1 << pick(8);
        survives(codec, name === 'lerc' && round % 3 > 0 ? withChecksum(damaged) : damaged, rawLength);
      }
      for (let round = 0; round < 50; round++) survives(codec, bytesOf(pick(300), () => pick(256)), rawLength);
      same(decoded(codec, stream, rawLength), raw, 'the sound stream');
    });

    it(`read and write shared memory: ${title}`, async () => {
      const { decode } = await imageDecoder(name, image);
      const [plain, shared, stored] = [new Uint8Array(rawLength), ...[rawLength, stream.length].map((length) => new Uint8Array(new SharedArrayBuffer(length)))];
      stored.set(stream);
      assert.equal(decode(stream, plain), rawLength);
      assert.equal(decode(stored, shared), rawLength);
      same(shared, plain);
    });

    it(`take no memory for what they claim: ${title}`, async () => {
      const [columnsAt, rowsAt, bytes] = sides;
      const claims = (most: number, at: readonly number[]): Uint8Array => {
        const copy = Buffer.from(stream);
        for (const place of at) {
          if (name === 'jpeg') copy.writeUIntBE(most, place, bytes);
          else copy.writeUIntLE(most, place, bytes);
        }
        return name === 'lerc' ? withChecksum(copy) : copy;
      };
      const rowBytes = (image.width ?? 16) * (image.bands ?? 1) * ((image.bits ?? 8) / 8);
      await imageDecoder(name, image);
      const before = process.resourceUsage().maxRSS;
      await refuses(name, image, claims(65535, [columnsAt, rowsAt]), rawLength);
      await refuses(name, { ...image, width: 65535 }, claims(65535, [columnsAt, rowsAt]), (rowBytes / (image.width ?? 16)) * 65535);
      await refuses(name, image, claims(65535, [rowsAt]), rawLength);
      const grown = process.resourceUsage().maxRSS - before;
      assert.ok(grown < 64 * 1024, `grew by ${grown} KB`);
    });
  }

  it('leave the process as it is', () => {
    const script = `
      const { loadCodecs } = await import(${JSON.stringify(new URL('../../src/codecs/load.js', import.meta.url).href)});
      const state = () => JSON.stringify([
        process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        Object.getOwnPropertyNames(globalThis),
      ]);
      const codecs = await loadCodecs();
      const before = state();
      const image = { width: 16, bands: 3, bits: 8, kind: 'uint', photometric: 2, jpegTables: null, lercParameters: null };
      for (const codec of codecs.filter(({ encoding }) => encoding === undefined)) await codec.openDecoder(image);
      if (state() !== before) throw new Error('it has listeners or globals that it had not');
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
  });
});
