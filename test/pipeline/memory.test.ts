import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Crew } from '../../src/pipeline/crew.js';
import { remedy } from '../../src/pipeline/memory.js';
import { areaOf } from '../../src/pipeline/passes.js';
import type { Plan } from '../../src/pipeline/plan.js';
import { taskRegions } from '../../src/pipeline/region.js';
import { blockCount, imagesOf } from '../../src/pipeline/region-reader.js';
import { WorkMemory } from '../../src/pipeline/work-memory.js';
import { tileGrid } from '../../src/tiff/tile-layout.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { planOf, type Wanted } from '../support/plan.js';

const MB = 2 ** 20;

test('a larger limit is advised as far as there is memory for it', () => {
  for (const [needed, most, advice] of [
    [313.5 * MB, 250 * MB, 'there are 250 MB, it needs a machine or a control group with more'],
    [250 * MB + 1, 250.9 * MB, 'there are 250 MB, it needs a machine or a control group with more'],
    [250 * MB, 250 * MB, 'give --max-memory 250M'],
    [200 * MB, 8192 * MB, 'give --max-memory 200M'],
  ] as const) {
    assert.equal(remedy(needed, most), advice);
  }
});

/** A plan for a raster in a file of so many bytes. */
async function planIn(bytes: number, wanted: Wanted): Promise<Plan> {
  const plan = await planOf(wanted);
  return { ...plan, input: { ...plan.input, bytes } };
}

describe('what queues hold is the blocks of the largest tasks', () => {
  const CREW: Crew = { workers: 2, pool: 'threads', queue: { mode: 'bounded', size: 8 }, aheadBytes: 0 };
  const MORE: Crew = { ...CREW, queue: { mode: 'bounded', size: 9 } };
  /** New buffers have so much room to spare. */
  const ROOM = 1.125;
  const tiled = (edge: number): Partial<TiffSpec> => ({ bands: 1, dtype: 'uint8', layout: { tile: { width: edge, height: edge } }, compression: 'deflate' });
  /** Tiles of 2 bytes a pixel, which are not larger when encoded. */
  const CO = ['COMPRESS=NONE', 'BLOCKXSIZE=256', 'BLOCKYSIZE=256'];
  const TILE_BYTES = 2 * 256 * 256;
  const CASES: readonly (readonly [name: string, wanted: Wanted])[] = [
    ['tiles as the blocks are', { spec: tiled(256), size: { width: 5000, height: 3000 } }],
    ['blocks that two tiles make', { spec: tiled(512), size: { width: 5000, height: 3000 } }],
    ['blocks whose edges tasks straddle', { spec: tiled(2000), size: { width: 40000, height: 6000 } }],
    ['neighbours, which the first and the last task have less of', { spec: tiled(256), halo: 3, size: { width: 30000, height: 700 } }],
    ['windows that neither blocks nor tiles agree with', { spec: tiled(240), window: 100, size: { width: 30000, height: 900 } }],
  ];
  for (const [name, wanted] of CASES) {
    test(name, async () => {
      const plan = await planIn(2 ** 40, { ...wanted, co: CO, spec: { ...wanted.spec, width: 64, height: 64 } });
      const [image] = imagesOf(plan.input);
      const { width, height } = image.layout.block;
      const tasks = { cells: tileGrid(plan.output.profile, plan.output.layout), rule: plan.tasks };
      const needed = Array.from({ length: plan.tasks.count }, (_, task) => blockCount(image, taskRegions(plan, plan.steps.length, areaOf(tasks, task))[0]));
      const work = await WorkMemory.of(plan);
      const oneMore = work.with(MORE).buffers - work.with(CREW).buffers;
      const wantedBytes = Math.max(...needed) * width * height + plan.tasks.cols * plan.tasks.rows * TILE_BYTES;
      assert.ok(Math.abs(oneMore - ROOM * wantedBytes) <= 1, `${oneMore} bytes, wanted ${ROOM * wantedBytes}`);
    });
  }
});

test('queues are not counted as if they held more tasks than there are', async () => {
  const plan = await planOf({ spec: { width: 64, height: 48 } });
  const work = await WorkMemory.of(plan);
  const within = (size: number): number => work.with({ workers: 2, pool: 'threads', queue: { mode: 'bounded', size }, aheadBytes: 0 }).buffers;
  assert.equal(within(100_000), within(plan.tasks.count));
});

test('the blocks of a task are no more than their file', async () => {
  const tall: Wanted = { spec: { bands: 1, dtype: 'uint16', width: 64, height: 20, layout: { tile: { width: 1024, height: 1024 } }, compression: 'deflate' } };
  const buffersIn = async (bytes: number): Promise<number> =>
    (await WorkMemory.of(await planIn(bytes, tall))).with({ workers: 1, pool: 'inline', queue: { mode: 'bounded', size: 2 }, aheadBytes: 0 }).buffers;
  // One task, and another on its way.
  assert.equal((await buffersIn(2 ** 30)) - (await buffersIn(4096)), 1.125 * 2 * (2 * 1024 * 1024 - 4096));
});
