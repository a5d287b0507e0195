import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { normalize } from './support/run.js';

const folder = temporaryFolder();

describe('normalize from percentiles is what numpy makes', { skip: missingModules('numpy', 'rasterio') }, () => {
  test('of windows, bands and datasets', async () => {
    const jobs: { input: string; output: string; scope: 'window' | 'band' | 'dataset'; percentile: readonly [number, number]; window: number; range: readonly [number, number] }[] = [];
    for (const dtype of ['uint8', 'int16', 'int32', 'float64'] as const) {
      const isFloat = dtype.startsWith('float');
      const values = hills(dtype === 'uint8' ? 0 : 100, dtype === 'uint8' ? 255 : 9000);
      const spec: TiffSpec = {
        width: 310, height: 290, bands: 3, dtype, nodata: '0', layout: { tile: { width: 64, height: 64 } }, compression: 'deflate',
        pixel: (band, row, col) => (noise(4, row >> 3, col >> 2) < 0.15 ? 0 : isFloat ? values(band, row, col) / 7 - 300 : values(band, row, col)),
      };
      const input = join(folder, `${dtype}.tif`);
      writeFileSync(input, writeTiff(spec));
      for (const scope of ['window', 'band', 'dataset'] as const) {
        for (const percentile of [[0, 100], [2, 98], [33.3, 80.25]] as const) {
          const output = join(folder, `${dtype}-${scope}-${percentile[0]}.tif`);
          const range = [1, 10000] as const;
          await normalize(input, output, { scope, percentile, window: 100, range: { min: range[0], max: range[1] }, nodata: 0 });
          jobs.push({ input, output, scope, percentile, window: 100, range });
        }
      }
    }
    const wrong = runPython('scope.py', jobs) as number[];
    jobs.forEach(({ output }, i) => assert.equal(wrong[i], 0, `${output}: samples that differ`));
  });
});
