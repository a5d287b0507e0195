import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type AtomicTarget, checkTarget, IoError, type Plan, planRequest, runPlan } from '../../src/index.js';
import type { PoolKind } from '../../src/pools/stage.js';
import { INLINE } from '../oracle/support/run.js';
import { Folder } from '../support/folder.js';

/** The plan of a run in a folder that holds `in.tif`. */
async function planIn(folder: Folder): Promise<{ plan: Plan; target: AtomicTarget }> {
  const { plan } = await planRequest({
    input: folder.at('in.tif'),
    output: folder.at('out.tif'),
    steps: [{ operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } }],
    window: 256,
    creation: {},
    overwrite: false,
  });
  return { plan, target: checkTarget(folder.at('out.tif'), { overwrite: false }) };
}

const how = (pool: PoolKind) => ({ workers: pool === 'inline' ? 1 : 2, pool, queue: { mode: 'bounded', size: 2 } }) as const;

describe('a run of the library that fails leaves no file', () => {
  for (const pool of ['threads', 'processes', 'inline'] as const) {
    test(`${pool}: the input went away after the plan was made`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('rotated.tif');
      const { plan, target } = await planIn(folder);
      rmSync(folder.at('in.tif'));
      await assert.rejects(runPlan(plan, { target, ...how(pool) }), IoError);
      assert.deepEqual(folder.list(), []);
    });

    test(`${pool}: the input shrank after the plan was made`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const { plan, target } = await planIn(folder);
      truncateSync(folder.at('in.tif'), 100_000);
      await assert.rejects(runPlan(plan, { target, ...how(pool) }), IoError);
      assert.deepEqual(folder.list(), ['in.tif']);
    });

    test(`${pool}: it was stopped before it began`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('rotated.tif');
      const { plan, target } = await planIn(folder);
      const reason = new Error('stopped');
      await assert.rejects(runPlan(plan, { target, ...how(pool), signal: AbortSignal.abort(reason) }), reason);
      assert.deepEqual(folder.list(), ['in.tif']);
    });

    test(`${pool}: it was stopped midway`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const { plan, target } = await planIn(folder);
      const controller = new AbortController();
      const reason = new Error('stopped');
      const onProgress = (): void => controller.abort(reason);
      await assert.rejects(runPlan(plan, { target, ...how(pool), signal: controller.signal, onProgress }), reason);
      assert.deepEqual(folder.list(), ['in.tif']);
    });

    test(`${pool}: the operation of the plan is none`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('rotated.tif');
      const { plan, target } = await planIn(folder);
      const [step] = plan.steps;
      const wrong: Plan = { ...plan, steps: [{ ...step, operation: 'nosuch' }] };
      await assert.rejects(runPlan(wrong, { target, ...how(pool) }), /nosuch/);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }
});

const noFileList = !existsSync('/proc/self/fd') && 'needs /proc';

test('runs in this thread leave no file open, whether they go well or fail', { skip: noFileList }, async (t) => {
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  const attempt = async (isSound: boolean): Promise<void> => {
    const folder = new Folder(t);
    folder.addFixture(isSound ? 'rotated.tif' : 'corrupt/deflate-garbage/strips.tif');
    const { plan, target } = await planIn(folder);
    const run = runPlan(plan, { target, ...INLINE });
    await (isSound ? run : assert.rejects(run, /damaged/));
  };
  await attempt(true);
  await attempt(false);
  const before = openFiles();
  for (let i = 0; i < 5; i++) {
    await attempt(true);
    await attempt(false);
  }
  assert.ok(openFiles() <= before, `${openFiles()} files are open, ${before} before`);
});
