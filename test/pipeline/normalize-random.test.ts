import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { noise, noiseBetween } from '../../fixtures/pixels.js';
import { type DType, SAMPLE_TYPES, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertOutput } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { normalize, type NormalizeOptions } from '../oracle/support/run.js';

const folder = temporaryFolder();

const DTYPES = Object.keys(SAMPLE_TYPES) as DType[];

/** Noise between two values of a type, about a tenth of it one value that may be nodata. */
function pixelsOf(dtype: DType, seed: number, low: number, high: number, special: number): TiffSpec['pixel'] {
  const isFloat = SAMPLE_TYPES[dtype].format === 3;
  return (band, row, col) => {
    if (noise(seed + 1000, row, col + band) < 0.1) return special;
    return isFloat ? low + noise(seed + band, row, col) * (high - low) : noiseBetween(low, high, seed + band, row, col);
  };
}

/** A low, a high and a special value that a type has. */
function valuesOf(dtype: DType): fc.Arbitrary<{ low: number; high: number; special: number }> {
  const { format, min, max } = SAMPLE_TYPES[dtype];
  if (format === 3) {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const special = fc.constantFrom(NaN, Infinity, -Infinity, -9999, 0, -0);
    return fc.record({ low: value, high: value, special });
  }
  const value = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  return fc.tuple(value, value, value).map(([a, b, special]) => ({ low: Math.min(a, b), high: Math.max(a, b), special }));
}

const specs: fc.Arbitrary<TiffSpec> = fc.constantFrom(...DTYPES).chain((dtype) =>
  fc
    .record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 70 }),
      bands: fc.integer({ min: 1, max: 8 }),
      values: valuesOf(dtype),
      seed: fc.integer({ min: 0, max: 999 }),
      layout: fc.oneof(
        fc.record({ tile: fc.record({ width: fc.constantFrom(16, 32, 80), height: fc.constantFrom(16, 48) }) }),
        fc.record({ rowsPerStrip: fc.integer({ min: 1, max: 70 }) }),
      ),
      interleave: fc.constantFrom<'pixel' | 'band'>('pixel', 'band'),
      compression: fc.constantFrom<'none' | 'lzw' | 'deflate' | 'packbits'>('none', 'lzw', 'deflate', 'packbits'),
      predicted: fc.boolean(),
      byteOrder: fc.constantFrom<'little' | 'big'>('little', 'big'),
      bigTiff: fc.boolean(),
      hasNodata: fc.boolean(),
      hasAlpha: fc.boolean(),
    })
    .map(({ values: { low, high, special }, seed, predicted, hasNodata, hasAlpha, ...spec }) => ({
      ...spec,
      dtype,
      pixel: pixelsOf(dtype, seed, low, high, special),
      predictor: predicted && ['lzw', 'deflate'].includes(spec.compression) ? (SAMPLE_TYPES[dtype].format === 3 ? 3 : 2) : 1,
      ...(hasNodata ? { nodata: textOf(special) } : {}),
      // Alpha is the second band, where samples are such as alpha has.
      ...(hasAlpha && spec.bands > 1 && dtype.startsWith('u') ? { extraSamples: [2, ...new Array<number>(spec.bands - 2).fill(0)] } : {}),
    })),
);

function textOf(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

const wanted: fc.Arbitrary<NormalizeOptions> = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    window: fc.oneof(fc.constantFrom(1, 16, 32, 48, 256, 1000), fc.integer({ min: 2, max: 90 })),
    low: fc.integer({ min: -300, max: 300 }),
    span: fc.integer({ min: 1, max: 5000 }),
    co: fc.subarray(['INTERLEAVE=BAND', 'BLOCKXSIZE=16', 'BLOCKYSIZE=64', 'BIGTIFF=YES', 'COMPRESS=ZSTD'], { minLength: 0 }),
  })
  .map(({ low, span, ...rest }) => ({ ...rest, range: { min: low, max: low + span } }));

test('any raster of any layout becomes what the whole-image maths says', async () => {
  const input = join(folder, 'in.tif');
  const output = join(folder, 'out.tif');
  await fc.assert(
    fc.asyncProperty(specs, wanted, async (spec, options) => {
      writeFileSync(input, writeTiff(spec));
      const { plan } = await normalize(input, output, options);
      assert.ok(statSync(output).size <= plan.output.boundBytes);
      await assertOutput(output, expectNormalized(spec, options));
    }),
    { numRuns: 60 },
  );
});
