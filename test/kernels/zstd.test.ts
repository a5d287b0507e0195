import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import zstd from '../../src/codecs/zstd.js';
import { zstdBound, ZstdKernel } from '../../src/kernels/zstd.js';
import { bytesOf, encoded, generator, IMAGERY, NOISE, open, same, SEED } from '../codecs/support.js';
import { KINDS, MIXED, period, picture, skewed } from './kinds.js';

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const KERNELS = new Map(LEVELS.map((level) => [level, new ZstdKernel(level)]));
type Level = (typeof LEVELS)[number];

// The oracle: zstd itself, in WebAssembly.
const theirs = await open(zstd, 19);

function encodeWith(kernel: ZstdKernel, raw: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(zstdBound(raw.length));
  kernel.room(raw.length).set(raw);
  // A write beyond the bound throws: the array is just as long.
  const count = kernel.encode(raw.length, encoded);
  same(kernel.room(raw.length), raw, 'the room before and after');
  return encoded.subarray(0, count);
}

const encode = (raw: Uint8Array, level: Level = 9): Uint8Array => encodeWith(KERNELS.get(level)!, raw);

/** Fails where the frame says or holds more or less than `bytes` bytes. */
function decode(frame: Uint8Array, bytes: number): Uint8Array {
  const raw = new Uint8Array(bytes + 1);
  assert.equal(theirs.decode(frame, raw), bytes);
  return raw.subarray(0, bytes);
}

const check = (raw: Uint8Array, level: Level, name: string): void => same(decode(encode(raw, level), raw.length), raw, `${name}, level ${level}`);

/** Samples of 32 bits with noise in the lower ones: matches begin at one place of four. */
const wideSamples = (count: number): Uint8Array => {
  const random = generator(count);
  return new Uint8Array(Int32Array.from({ length: count }, (_, i) => (random(16) - 8) * 65_536 + (i % 50) * 7 + random(3)).buffer);
};

/** Differences of noisy samples: of each one byte is noise, the others are all 0 or all 255. Matches are short, and many. */
const differences = (count: number, bytes: 2 | 4): Uint8Array => {
  const random = generator(count + bytes);
  const samples = Array.from({ length: count }, () => random(90) + random(90) - 90);
  return new Uint8Array((bytes === 2 ? Int16Array.from(samples) : Int32Array.from(samples)).buffer);
};

/** Noise, then by turns more of it and a copy of what was there long before. */
const farCopies = (count: number): Uint8Array => {
  const random = generator(count);
  const bytes = new Uint8Array(count);
  for (let at = 0, turn = 0; at < count; turn++) {
    const length = turn === 0 ? 700_000 : 17_000 + random(16_000);
    const back = turn % 2 === 0 ? 0 : 530_000 + random(150_000);
    for (const end = Math.min(count, at + length); at < end; at++) bytes[at] = back === 0 ? random(256) : bytes[at - back];
  }
  return bytes;
};

const MORE: readonly (readonly [name: string, raw: Uint8Array])[] = [
  ...KINDS,
  ['samples of 32 bits', wideSamples(120_000)],
  ['differences of 16 bits', differences(150_000, 2)],
  ['differences of 16 bits, at odd places', differences(150_000, 2).subarray(1)],
  ['differences of 32 bits', differences(80_000, 4)],
  ['bytes of few values, without order', bytesOf(200_000, (at) => NOISE[at] % 7)],
  ['differences, then zeros, then differences', bytesOf(300_000, (at) => (at > 100_000 && at < 190_000 ? 0 : at & 1 ? -(NOISE[at] & 1) : NOISE[at] & 63))],
  ['long literals and long matches, far back', farCopies(1_700_000)],
  ['more than the window, and matches across all of it', period(3_300_000, 1_000_000)],
  ['a period longer than the window', period(2_400_000, 1_048_576)],
  ['two symbols', bytesOf(70_000, (at) => (NOISE[at] & 1) * 200)],
  ['all symbols alike', bytesOf(131_072, (at) => (at * 167 + (at >> 8)) & 255)],
  ['symbols up to 128', bytesOf(50_000, (at) => (NOISE[at] * NOISE[at + 1]) >> 9)],
  ['symbols up to 200, most of them rare', bytesOf(50_000, (at) => (NOISE[at] < 250 ? NOISE[at] & 3 : NOISE[at + 1] % 200))],
  ['matches without literals between', bytesOf(60_000, (at) => NOISE[(Math.floor(at / 6) % 7) * 100 + (at % 6)])],
  ['three offsets in turn', bytesOf(90_000, (at) => (at < 9000 ? NOISE[at] : at % 11 === 0 ? NOISE[at] : NOISE[(at % 9) * 1000 + ((at / 11) & 7)]))],
];

