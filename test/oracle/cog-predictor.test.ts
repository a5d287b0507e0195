import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { normalize } from './support/run.js';

test('a COG has the predictor that GDAL gives one for the same word', { skip: missingModules('osgeo.gdal', 'numpy') }, async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'in.tif'), writeTiff({ width: 300, height: 200, bands: 2, dtype: 'uint16', pixel: grain(0, 4000), layout: { tile: { width: 64, height: 64 } } }));
  const asked: { path: string; predictor: string }[] = [];
  for (const dtype of ['uint8', 'uint16', 'float32', 'float64'] as const) {
    for (const predictor of ['YES', 'NO', dtype === 'float64' ? 'FLOATING_POINT' : 'STANDARD', ...(dtype === 'float32' ? ['FLOATING_POINT'] : [])]) {
      const path = join(folder, `${dtype}-${predictor}.tif`);
      await normalize(join(folder, 'in.tif'), path, { dtype, range: { min: 0, max: 255 }, cog: 'average', co: ['COMPRESS=DEFLATE', 'BLOCKSIZE=128', `PREDICTOR=${predictor}`] });
      asked.push({ path, predictor });
    }
  }
  const found = runPython('cog_predictors.py', asked) as [number, number, boolean][];
  assert.deepEqual(found.map(([own]) => own), found.map(([, gdal]) => gdal));
  assert.deepEqual([...new Set(found.map(([own]) => own))].sort(), [1, 2, 3]);
  assert.ok(found.every(([, , isSame]) => isSame));
});
