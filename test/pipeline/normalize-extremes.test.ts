import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DType } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { normalize, type NormalizeOptions } from '../oracle/support/run.js';

const folder = temporaryFolder();

/** Normalizes one row of samples. */
async function normalizeRow(values: readonly number[], dtype: DType, options: NormalizeOptions = {}, nodata?: string): Promise<number[]> {
  const [input, output] = ['in.tif', 'out.tif'].map((name) => join(folder, name)) as [string, string];
  const pixel = (_band: number, _row: number, col: number): number => values[col];
  const layout = { rowsPerStrip: 1 };
  const tag = nodata === undefined ? {} : { nodata };
  writeFileSync(input, writeTiff({ width: values.length, height: 1, bands: 1, dtype, pixel, layout, ...tag }));
  await normalize(input, output, options);
  return Array.from((await readByGeotiff(output)).bands[0]);
}

/** A finite double times 2^1074, which makes every one of them whole. */
function scaled(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0];
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

/** Whether a result on 0..4096 is the nearest whole number to the exact quotient, allowing for the steps' rounding. */
function isNearest(result: number, value: number, min: number, max: number): boolean {
  const span = scaled(max) - scaled(min);
  if (span === 0n) return result === 0;
  const miss = BigInt(result) * span - (scaled(value) - scaled(min)) * 4096n;
  return 2n * (miss < 0n ? -miss : miss) <= span + span / 1000000000n;
}

async function check(values: readonly number[], dtype: DType): Promise<void> {
  const results = await normalizeRow(values, dtype);
  const held = dtype === 'float32' ? values.map(Math.fround) : values;
  const [min, max] = [Math.min(...held), Math.max(...held)];
  held.forEach((value, i) => {
    assert.ok(isNearest(results[i], value, min, max), `${value} of ${min}..${max} became ${results[i]}`);
  });
}

const MAX = Number.MAX_VALUE;
const LEAST = Number.MIN_VALUE;
const FLOAT32_MAX = 3.4028234663852886e38;

describe('results are the exact quotients, rounded', () => {
  const cases: [what: string, dtype: DType, values: number[]][] = [
    ['a span beyond float64', 'float64', [-MAX, -MAX / 2, -1, 0, LEAST, 1e300, MAX / 3, MAX]],
    ['a span of exactly the largest double', 'float64', [0, MAX / 4, MAX / 2, MAX]],
    ['a product beyond float64', 'float64', [-1e306, 0, 12345, 1e305, 1e306]],
    ['subnormal doubles', 'float64', [0, LEAST, 2 * LEAST, 3 * LEAST, 1000 * LEAST]],
    ['two neighbours', 'float64', [1, 1 + 2 ** -52]],
    ['two neighbours far out', 'float64', [MAX, MAX - 2 ** 970, MAX - 2 ** 971]],
    ['both signs of the least double', 'float64', [-LEAST, 0, LEAST]],
    ['normal and subnormal doubles', 'float64', [2 ** -1022, 2 ** -1023, LEAST, 0, 1e-308]],
    ['the whole of float32', 'float32', [-FLOAT32_MAX, -1, 0, 1e-45, 1e38, FLOAT32_MAX]],
    ['subnormal floats', 'float32', [0, 2 ** -149, 2 ** -148, 2 ** -130]],
    ['the whole of int32', 'int32', [-2147483648, -1, 0, 1, 2147483647]],
    ['the whole of uint32', 'uint32', [0, 1, 2147483648, 4294967294, 4294967295]],
  ];
  for (const [what, dtype, values] of cases) test(what, () => check(values, dtype));

  test('any doubles', async () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(fc.asyncProperty(fc.array(finite, { minLength: 1, maxLength: 12 }), (values) => check(values, 'float64')), { numRuns: 100 });
  });
});

describe('windows without a spread', () => {
  test('a constant becomes the lower end of the range', async () => {
    assert.deepEqual(await normalizeRow([7, 7, 7], 'uint16'), [0, 0, 0]);
    assert.deepEqual(await normalizeRow([7, 7], 'int32', { dtype: 'int16', range: { min: -5, max: 5 } }), [-5, -5]);
    assert.deepEqual(await normalizeRow([1e300], 'float64', { dtype: 'float32', range: { min: 0.5, max: 1 } }), [0.5]);
  });
  test('a lower end beyond the type is saturated', async () => {
    assert.deepEqual(await normalizeRow([3, 3], 'uint8', { dtype: 'uint8', range: { min: 300, max: 400 } }), [255, 255]);
    assert.deepEqual(await normalizeRow([3, 3], 'uint8', { dtype: 'uint8', range: { min: -9, max: 4 } }), [0, 0]);
  });
  test('zeros of both signs are one value', async () => {
    assert.deepEqual(await normalizeRow([-0, 0, -0], 'float32', { range: { min: 2, max: 3 } }), [2, 2, 2]);
  });
  test('nothing but nodata stays nodata', async () => {
    assert.deepEqual(await normalizeRow([-9, -9], 'int16', {}, '-9'), [65535, 65535]);
    assert.deepEqual(await normalizeRow([NaN, Infinity, -Infinity], 'float64'), [65535, 65535, 65535]);
    assert.deepEqual(await normalizeRow([NaN, NaN], 'float32', { dtype: 'float32', range: { min: 0, max: 1 } }), [NaN, NaN]);
  });
  test('one valid pixel among invalid ones', async () => {
    assert.deepEqual(await normalizeRow([NaN, 5, Infinity, -Infinity], 'float32'), [65535, 0, 65535, 65535]);
  });
});

describe('half to even', () => {
  test('ties go to the even neighbour', async () => {
    // 0..8 onto 0..4: every odd value lies half way.
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const results = [0, 0, 1, 2, 2, 2, 3, 4, 4];
    for (const dtype of ['uint8', 'int16', 'float64'] as const) {
      assert.deepEqual(await normalizeRow(values, dtype, { range: { min: 0, max: 4 } }), results, dtype);
    }
  });
  test('below zero too', async () => {
    assert.deepEqual(await normalizeRow([0, 1, 2, 3, 4], 'uint8', { dtype: 'int16', range: { min: -2, max: 0 } }), [-2, -2, -1, 0, 0]);
  });
});

describe('no valid pixel turns into nodata', () => {
  const cases: [what: string, dtype: DType, options: NormalizeOptions, nodata: string][] = [
    ['an upper end that rounds to the largest value', 'uint16', { dtype: 'uint8', range: { min: 0, max: 254.7 } }, '0'],
    ['a lower end that rounds to the nodata value', 'uint16', { dtype: 'uint8', range: { min: 0.4, max: 200 } }, '0'],
    ['an upper end beyond float32', 'float64', { dtype: 'float32', range: { min: 0, max: 1e39 } }, '0'],
    ['a range wider than float64', 'float64', { dtype: 'float64', range: { min: -1.7e308, max: 1.7e308 } }, '0'],
  ];
  for (const [what, dtype, options, nodata] of cases) {
    test(what, async () => {
      const results = await normalizeRow([10, 20, 30, 0], dtype, options, nodata);
      const read = await readByGeotiff(join(folder, 'out.tif'));
      const isInvalid = (value: number, i: number): boolean =>
        read.mask === null ? !Number.isFinite(value) || value === read.nodata : read.mask[i] === 0;
      assert.deepEqual(results.map(isInvalid), [false, false, false, true], `${results.join(' ')}, nodata ${String(read.nodata)}`);
    });
  }
});
