import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FIXTURES, fixtureNamed } from '../../fixtures/scenes.js';
import { type DType, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { assertOutput, assertSameSamples } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { fixturePath, normalize, type NormalizeOptions } from '../oracle/support/run.js';
import { readDirectories, readTiles } from '../oracle/support/tiff-reader.js';

const folder = temporaryFolder();

/** Normalizes a committed fixture and compares every pixel, as geotiff reads it, with the expected one. */
async function check(name: string, spec: TiffSpec, options: NormalizeOptions): Promise<void> {
  const output = join(folder, name);
  await normalize(fixturePath(name), output, options);
  await assertOutput(output, expectNormalized(spec, options));
}

describe('every fixture, with the standard options', () => {
  for (const { name, spec } of FIXTURES) test(name, () => check(name, spec, {}));
});

describe('every fixture, with windows that are no tiles', () => {
  const windows = [1, 7, 100, 300, 1000];
  FIXTURES.forEach(({ name, spec }, i) => {
    const window = windows[i % windows.length];
    test(`${name}, windows of ${window}`, () => check(name, spec, { window }));
  });
});

describe('other output types', () => {
  const cases: [name: string, options: NormalizeOptions][] = [
    ['scene.tif', { dtype: 'uint8', range: { min: 1, max: 255 } }],
    ['scene.tif', { dtype: 'uint8', range: { min: 0, max: 255 } }],
    ['scene.tif', { dtype: 'int16', range: { min: -1000, max: 1000 }, window: 64 }],
    ['float32-nan.tif', { dtype: 'uint8', range: { min: 0, max: 255 }, window: 50 }],
    ['float32-nan.tif', { dtype: 'float32', range: { min: 0, max: 1 } }],
    ['float32-nodata.tif', { dtype: 'float32', range: { min: 0, max: 1 } }],
    ['float32-nodata.tif', { dtype: 'float64', range: { min: -1, max: 1 }, window: 33 }],
    ['int16-bigendian.tif', { dtype: 'int16', range: { min: -32768, max: 32767 } }],
    ['int16-bigendian.tif', { dtype: 'int16', range: { min: 0, max: 100 } }],
    ['int8.tif', { dtype: 'int8', range: { min: -128, max: 127 }, window: 20 }],
    ['uint32.tif', { dtype: 'uint32', range: { min: 0, max: 4294967295 } }],
    ['int32.tif', { dtype: 'int32', range: { min: -2147483648, max: 2147483647 } }],
    ['float64-strips.tif', { dtype: 'float64', range: { min: 0, max: 1 } }],
    ['uint8-full-range.tif', { dtype: 'uint8', range: { min: 100, max: 300 } }],
    ['byte-nodata-oor.tif', { dtype: 'int16', range: { min: 0, max: 255 } }],
    ['bands-7.tif', { dtype: 'float32', range: { min: -3, max: 7 }, window: 16 }],
    ['planar.tif', { dtype: 'uint8', range: { min: 0, max: 255 }, window: 48 }],
    ['scene.tif', { nodata: 65535 }],
    ['scene.tif', { dtype: 'int16', nodata: -1 }],
    ['uint8-strips.tif', { dtype: 'float32', nodata: 'nan' }],
  ];
  for (const [name, options] of cases) {
    test(`${name} ${JSON.stringify(options)}`, () => check(name, fixtureNamed(name).spec, options));
  }
});

describe('tiles left out', () => {
  const cases: [name: string, dtype: DType, options: NormalizeOptions][] = [
    ['sparse-nan.tif', 'float32', { dtype: 'float32', range: { min: 0, max: 1 } }],
    ['sparse-zero.tif', 'uint16', { window: 32 }],
    ['all-nodata.tif', 'uint16', {}],
    ['scene.tif', 'uint16', { co: ['INTERLEAVE=BAND', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64'] }],
  ];
  for (const [name, dtype, options] of cases) {
    test(name, async () => {
      const { spec } = fixtureNamed(name);
      const output = join(folder, `left-out-${name}`);
      const co = [...(options.co ?? []), 'SPARSE_OK=YES', 'COMPRESS=DEFLATE', 'PREDICTOR=1'];
      await normalize(fixturePath(name), output, { ...options, co });
      const expected = expectNormalized(spec, options);
      const file = readFileSync(output);
      const [tags] = readDirectories(file);
      assert.ok(tags.get(325)!.includes(0), 'no tile is left out');
      const bands = readTiles(file, tags, dtype, expected.nodata ?? 0);
      expected.bands.forEach((band, i) => assertSameSamples(bands[i], band, `band ${i + 1}`));
    });
  }
});
