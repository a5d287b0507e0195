import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { getDecoder } from 'geotiff';
import { DecodeError } from '../../src/codecs/codec.js';
import { codecByName, codecByTag, loadCodecs } from '../../src/codecs/load.js';
import { frame } from './streams.js';
import {
  IMAGERY,
  NOISE,
  RUNS,
  SAMPLES,
  SEED,
  bytesOf,
  decoded,
  encoded,
  generator,
  open,
  opened,
  same,
} from './support.js';

fc.configureGlobal({ seed: SEED });

const known = await loadCodecs();
/** The others have tests of their own: images.test.ts, lzma.test.ts. */
const written = known.filter(({ encoding }) => encoding !== undefined);

it('writes with every codec but those of images and LZMA', () => {
  const readAlone = known.filter((codec) => !written.includes(codec)).map(({ name }) => name);
  assert.deepEqual(readAlone, ['jpeg', 'lerc', 'lzma', 'webp']);
});

it('finds every codec by its name and tags', async () => {
  for (const codec of known) {
    assert.equal(await codecByName(codec.name.toUpperCase()), codec);
    for (const tag of codec.tags) assert.equal(await codecByTag(tag), codec);
  }
});

for (const codec of written) {
  describe(codec.name, async () => {
    const codecs = await open(codec);
    const { decode, encoding } = codecs;

    for (const [name, raw] of SAMPLES) {
      it(`gives back ${name}, in a larger, an equal and a smaller space`, () => {
        const stream = encoded(codecs, raw).slice();
        same(decoded(codecs, stream, raw.length), raw);
        same(decoded(codecs, stream, raw.length + 1000), raw);
        for (const length of [0, 1, raw.length >> 1, raw.length - 1]) {
          if (length < 0 || length > raw.length) continue;
          same(decoded(codecs, stream, length), raw.subarray(0, length), `the first ${length} bytes`);
        }
        assert.ok(raw.length <= stream.length * codec.maxRatio, 'more than maxRatio');
      });
    }

    it('gives back any bytes', () => {
      const runs = fc
        .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 400 })), { maxLength: 40 })
        .map((pairs) => Uint8Array.from(pairs.flatMap(([byte, count]) => new Array<number>(count).fill(byte))));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), runs), (raw) =>
          same(decoded(codecs, encoded(codecs, raw), raw.length), raw),
        ),
        { numRuns: 150 },
      );
    });

    it('writes the same bytes again, after other data and from another encoder', async () => {
      const first = encoded(codecs, IMAGERY).slice();
      encoded(codecs, RUNS);
      same(encoded(codecs, IMAGERY), first);
      same(encoded(await open(codec), IMAGERY), first);
    });

    it('encodes at every level', async () => {
      if (!encoding.level) return;
      for (let level = encoding.level.min; level <= encoding.level.max; level++) {
        const levelled = await open(codec, level);
        for (const raw of [RUNS, NOISE.subarray(0, 70_000)]) {
          same(decoded(codecs, encoded(levelled, raw), raw.length), raw, `level ${level}`);
        }
      }
    });

    it('reads and writes shared memory', () => {
      const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
      const raw = shared(RUNS.length);
      raw.set(RUNS);
      const stream = shared(encoding.bound(raw.length, raw.length));
      const count = codecs.encode(raw, stream, raw.length);
      const back = shared(raw.length);
      assert.equal(decode(stream.subarray(0, count), back), raw.length);
      same(back, RUNS);
    });

    it('survives damage: a count or a DecodeError, and the next block is sound', () => {
      const pick = generator(SEED);
      for (const raw of [RUNS, IMAGERY.subarray(0, 60_000), NOISE.subarray(0, 500)]) {
        const sound = encoded(codecs, raw).slice();
        for (let round = 0; round < 120; round++) {
          let stream = sound.slice();
          if (round % 3 !== 0) stream = stream.subarray(0, pick(stream.length));
          for (let flips = round % 5; flips > 0 && stream.length > 0; flips--) {
            // Near the start too: that is where the headers are.
            const at = pick(2) ? pick(stream.length) : pick(Math.min(20, stream.length));
            stream[at] ^= 1 << pick(8);
          }
          try {
            decoded(codecs, stream, raw.length);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }
        same(decoded(codecs, sound, raw.length), raw, 'the sound stream');
      }
    });

    it('makes nothing of noise but a count or a DecodeError', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2000), (stream, length) => {
          try {
            decoded(codecs, stream, length);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}

describe("geotiff's decoders", async () => {
  for (const codec of written) {
    it(`read ${codec.name}`, async () => {
      const codecs = await open(codec);
      const decoder = await getDecoder(codec.tags[0], {
        tileWidth: 1,
        tileHeight: 1,
        predictor: 1,
        bitsPerSample: 8,
        planarConfiguration: 1,
      });
      for (const [name, raw] of SAMPLES) {
        if (raw.length === 0) continue;
        const stream = encoded(codecs, raw.subarray(0, 200_000));
        const got = await decoder.decode(stream.slice().buffer);
        same(new Uint8Array(got), raw.subarray(0, 200_000), name);
      }
    });
  }
});

describe('half a gigabyte in a small stream', async () => {
  const BLOCKS = 512;
  const zeros = deflateRawSync(new Uint8Array(1 << 20), { finishFlush: constants.Z_FULL_FLUSH });
  const bombs = new Map<string, Uint8Array>([
    ['deflate', Buffer.concat([Uint8Array.of(0x78, 0x9c), ...new Array<Uint8Array>(BLOCKS).fill(zeros)])],
    ['packbits', bytesOf(BLOCKS << 14, (at) => (at & 1 ? 0 : 129))],
    ['zstd', frame(new Array<readonly [number, number]>(BLOCKS << 3).fill([0, 131_072]), BigInt(BLOCKS) << 20n)],
  ]);
  for (const [name, stream] of bombs) {
    it(`takes no more memory than asked for, ${name}`, async () => {
      const codecs = await opened(name);
      assert.ok(BLOCKS << 20 <= stream.length * codecs.codec.maxRatio, 'more than maxRatio');
      const before = process.resourceUsage().maxRSS;
      for (const length of [1, 4096, 300_000]) same(decoded(codecs, stream, length), new Uint8Array(length));
      const grown = process.resourceUsage().maxRSS - before;
      assert.ok(grown < 64 * 1024, `grew by ${grown} KB`);
    });
  }
});
