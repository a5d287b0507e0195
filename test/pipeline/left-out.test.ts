import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan, type Plan } from '../../src/index.js';
import { open as openReader, type LoadedTask, type ReadRequest } from '../../src/pipeline/reader.js';
import { taskRegions } from '../../src/pipeline/region.js';
import { blocksOf, imagesOf } from '../../src/pipeline/region-reader.js';
import { SentBlocks } from '../../src/pipeline/sent-blocks.js';
import { areaOf } from '../../src/pipeline/passes.js';
import { type LackingTask, open as openWorker, type WorkedTask, type WorkRequest } from '../../src/pipeline/worker.js';
import { tileGrid } from '../../src/tiff/tile-layout.js';
import type { Handler } from '../../src/pools/stage.js';
import type { Window } from '../../src/raster/window.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { INLINE } from '../oracle/support/run.js';

const folder = temporaryFolder();
/** 16 columns and 5 rows of blocks, some of which are not stored. */
const SPEC = { width: 250, height: 75, bands: 2, dtype: 'uint16', nodata: '0', layout: { tile: { width: 16, height: 16 } }, compression: 'deflate', sparse: (i: number) => i % 16 === 3, pixel: (b: number, r: number, c: number) => (c >> 4 === 3 ? 0 : grain(1, 4000)(b, r, c)) } as const;

async function planOf(name: string, interleave: 'pixel' | 'band' = 'pixel'): Promise<Plan> {
  const input = join(folder, `${name}.tif`);
  writeFileSync(input, writeTiff({ ...SPEC, interleave }));
  const { plan } = await planRequest({ input, output: join(folder, `${name}-out.tif`), steps: [{ operation: 'sharpen' }], overwrite: true });
  return plan;
}

const windowsOf = (plan: Plan, task: number): Window[] => taskRegions(plan, 1, areaOf({ cells: tileGrid(plan.output.profile, plan.output.layout), rule: plan.tasks }, task));

for (const interleave of ['pixel', 'band'] as const) {
  test(`what is left out was sent with a task that is done, ${interleave}s`, async () => {
    const plan = await planOf('sent', interleave);
    for (const underWay of [1, 2, 5]) {
      const sent = new SentBlocks(plan, underWay);
      const firsts = new Map<string, number>();
      let leftOut = 0;
      for (let task = 0; task < plan.tasks.count; task++) {
        const [window] = windowsOf(plan, task);
        const blocks = [...blocksOf(imagesOf(plan.input)[0], window)].map((at) => JSON.stringify(at));
        const without = sent.leaveOut(task, window);
        for (const number of without) assert.ok(firsts.get(blocks[number])! <= task - underWay);
        blocks.forEach((block, number) => without.includes(number) || firsts.has(block) || firsts.set(block, task));
        leftOut += without.length;
      }
      assert.ok(leftOut > 0);
    }
  });
}

describe('a task without some of its blocks', () => {
  const setup = (plan: Plan) => ({ plan, worker: 0, shared: undefined, returnsInput: true, takesChecksums: false });
  const read = async (reader: Handler, request: Omit<ReadRequest, 'coming' | 'spare'>): Promise<LoadedTask> =>
    (await reader.handle({ ...request, coming: null, spare: undefined } satisfies ReadRequest)).value as LoadedTask;
  const work = async (worker: Handler, plan: Plan, loaded: LoadedTask): Promise<WorkedTask | LackingTask> => {
    const [footprint, area] = windowsOf(plan, loaded.task);
    const request: WorkRequest = { type: 'task', loaded, footprint, area, pass: 'apply', number: 1, statistics: [undefined], spare: undefined };
    return (await worker.handle(request)).value as WorkedTask | LackingTask;
  };
  const bytesOf = (worked: WorkedTask | LackingTask): Buffer => {
    assert.ok(!('lacking' in worked));
    return Buffer.from(worked.buffer, 0, worked.length);
  };

  test('gives the same where the worker has them, and is given back where it has not', async () => {
    const plan = await planOf('worker');
    const reader = await openReader({ images: imagesOf(plan.input) });
    const [all, some] = [await openWorker(setup(plan)), await openWorker(setup(plan))];
    const sent = new SentBlocks(plan, 1);
    let lacking = 0;
    for (let task = 0; task < plan.tasks.count; task++) {
      const [window] = windowsOf(plan, task);
      const whole = bytesOf(await work(all, plan, await read(reader, { task, window })));
      const leftOut = sent.leaveOut(task, window);
      const loaded = await read(reader, { task, window, leftOut });
      assert.ok(loaded.bytesRead > 0 || loaded.leftOut.length > 0);
      assert.deepEqual(bytesOf(await work(some, plan, structuredClone(loaded))), whole);
      // Another one knows nothing of the tasks before.
      const stranger = await openWorker(setup(plan));
      const answer = await work(stranger, plan, loaded);
      if (loaded.leftOut.length === 0) continue;
      assert.ok('lacking' in answer && answer.input === loaded.buffer);
      assert.deepEqual(bytesOf(await work(stranger, plan, await read(reader, { task, window }))), whole);
      lacking++;
      await stranger.dispose?.();
    }
    assert.ok(lacking > 0);
    for (const handler of [reader, all, some]) await handler.dispose?.();
  });

  for (const pool of ['inline', 'threads'] as const) {
    test(`${pool}: most blocks are read once, and the output is that of processes`, async () => {
      const plan = await planOf(pool);
      const output = plan.output.path;
      const target = checkTarget(output, { overwrite: true });
      const whole = await runPlan(plan, { ...INLINE, workers: 2, pool: 'processes', target });
      const wanted = readFileSync(output);
      const { bytes } = await runPlan(plan, { ...INLINE, workers: 2, pool, target });
      assert.ok(readFileSync(output).equals(wanted));
      assert.ok(bytes.read < 0.7 * whole.bytes.read, `${bytes.read} of ${whole.bytes.read}`);
    });
  }
});
