import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecByName } from '../../src/codecs/load.js';
import type { DType } from '../../src/raster/dtype.js';
import { BlockDecoder } from '../../src/tiff/block-decoder.js';
import type { BlockLayout } from '../../src/tiff/block-layout.js';
import type { StoredSample } from '../../src/tiff/sample-type.js';
import { generator } from '../fuzz/mutate.js';

/** A block as wide as its row, one band, uncompressed. */
function layoutOf(sample: StoredSample, width: number, more: Partial<BlockLayout> = {}): BlockLayout {
  return {
    block: { width, height: 1 }, sample, interleave: 'pixel', codec: 'none', photometric: 1, jpegTables: null,
    lercParameters: null, conversion: null, predictor: 1, byteOrder: 'little', reversedBits: false, padded: true, ...more,
  };
}

interface Unpacking {
  readonly sample: StoredSample;
  readonly dtype: DType;
  /** Samples of a row. */
  readonly width: number;
  readonly rows: number;
}

async function unpacked(bytes: Uint8Array, { sample, dtype, width, rows }: Unpacking, more: Partial<BlockLayout> = {}): Promise<number[]> {
  const codec = (await codecByName('none'))!;
  const layout = layoutOf(sample, width, more);
  const decode = await codec.openDecoder({ width, bands: 1, ...sample, photometric: 1, jpegTables: null, lercParameters: null });
  const decoder = new BlockDecoder(layout, { dtype, bands: 1 }, { decode, maxRatio: codec.maxRatio });
  return [...decoder.decode(bytes, { width, height: rows })];
}

/** Rows of samples as text of 0 and 1, each row filled up to whole bytes. */
function packed(rows: readonly (readonly number[])[], bits: number): Uint8Array {
  const bytes = rows.flatMap((row) => {
    const text = row.map((value) => value.toString(2).padStart(bits, '0')).join('');
    return text.match(/.{1,8}/g)!.map((eight) => Number.parseInt(eight.padEnd(8, '0'), 2));
  });
  return Uint8Array.from(bytes);
}

/** The digits of a text of 0 and 1. */
const digits = (text: string): number[] => Array.from(text, Number);

const backwards = (byte: number): number => Number.parseInt(digits(byte.toString(2).padStart(8, '0')).reverse().join(''), 2);

const holder = (bits: number): DType => (bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : 'uint32');
const isWhole = (bits: number): boolean => [8, 16, 32].includes(bits);
const ODD = Array.from({ length: 31 }, (_, i) => i + 1).filter((bits) => !isWhole(bits));

describe('integers of odd depths', () => {
  const random = generator(3);

  for (const bits of ODD) {
    it(`of ${bits} bits, in rows that end within a byte`, async () => {
      for (const width of [1, 2, 7, 8, 13]) {
        const rows = Array.from({ length: 3 }, () => Array.from({ length: width }, () => random(2 ** bits)));
        rows[0][0] = 2 ** bits - 1;
        const bytes = packed(rows, bits);
        const how: Unpacking = { sample: { bits, kind: 'uint' }, dtype: holder(bits), width, rows: 3 };
        assert.deepEqual(await unpacked(bytes, how), rows.flat());
        // The order of bytes says nothing of samples that are no whole bytes; that of bits does.
        if (bits % 8 !== 0) assert.deepEqual(await unpacked(bytes, how, { byteOrder: 'big' }), rows.flat());
        assert.deepEqual(await unpacked(bytes.map(backwards), how, { reversedBits: true }), rows.flat());
      }
    });
  }

  it('of 8, 16 and 32 bits with their bits reversed, in both byte orders', async () => {
    for (const bits of [8, 16, 32]) {
      const values = Array.from({ length: 9 }, () => random(2 ** bits));
      const how: Unpacking = { sample: { bits, kind: 'uint' }, dtype: holder(bits), width: 9, rows: 1 };
      const big = packed([values], bits);
      const little = Uint8Array.from(values.flatMap((value) => [...packed([[value]], bits)].reverse()));
      assert.deepEqual(await unpacked(big.map(backwards), how, { reversedBits: true, byteOrder: 'big' }), values);
      assert.deepEqual(await unpacked(little.map(backwards), how, { reversedBits: true }), values);
    }
  });

  it('of 64 bits, both signs, both byte orders', async () => {
    const values = [0n, 1n, -1n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 4096n];
    for (const [kind, dtype] of [['int', 'int64'], ['uint', 'uint64']] as const) {
      const wanted = values.map((value) => Number(kind === 'int' ? value : BigInt.asUintN(64, value)));
      for (const byteOrder of ['little', 'big'] as const) {
        const bytes = new Uint8Array(64);
        values.forEach((value, i) => new DataView(bytes.buffer).setBigInt64(i * 8, value, byteOrder === 'little'));
        assert.deepEqual(await unpacked(bytes, { sample: { bits: 64, kind }, dtype, width: 8, rows: 1 }, { byteOrder }), wanted);
      }
    }
  });
});

