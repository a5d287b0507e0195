import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { parseCreationOptions, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import { temporaryFolder } from './support/folder.js';
import { testNormalized } from './support/normalized.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();
const skip = missingModules('osgeo.gdal', 'rasterio', 'numpy');

const BASE = { width: 600, height: 520, bands: 1, compression: 'lzw', layout: { tile: { width: 128, height: 128 } } } as const;
const FLOAT32_MAX = 3.4028234663852886e38;
/** Twenty float32 after each other, with 7 among them. */
const beside7 = (_: number, row: number, col: number): number => 7 + (((row + col) % 20) - 9) / 2 ** 21;

describe('floats beside nodata are what they are to GDAL', { skip }, () => {
  const INPUTS: readonly (readonly [what: string, spec: TiffSpec])[] = [
    ['the lowest float32, where nodata has a digit too few', { ...BASE, dtype: 'float32', nodata: '-3.402823e+38', pixel: (_, row, col) => (row % 3 === 0 ? -FLOAT32_MAX : col % 50) }],
    ['float32 a few units in the last place from it', { ...BASE, dtype: 'float32', nodata: '7', pixel: beside7 }],
    ['in strips that are not decoded', { ...BASE, dtype: 'float32', nodata: '7', pixel: beside7, compression: 'none', layout: { rowsPerStrip: 3 } }],
    ['float64, by the same', { ...BASE, dtype: 'float64', nodata: '7', pixel: beside7 }],
  ];
  testNormalized(folder, INPUTS);
});

describe('results that would equal nodata are valid to GDAL, in overviews too', { skip }, () => {
  const DTYPES = ['float32', 'float64', 'int16'] as const;
  let found: readonly (readonly number[])[] = [];
  before(async () => {
    const input = join(folder, 'whole.tif');
    // Averages of four are 7 everywhere, and so is every second row.
    writeFileSync(input, writeTiff({ ...BASE, dtype: 'int16', pixel: (_, row, col) => (row % 2 === 1 ? 7 : 6 + (col % 2) * 2) }));
    const files = DTYPES.map((dtype) => join(folder, `${dtype}.tif`));
    for (const [i, dtype] of DTYPES.entries()) {
      const params = { factor: 1, offset: 0, dtype, nodata: 7 };
      const { plan } = await planRequest({ input, output: files[i], steps: [{ operation: 'scale', params }], creation: await parseCreationOptions(['BLOCKSIZE=128']), cog: { resampling: 'average' } });
      await runPlan(plan, { ...INLINE, target: prepareTarget(files[i], { overwrite: true }) });
    }
    found = runPython('near_nodata.py', { files }) as typeof found;
  });

  DTYPES.forEach((dtype, i) => {
    test(dtype, () => assert.deepEqual(found[i].slice(0, 3), [600 * 520, 300 * 260, 150 * 130]));
  });
});
