import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { loadOperation, operationNames, parseCreationOptions, type Plan, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import type { Operation, Params } from '../../src/ops/operation.js';
import { StagePool } from '../../src/pools/stage-pool.js';
import { assertSameSamples } from '../oracle/support/check.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { type HowToRun, INLINE } from '../oracle/support/run.js';

const SPEC: TiffSpec = {
  width: 180, height: 140, bands: 3, dtype: 'int16', nodata: '-7', layout: { rowsPerStrip: 140 },
  pixel: (band, row, col) => (noise(band, row >> 2, col >> 2) < 0.1 ? -7 : hills(-300, 900)(band, row, col)),
};

/** The standard parameters, and each example of each parameter with the others at their standards. */
function paramsOf({ params }: Operation): Params[] {
  const base: Record<string, unknown> = {};
  for (const [name, { required, examples, parse }] of Object.entries(params)) if (required === true) base[name] = parse(examples![0]);
  const others = Object.entries(params).flatMap(([name, { placeholder, examples, parse }]) =>
    (placeholder === undefined ? [''] : (examples ?? [])).map((text) => ({ ...base, [name]: parse(text) })),
  );
  const byText = new Map([base, ...others].map((one) => [JSON.stringify(one), one]));
  return [...byText.values()];
}

/** Whether results depend on where windows lie. */
function isWindowed(operation: Operation, params: Params): boolean {
  const { measures, edge, halo, pieces } = operation.footprint(params);
  return measures === 'window' || (edge === 'window' && halo > 0) || pieces === 'windows';
}


async function samplesOf(plan: Plan, how: HowToRun = INLINE): ReturnType<typeof readByGeotiff> {
  await runPlan(plan, { ...how, target: prepareTarget(plan.output.path, { overwrite: true }) });
  return readByGeotiff(plan.output.path);
}

/** Tasks of one tile each; what they measured they have measured before. */
function inSingleTiles(plan: Plan): Plan {
  const { width, height } = plan.output.profile;
  const { tile } = plan.output.layout;
  const count = Math.ceil(width / tile.width) * Math.ceil(height / tile.height);
  return { ...plan, tasks: { cols: 1, rows: 1, count }, steps: plan.steps.map((step) => ({ ...step, statistics: step.footprint.measures === 'nothing' ? 'task' : 'pass' })) };
}

const LAYOUTS: readonly TiffSpec['layout'][] = [{ tile: { width: 48, height: 16 } }, { rowsPerStrip: 11 }];
const POOLS: readonly HowToRun[] = [
  { pool: 'threads', workers: 3, queue: { mode: 'bounded', size: 2 } },
  { pool: 'processes', workers: 2, queue: { mode: 'bounded', size: 1 } },
];

for (const name of operationNames()) {
  const operation = await loadOperation(name);
  describe(`the laws of pipelines: ${name}`, () => {
    const folder = temporaryFolder();
    const [input, output] = [join(folder, 'in.tif'), join(folder, 'out.tif')];
    const planOf = async (params: Params, window: number, tile: readonly [number, number]): Promise<Plan> => {
      const creation = await parseCreationOptions([`BLOCKXSIZE=${tile[0]}`, `BLOCKYSIZE=${tile[1]}`, 'COMPRESS=DEFLATE']);
      return (await planRequest({ input, output, steps: [{ operation: name, params }], window, creation, overwrite: true })).plan;
    };
    const stages = POOLS.map(() => new StagePool());
    after(() => Promise.all(stages.map((pool) => pool.end())));

    for (const params of paramsOf(operation)) {
      test(`is the same by tiles, tasks and pools as at once: ${JSON.stringify(params)}`, async () => {
        const windows = isWindowed(operation, params) ? [64] : [64, 30, 500];
        const original = writeTiff(SPEC);
        writeFileSync(input, original);
        const whole = await samplesOf(await planOf(params, 64, [192, 144]));
        const check = async (what: string, plan: Plan, how?: HowToRun): Promise<void> => {
          const found = await samplesOf(plan, how);
          found.bands.forEach((band, i) => assertSameSamples(band, whole.bands[i], `${what}, band ${i + 1}`));
          assert.ok(Object.is(found.nodata, whole.nodata), what);
        };
        assert.deepEqual(readFileSync(input), Buffer.from(original));
        await check('once more', await planOf(params, 64, [192, 144]));
        for (const layout of LAYOUTS) {
          writeFileSync(input, writeTiff({ ...SPEC, layout, compression: 'deflate' }));
          for (const window of windows) await check(`windows of ${window}`, await planOf(params, window, [32, 48]));
          await check('tasks of one tile', inSingleTiles(await planOf(params, 64, [64, 16])));
        }
        const plan = await planOf(params, 64, [32, 32]);
        for (const [i, how] of POOLS.entries()) await check(how.pool, plan, { ...how, stages: stages[i] });
      });
    }
  });
}
