import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { FIXTURES, fixtureNamed } from '../../fixtures/scenes.js';
import type { DType } from '../../fixtures/tiff-spec.js';
import { assertCarriedOver, assertSameColours, assertSamePixels, type ComparedFiles, compareByGdal, type Comparison } from './support/comparison.js';
import { expectNormalized } from './support/expected.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules } from './support/python.js';
import { fixturePath, normalize, type NormalizeOptions } from './support/run.js';

const folder = temporaryFolder();

interface Case {
  readonly name: string;
  readonly options: NormalizeOptions;
}

const CASES: readonly Case[] = [
  ...FIXTURES.map(({ name }): Case => ({ name, options: {} })),
  { name: 'scene.tif', options: { window: 100, co: ['COMPRESS=ZSTD', 'INTERLEAVE=BAND', 'SPARSE_OK=YES'] } },
  { name: 'scene.tif', options: { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['COMPRESS=LZW'] } },
  { name: 'scene.tif', options: { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['COMPRESS=ZSTD', 'SPARSE_OK=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=16'] } },
  { name: 'scene.tif', options: { dtype: 'float32', range: { min: 0, max: 1 }, window: 1000, co: ['PREDICTOR=3', 'BIGTIFF=YES'] } },
  { name: 'scene.tif', options: { dtype: 'float64', range: { min: -1, max: 1 }, co: ['PREDICTOR=2'] } },
  { name: 'float32-nan.tif', options: { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['COMPRESS=PACKBITS'] } },
  { name: 'float32-nan.tif', options: { dtype: 'float32', range: { min: 0, max: 1 }, window: 33 } },
  { name: 'sparse-nan.tif', options: { dtype: 'float32', range: { min: 0, max: 1 }, co: ['SPARSE_OK=YES'] } },
  { name: 'planar.tif', options: { dtype: 'int16', range: { min: -32768, max: 32767 }, window: 48, co: ['INTERLEAVE=PIXEL', 'PREDICTOR=1'] } },
  { name: 'odd-tiles.tif', options: { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['INTERLEAVE=BAND'] } },
  { name: 'int8.tif', options: { dtype: 'int8', range: { min: -128, max: 127 } } },
  { name: 'int32.tif', options: { dtype: 'int32', range: { min: -2147483648, max: 2147483647 }, co: ['COMPRESS=ZSTD'] } },
  { name: 'uint32.tif', options: { dtype: 'uint32', range: { min: 0, max: 4294967295 }, co: ['COMPRESS=NONE'] } },
];

/** GDAL's words for sample types; 3.6 has none for signed bytes. */
const GDAL_TYPES: Readonly<Record<DType, string>> = {
  uint8: 'Byte', int8: 'Byte', uint16: 'UInt16', int16: 'Int16', uint32: 'UInt32', int32: 'Int32', float32: 'Float32', float64: 'Float64',
};

describe('what GDAL and rasterio make of outputs', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  let found: readonly Comparison[] = [];
  before(async () => {
    const files: ComparedFiles[] = [];
    for (const [i, { name, options }] of CASES.entries()) {
      const output = join(folder, `${i}-${name}`);
      await normalize(fixturePath(name), output, options);
      files.push({ input: fixturePath(name), output, options });
    }
    found = compareByGdal(files);
  });

  CASES.forEach(({ name, options }, i) => {
    test(`${name} ${JSON.stringify(options)}`, () => {
      const { output, pixels } = found[i];
      const { spec } = fixtureNamed(name);
      const expected = expectNormalized(spec, options);
      const seen = expected.valid.filter((_, band) => band !== expected.alpha);
      assertCarriedOver(found[i]);
      assertSameColours(found[i]);
      assertSamePixels(found[i]);
      assert.deepEqual(output.size, [spec.width, spec.height, spec.bands]);
      assert.deepEqual(new Set(output.types), new Set([GDAL_TYPES[expected.dtype]]));
      const nodata = expected.nodata === null || Number.isFinite(expected.nodata) ? expected.nodata : 'nan';
      assert.deepEqual(output.nodata, new Array(spec.bands).fill(nodata));
      assert.deepEqual(pixels.valid, seen.map((band) => band.filter(Boolean).length), 'pixels that GDAL calls valid');
      // An alpha band is a mask of the other bands too.
      assert.equal(pixels.sharedMask, expected.mask || expected.alpha !== null);
    });
  });
});
