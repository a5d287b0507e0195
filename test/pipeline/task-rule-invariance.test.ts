import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { prepareTarget } from '../../src/io/atomic-file.js';
import type { Plan } from '../../src/pipeline/plan.js';
import { windowGrid } from '../../src/pipeline/region.js';
import { runPlan } from '../../src/pipeline/run.js';
import { chooseStatistics, type TaskRule } from '../../src/pipeline/task.js';
import { tileGrid } from '../../src/tiff/tile-layout.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { INLINE, normalize, type NormalizeOptions } from '../oracle/support/run.js';

const folder = temporaryFolder();

const SPEC: TiffSpec = {
  width: 150, height: 110, bands: 2, dtype: 'int16', pixel: grain(-2000, 3000), nodata: '-1000',
  layout: { rowsPerStrip: 9 }, compression: 'lzw', predictor: 2,
};

/** Tiles of 32 x 16 make 5 columns and 7 rows; each rule cuts them in another way. */
const RULES: readonly TaskRule[] = [
  { cols: 1, rows: 1, count: 35 },
  { cols: 2, rows: 1, count: 21 },
  { cols: 5, rows: 1, count: 7 },
  { cols: 5, rows: 3, count: 3 },
  { cols: 5, rows: 7, count: 1 },
];

describe('the same bytes however the tiles are cut into tasks', () => {
  const input = join(folder, 'in.tif');
  writeFileSync(input, writeTiff(SPEC));
  for (const window of [1, 16, 20, 32, 33, 64, 500]) {
    test(`windows of ${window}`, async () => {
      const options: NormalizeOptions = { window, dtype: 'uint8', range: { min: 0, max: 255 }, co: ['BLOCKXSIZE=32', 'BLOCKYSIZE=16'] };
      const { plan } = await normalize(input, join(folder, 'reference.tif'), options);
      const reference = readFileSync(plan.output.path);
      for (const rule of RULES) {
        const path = join(folder, 'out.tif');
        await runWith(plan, rule, path);
        assert.ok(reference.equals(readFileSync(path)), `tasks of ${rule.cols} x ${rule.rows} tiles`);
      }
    });
  }
});

async function runWith(plan: Plan, tasks: TaskRule, path: string): Promise<void> {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  const other: Plan = { ...plan, tasks, steps: plan.steps.map((step) => ({ ...step, statistics: chooseStatistics(tiles, windowGrid(plan), tasks, false) })) };
  await runPlan(other, { ...INLINE, target: prepareTarget(path, { overwrite: true }) });
}
