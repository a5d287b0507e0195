import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { grain, hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { parseCreationOptions, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();

const DTYPES = ['uint8', 'uint16', 'int16', 'float32'] as const;

const SMOOTH = [[1, 2, 1], [2, 4, 2], [1, 2, 1]].map((row) => row.map((weight) => weight / 16));

const OPERATIONS: readonly { readonly operation: string; readonly params: Readonly<Record<string, unknown>> }[] = [
  { operation: 'sharpen', params: { amount: 2 } },
  { operation: 'sharpen', params: { amount: 1 } },
  { operation: 'sharpen', params: { amount: 0.37 } },
  { operation: 'convolve', params: { kernel: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]] } },
  { operation: 'convolve', params: { kernel: SMOOTH } },
  { operation: 'convolve', params: { kernel: [[1, 0, -2, 0.5, 0.25, 0.25, 1]] } },
  { operation: 'select-bands', params: { bands: [3, 1] } },
  { operation: 'select-bands', params: { bands: [2, 2, 1, 3] } },
  { operation: 'reverse-bands', params: {} },
  { operation: 'clamp', params: { min: 40, max: 120 } },
  { operation: 'scale', params: { factor: 0.5, offset: -3 } },
  { operation: 'scale', params: { factor: -1.7, offset: 300, dtype: 'int16' } },
];

interface Distance {
  readonly share: number;
  readonly largest: number;
  readonly compared: number;
}

interface Case {
  readonly dtype: (typeof DTYPES)[number];
  readonly input: string;
  readonly output: string;
  readonly operation: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly nodata: number;
}

const NODATA = 77;
const usesNeighbours = (operation: string): boolean => operation === 'sharpen' || operation === 'convolve';

/** Relief and noise over most of the type's range; where neighbours do not count, with holes. */
function specOf(dtype: (typeof DTYPES)[number], hasHoles: boolean): TiffSpec {
  const largest = { uint8: 255, uint16: 65535, int16: 32767, float32: 20000 }[dtype];
  const [relief, rough] = [hills(0, Math.floor(largest * 0.7)), grain(0, Math.floor(largest * 0.3))];
  return {
    width: 330, height: 290, bands: 3, dtype, layout: { tile: { width: 64, height: 48 } }, compression: 'deflate', predictor: 1,
    ...(hasHoles ? { nodata: String(NODATA) } : {}),
    pixel: (band, row, col) => {
      if (hasHoles && noise(8, row >> 1, col >> 1) < 0.1) return NODATA;
      const value = relief(band, row, col) + rough(band, row, col);
      return dtype === 'float32' ? value / 7 - 900 : value;
    },
  };
}

describe('operations are what OpenCV, GDAL and numpy have', { skip: missingModules('cv2', 'rasterio', 'numpy', 'osgeo.gdal') }, () => {
  const cases: Case[] = DTYPES.flatMap((dtype) =>
    OPERATIONS.map(({ operation, params }, i) => ({
      dtype, operation, params, nodata: NODATA,
      input: join(folder, `${dtype}${usesNeighbours(operation) ? '' : '-holes'}.tif`),
      output: join(folder, `${dtype}-${i}.tif`),
    })),
  );
  let found: readonly { readonly wanted: Distance; readonly own: Distance | null }[] = [];
  before(async () => {
    for (const dtype of DTYPES) {
      writeFileSync(join(folder, `${dtype}.tif`), writeTiff(specOf(dtype, false)));
      writeFileSync(join(folder, `${dtype}-holes.tif`), writeTiff(specOf(dtype, true)));
    }
    for (const { input, output, operation, params } of cases) {
      const { plan } = await planRequest({ input, output, steps: [{ operation, params }], window: 256, creation: await parseCreationOptions([]), overwrite: true });
      await runPlan(plan, { ...INLINE, target: prepareTarget(output, { overwrite: true }) });
    }
    found = runPython('operations.py', cases) as typeof found;
  });

  cases.forEach(({ dtype, operation, params }, i) => {
    test(`${operation} ${JSON.stringify(params)} of ${dtype}`, () => {
      const { wanted, own } = found[i];
      assert.ok(wanted.compared > 100_000);
      // Halves of what OpenCV multiplies by rounded weights can go the other way.
      assert.ok(wanted.share <= 0.001 && wanted.largest <= (dtype === 'float32' ? 1e-6 : 1), JSON.stringify(wanted));
      // OpenCV sums samples of 16 bits in float32: of bright ones it is short of digits.
      if (own !== null) assert.ok(own.share <= (dtype === 'uint8' ? 0.001 : 0.01) && own.largest <= (dtype === 'float32' ? 1e-6 : 1), JSON.stringify(own));
    });
  });
});