describe("the kernel's frames, read by zstd", () => {
  for (const [name, raw] of MORE) {
    test(name, () => {
      for (const level of LEVELS) check(raw, level, name);
    });
  }

  test('every short length', () => {
    for (const raw of [NOISE, new Uint8Array(700), picture(2, 200, 2), period(700, 3), period(700, 5)]) {
      for (let length = 0; length < 700; length += length < 300 ? 1 : 37) {
        for (const level of [1, 6, 9] as const) check(raw.subarray(0, length), level, `${length} bytes`);
      }
    }
  });

  test('lengths about the edges of sizes, segments, blocks and the window', () => {
    const long = bytesOf((1 << 20) + 200_000, (at) => (at & 1 ? NOISE[at % 5000] & 31 : 0));
    const short = differences(140_000, 2);
    for (const edge of [256, 1024, 4096, 16_384, 65_536, 65_792, 131_072, 262_144, 1 << 20]) {
      for (const length of [edge - 1, edge, edge + 1, edge + 3, edge + 9]) {
        for (const raw of [NOISE, IMAGERY, long, short]) {
          if (length <= raw.length) check(raw.subarray(0, length), 9, `${length} bytes`);
        }
        check(new Uint8Array(length), 1, `${length} zeros`);
      }
    }
  });

  test('any mix of noise, runs, slopes and what came before, at any level', () => {
    fc.assert(
      fc.property(MIXED, fc.constantFrom(...LEVELS), (raw, level) => check(raw, level, `${raw.length} bytes`)),
      { numRuns: 250, seed: SEED },
    );
  });
});

describe('sizes', () => {
  test('are at most the bound, and what cannot be made smaller is plain', () => {
    for (const length of [0, 1, 2, 100, 16_384, 131_072, 131_073, 1 << 20]) {
      for (const level of LEVELS) {
        const count = encode(NOISE.subarray(0, length), level).length;
        assert.ok(count <= zstdBound(length), `${count} bytes of ${length}, level ${level}`);
      }
    }
    assert.ok(zstdBound(1 << 20) < (1 << 20) * 1.001);
  });

  test('of imagery at the standard level are at most 3 % over those of zstd one level above', async () => {
    assert.equal(zstd.encoding.level.standard, 9);
    const slow = await open(zstd, 10);
    for (const [name, raw] of [['imagery', IMAGERY], ['a picture', picture(400, 300, 3)], ['skewed', skewed(22)], ['equal bytes', new Uint8Array(400_000)]] as const) {
      const [ours, wanted] = [encode(raw).length, encoded(slow, raw).length];
      assert.ok(ours <= wanted * 1.03 + 16, `${name}: ${ours} bytes, zstd has ${wanted}`);
    }
  });

  test('do not grow with the level', () => {
    const raw = picture(400, 300, 2);
    const sizes = [1, 3, 6, 9].map((level) => encode(raw, level as Level).length);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
    assert.ok(sizes[3] < sizes[0]);
  });
});

describe('an instance', () => {
  test('writes the same bytes whatever came before, and as a new one', () => {
    const order = generator(SEED);
    for (const level of [1, 6, 9] as const) {
      const wanted = MORE.map(([, raw]) => encodeWith(new ZstdKernel(level), raw).slice());
      for (let turn = 0; turn < 40; turn++) {
        const at = order(MORE.length);
        same(encode(MORE[at][1], level), wanted[at], `${MORE[at][0]}, level ${level}`);
        // Parts of it: what lies behind the input must not show.
        const part = MORE[at][1].subarray(0, 5000 + order(3000));
        same(decode(encode(part, level), part.length), part);
      }
    }
  });

  test('ignores what lies behind its input', () => {
    for (const raw of [picture(20, 100, 2), period(3000, 700), IMAGERY.subarray(0, 140_000)]) {
      const frames = [0, 255].map((behind) => {
        const kernel = new ZstdKernel(9);
        kernel.room(raw.length + 1000).fill(behind).set(raw);
        const encoded = new Uint8Array(zstdBound(raw.length));
        return encoded.slice(0, kernel.encode(raw.length, encoded));
      });
      same(frames[0], frames[1]);
    }
  });

  test('holds its tables, a block and its room, no more', () => {
    const kernel = new ZstdKernel(9);
    assert.ok(kernel.room(0).buffer.byteLength < 4 << 20);
    const megabytes = 24;
    const room = kernel.room(megabytes << 20);
    room.fill(1);
    assert.ok(kernel.encode(room.length, new Uint8Array(zstdBound(room.length))) < 1000);
    assert.ok(kernel.room(1).buffer.byteLength < (megabytes + 4) << 20);
  });
});
