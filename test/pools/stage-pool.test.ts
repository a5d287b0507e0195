import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { StagePool } from '../../src/pools/stage-pool.js';

const MODULE = new URL('../support/stage-module.js', import.meta.url).href;
/** The name of a process tells which one it is. */
const STAGE = ['processes', 'worker 1', MODULE] as const;

function openPool(t: TestContext): StagePool {
  const stages = new StagePool();
  t.after(() => stages.end());
  return stages;
}

describe('stages that outlive a run', { timeout: 60_000 }, () => {
  test('one that was started before is taken, once', async (t) => {
    const stages = openPool(t);
    stages.start(...STAGE);
    stages.start(...STAGE);
    const first = stages.take(...STAGE);
    const second = stages.take(...STAGE);
    t.after(() => Promise.all([first.terminate(), second.terminate()]));
    assert.notEqual(first.name, second.name);
    await first.open(null);
    assert.equal(await first.call('echo'), 'echo');
  });

  test('one that was closed is taken again, and opened anew', async (t) => {
    const stages = openPool(t);
    const first = stages.take(...STAGE);
    await first.open(null);
    await first.close();
    stages.start(...STAGE);
    const again = stages.take(...STAGE);
    assert.equal(again.name, first.name);
    await again.open(null);
    assert.equal(await again.call('echo'), 'echo');
    await again.close();
  });

  test('one that lives in this thread is not taken for a process', async (t) => {
    const stages = openPool(t);
    const inline = stages.take('inline', 'worker 1', MODULE);
    await inline.open(null);
    await inline.close();
    stages.start(...STAGE);
    const process = stages.take(...STAGE);
    t.after(() => process.terminate());
    assert.equal(process.transfers, false);
    assert.match(process.name, /^worker 1 \(process \d+\)$/);
  });

  test('they end with the work that they were made for, also where it fails', async () => {
    let kept: StagePool | undefined;
    const work = StagePool.with(async (stages) => {
      kept = stages;
      const stage = stages.take(...STAGE);
      await stage.open(null);
      await stage.close();
      throw new Error(stage.name);
    });
    const name = await work.then(() => assert.fail('it went well'), (error: unknown) => (error as Error).message);
    const pid = Number(/process (\d+)/.exec(name)![1]);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await kept!.end();
  });
});
