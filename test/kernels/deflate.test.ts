import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { deflateBound, DeflateKernel } from '../../src/kernels/deflate.js';
import { generator, IMAGERY, NOISE, same, SEED } from '../codecs/support.js';
import { missingModules, runPython } from '../oracle/support/python.js';
import { Folder } from '../support/folder.js';
import { KINDS, MIXED, period, picture, skewed } from './kinds.js';

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const KERNELS = new Map(LEVELS.map((level) => [level, new DeflateKernel(level)]));
type Level = (typeof LEVELS)[number];

function encode(raw: Uint8Array, level: Level = 6): Uint8Array {
  const kernel = KERNELS.get(level)!;
  const encoded = new Uint8Array(deflateBound(raw.length));
  kernel.room(raw.length).set(raw);
  // A write beyond the bound throws: the array is just as long.
  const count = kernel.encode(raw.length, encoded);
  same(kernel.room(raw.length), raw, 'the room before and after');
  return encoded.subarray(0, count);
}

/** Fails where the stream is not whole, or anything follows it. */
function inflate(stream: Uint8Array): Uint8Array {
  const { buffer, engine } = inflateSync(stream, { info: true }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  assert.equal(engine.bytesWritten, stream.length, 'bytes behind the stream');
  return buffer;
}

const check = (raw: Uint8Array, level: Level, name: string): void => same(inflate(encode(raw, level)), raw, `${name}, level ${level}`);

describe("the kernel's streams, read by node:zlib", () => {
  for (const [name, raw] of KINDS) {
    test(name, () => {
      for (const level of LEVELS) check(raw, level, name);
    });
  }

  test('every short length', () => {
    const zeros = new Uint8Array(700);
    const kinds = [NOISE, zeros, picture(2, 200, 2), period(700, 3), period(700, 5)];
    for (const raw of kinds) {
      for (let length = 0; length < 700; length += length < 80 ? 1 : 37) {
        for (const level of [1, 6, 9] as const) check(raw.subarray(0, length), level, `${length} bytes`);
      }
    }
  });

  test('lengths about the edges of segments, blocks and stored blocks', () => {
    const edges = [16_384, 32_768, 65_535, 65_536, 131_070, 491_520, 524_288];
    for (const edge of edges) {
      for (const length of [edge - 1, edge, edge + 1, edge + 3]) {
        for (const raw of [NOISE, IMAGERY]) {
          if (length <= raw.length) check(raw.subarray(0, length), 6, `${length} bytes`);
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
  const sizeBy = (raw: Uint8Array, level: number): number => deflateSync(raw, { level }).length;

  test('are at most the bound, and what cannot be made smaller is stored', () => {
    for (const length of [0, 1, 2, 100, 16_384, 16_385, 65_535, 65_536, 70_000, 1 << 20]) {
      for (const level of LEVELS) {
        const count = encode(NOISE.subarray(0, length), level).length;
        assert.ok(count <= deflateBound(length), `${count} bytes of ${length}, level ${level}`);
      }
    }
    assert.ok(deflateBound(1 << 20) < (1 << 20) * 1.001);
  });

  test('are at most 3 % over zlib at level 6, and 1 % at 9', () => {
    const pictures: readonly (readonly [string, Uint8Array])[] = [
      ['a picture', picture(400, 300, 3)],
      ['equal bytes', new Uint8Array(400_000)],
      ['noise', NOISE],
      ['skewed', skewed(22)],
      ['matches as far as they can be', period(150_000, 32_000)],
    ];
    for (const [name, raw] of pictures) {
      for (const [level, most] of [[6, 1.03], [9, 1.01]] as const) {
        const [ours, theirs] = [encode(raw, level).length, sizeBy(raw, level)];
        assert.ok(ours <= theirs * most + 16, `${name}, level ${level}: ${ours} bytes, zlib has ${theirs}`);
      }
    }
  });

  test('do not grow with the level', () => {
    const raw = picture(400, 300, 2);
    const sizes = [1, 6, 7, 9].map((level) => encode(raw, level as Level).length);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
    assert.ok(sizes[3] < sizes[0]);
  });

  test('follow the entropy where a code is longer than the format allows', () => {
    // Huffman's code for Fibonacci's numbers takes 4.2 % more than their entropy.
    const raw = skewed(24);
    const counts = new Map<number, number>();
    for (const byte of raw) counts.set(byte, (counts.get(byte) ?? 0) + 1);
    const bits = [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / raw.length), 0);
    assert.ok(encode(raw).length < (bits / 8) * 1.05 + 200);
  });
});

describe('an instance', () => {
  test('writes the same bytes whatever came before, and as a new one', () => {
    const order = generator(SEED);
    for (const level of [1, 6, 9] as const) {
      const wanted = KINDS.map(([, raw]) => {
        const kernel = new DeflateKernel(level);
        kernel.room(raw.length).set(raw);
        const encoded = new Uint8Array(deflateBound(raw.length));
        return encoded.slice(0, kernel.encode(raw.length, encoded));
      });
      for (let turn = 0; turn < 40; turn++) {
        const at = order(KINDS.length);
        same(encode(KINDS[at][1], level), wanted[at], `${KINDS[at][0]}, level ${level}`);
        // Parts of it: what lies behind the input must not show.
        const part = KINDS[at][1].subarray(0, 5000 + order(3000));
        same(inflate(encode(part, level)), part);
      }
    }
  });

  test('ignores what lies behind its input', () => {
    const raw = picture(20, 100, 2);
    const streams = [0, 255].map((behind) => {
      const kernel = new DeflateKernel(6);
      const room = kernel.room(raw.length + 1000);
      room.fill(behind).set(raw);
      const encoded = new Uint8Array(deflateBound(raw.length));
      return encoded.slice(0, kernel.encode(raw.length, encoded));
    });
    same(streams[0], streams[1]);
  });

  test('holds its tables, a block and its room, no more', () => {
    const kernel = new DeflateKernel(6);
    assert.ok(kernel.room(0).buffer.byteLength < 2 << 20);
    const megabytes = 24;
    const room = kernel.room(megabytes << 20);
    room.fill(1);
    const encoded = new Uint8Array(deflateBound(room.length));
    assert.ok(kernel.encode(room.length, encoded) < 100_000);
    assert.ok(kernel.room(1).buffer.byteLength < (megabytes + 2) << 20);
  });
});

describe("Python's zlib and GDAL's libtiff", { skip: missingModules('zlib', 'osgeo.gdal') }, () => {
  test('read every kind at every level', (context) => {
    const folder = new Folder(context);
    const digest = (raw: Uint8Array): string => createHash('sha256').update(raw).digest('hex');
    const raws = [...KINDS.map(([, raw]) => raw.subarray(0, raw.length - (raw.length % 4096))), new Uint8Array(0), NOISE.subarray(0, 1), NOISE.subarray(0, 999)];
    const cases = raws.flatMap((raw, number) =>
      LEVELS.map((level) => {
        const stream = folder.at(`${number}-${level}`);
        writeFileSync(stream, encode(raw, level));
        return { stream, bytes: raw.length, wanted: digest(raw) };
      }),
    );
    const found = runPython('inflate.py', cases.map(({ stream, bytes }) => ({ stream, bytes }))) as string[][];
    cases.forEach(({ stream, wanted }, index) => {
      assert.ok(found[index].length > 0);
      for (const one of found[index]) assert.equal(one, wanted, stream);
    });
    assert.ok(found.filter((digests) => digests.length === 2).length > 100);
  });
});