/** A float's value from its fields as text, by the definition of IEEE 754. */
function floatOf(word: number, exponentBits: number, fractionBits: number): number {
  const text = word.toString(2).padStart(1 + exponentBits + fractionBits, '0');
  const sign = text.startsWith('1') ? -1 : 1;
  const exponent = Number.parseInt(text.slice(1, 1 + exponentBits), 2);
  const fraction = digits(text.slice(1 + exponentBits)).reduce((sum, bit, i) => sum + bit / 2 ** (i + 1), 0);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** All 2^16 words of 16 bits, or every 41st of 24 bits, which meets all exponents and both signs. */
const words = (bits: number): number[] => Array.from({ length: bits === 16 ? 65536 : Math.floor(2 ** 24 / 41) }, (_, i) => (bits === 16 ? i : i * 41));

function wordBytes(all: readonly number[], bits: number, byteOrder: 'little' | 'big'): Uint8Array {
  const bytes = bits / 8;
  const out = new Uint8Array(all.length * bytes);
  all.forEach((word, i) => {
    for (let byte = 0; byte < bytes; byte++) out[i * bytes + (byteOrder === 'little' ? byte : bytes - 1 - byte)] = word >> (8 * byte);
  });
  return out;
}

/** Predictor 3 of one row: most significant bytes first, then the next ones, all differenced. */
function bytePlanes(all: readonly number[], bits: number): Uint8Array {
  const bytes = bits / 8;
  const planes = Array.from({ length: bytes }, (_, i) => all.map((word) => (word >> (8 * (bytes - 1 - i))) & 0xff)).flat();
  return Uint8Array.from(planes, (byte, i) => (i === 0 ? byte : byte - planes[i - 1]));
}

describe('floats of odd sizes', () => {
  for (const [bits, exponentBits] of [[16, 5], [24, 7]] as const) {
    const all = words(bits);
    const wanted = all.map((word) => floatOf(word, exponentBits, bits - 1 - exponentBits));
    const how: Unpacking = { sample: { bits, kind: 'float' }, dtype: 'float32', width: all.length, rows: 1 };

    it(`of ${bits} bits, in both byte orders`, async () => {
      assert.ok(wanted.every((value) => Number.isNaN(value) || Math.fround(value) === value), 'a float32 holds them all');
      for (const byteOrder of ['little', 'big'] as const) {
        assert.deepEqual(await unpacked(wordBytes(all, bits, byteOrder), how, { byteOrder }), wanted);
      }
    });

    it(`of ${bits} bits, in byte planes, whatever the byte order`, async () => {
      for (const byteOrder of ['little', 'big'] as const) {
        assert.deepEqual(await unpacked(bytePlanes(all, bits), how, { byteOrder, predictor: 3 }), wanted);
      }
    });
  }

});
