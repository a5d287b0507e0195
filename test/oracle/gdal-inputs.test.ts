import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertCarriedOver, assertSameColours, assertSamePixels, compareByGdal } from './support/comparison.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { normalize, type NormalizeOptions } from './support/run.js';

const folder = temporaryFolder();
const COUNT = 40;
/** Other files each time: `RASTQ_ORACLE_SEED=7 node test/run.mjs gdal-inputs` makes those of a run again. */
const SEED = Number(process.env['RASTQ_ORACLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const OPTIONS: readonly NormalizeOptions[] = [
  {},
  { window: 100, co: ['COMPRESS=DEFLATE'] },
  { dtype: 'float32', range: { min: -1, max: 1 }, window: 64 },
  { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['COMPRESS=LZW', 'SPARSE_OK=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32'] },
];

describe('files that GDAL wrote', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  test(`of random kinds, by seed ${SEED}`, async (t) => {
    const made = runPython('gdal_inputs.py', { folder, count: COUNT, seed: SEED }) as { path: string; what: string }[];
    const files = made.map(({ path }, i) => ({ input: path, output: join(folder, `out-${i}.tif`), options: OPTIONS[i % OPTIONS.length] }));
    for (const { input, output, options } of files) await normalize(input, output, options);
    for (const [i, comparison] of compareByGdal(files).entries()) {
      await t.test(`${made[i].what}; ${JSON.stringify(files[i].options)}`, () => {
        assertCarriedOver(comparison);
        assertSameColours(comparison);
        assertSamePixels(comparison);
      });
    }
  });
});
