import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IoError, WorkerDeathError, WorkerError } from '../../src/errors.js';
import type { PoolKind, Stage } from '../../src/pools/stage.js';
import { startStage } from '../../src/pools/start.js';
import { counts, gate } from '../support/gated-open-module.js';
import type { Deed } from '../support/stage-module.js';

const MODULE = new URL('../support/stage-module.js', import.meta.url).href;
/** A stage that hangs fails its test. */
const timeout = 60_000;

async function openStage(t: TestContext, pool: PoolKind): Promise<Stage> {
  const stage = startStage(pool, 'worker 1', MODULE);
  t.after(() => stage.terminate());
  await stage.open(null);
  return stage;
}

const ask = (stage: Stage, deed: Deed): Promise<unknown> => stage.call(deed);

/** Each one's failure; the call that does not fail fails the test. */
function failures(calls: readonly Promise<unknown>[]): Promise<Error[]> {
  return Promise.all(
    calls.map((call) =>
      call.then(
        () => assert.fail('a call to a dead stage went well'),
        (error: unknown) => error as Error,
      ),
    ),
  );
}

for (const pool of ['threads', 'processes', 'inline'] as const) {
  describe(`a stage of ${pool}`, { concurrency: 3, timeout }, () => {
    test('answers calls in their order, and closes when they are done', async (t) => {
      const stage = await openStage(t, pool);
      const calls = (['echo', 'throw', 'echo'] as const).map((deed) => ask(stage, deed));
      const outcomes = await Promise.allSettled(calls);
      assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
      const { maxRssBytes } = await stage.close();
      assert.equal(maxRssBytes > 0, pool === 'processes');
    });

    test('passes on what a call throws, with its stack, code and cause, and lives on', async (t) => {
      const stage = await openStage(t, pool);
      await assert.rejects(ask(stage, 'throw'), (error: Error & { code?: string }) => {
        assert.equal(error.message, 'as asked');
        assert.equal(error.code, 'EASKED');
        assert.match(error.stack!, /stage-module\.js/);
        assert.equal((error.cause as Error).message, 'the reason');
        assert.ok(!(error instanceof WorkerDeathError));
        return true;
      });
      assert.equal(await ask(stage, 'echo'), 'echo');
    });

    test('passes on what is no error', async (t) => {
      const stage = await openStage(t, pool);
      await assert.rejects(ask(stage, 'throw a string'), (error: unknown) => String(error).endsWith('as asked'));
    });

    test('that is interrupted fails what waits for others, and goes on', async (t) => {
      const stage = await openStage(t, pool);
      const [waiting, next] = [ask(stage, 'wait for others'), ask(stage, 'echo')];
      stage.interrupt();
      await assert.rejects(waiting, /interrupted/);
      assert.equal(await next, 'echo');
    });

    test('that is ended is interrupted first: nobody waits for what waits for others', async (t) => {
      const stage = await openStage(t, pool);
      const failed = failures([ask(stage, 'wait for others')]);
      await stage.terminate();
      const [{ message }] = await failed;
      assert.match(message, pool === 'inline' ? /interrupted/ : /was ended/);
    });

    test('that cannot be opened says why', async (t) => {
      const stage = startStage(pool, 'worker 1', MODULE);
      t.after(() => stage.terminate());
      await assert.rejects(stage.open('refuse'), /not to be opened/);
    });

    test('whose module cannot be loaded says so when it is opened', async (t) => {
      const stage = startStage(pool, 'worker 1', new URL('./no-such-module.js', import.meta.url).href);
      t.after(() => stage.terminate());
      await assert.rejects(stage.open(null), /no-such-module/);
      await assert.rejects(stage.open(null), /no-such-module/);
    });
  });
}

test('a stage in this thread that is ended while it is opened lets go of what it opens', { timeout }, async () => {
  const stage = startStage('inline', 'worker 1', new URL('../support/gated-open-module.js', import.meta.url).href);
  const begun = once(gate, 'begun');
  const opening = stage.open(null);
  await begun;
  await stage.terminate();
  gate.emit('go on');
  await assert.rejects(opening, WorkerDeathError);
  assert.deepEqual(counts, { opened: 1, disposed: 1 });
});

// Node ends the whole process, by an assertion, where a thread is ended between the two steps of making a zlib stream.
test('threads that are ended while they deflate do not take the process along', { timeout }, () => {
  const script = fileURLToPath(new URL('../support/end-deflating.js', import.meta.url));
  const { status, signal, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
});

for (const pool of ['threads', 'processes'] as const) {
  describe(`a stage of ${pool} that dies`, { concurrency: 3, timeout }, () => {
    const DEATHS: readonly (readonly [deed: Deed, says: RegExp])[] = [
      ['exit', /^worker 1.* died: it exited with code 7/],
      ['throw later', pool === 'threads' ? /^worker 1 died: as asked, later/ : /^worker 1.* died: it exited with code 1/],
      ...(pool === 'processes' ? ([['disconnect', /^worker 1.* died: it exited/]] as const) : []),
    ];
    for (const [deed, says] of DEATHS) {
      test(`by "${deed}" fails what is under way, and all that comes after`, async (t) => {
        const stage = await openStage(t, pool);
        const before = await failures([ask(stage, deed), ask(stage, 'echo'), ask(stage, 'echo')]);
        const after = await failures([ask(stage, 'echo'), stage.close()]);
        for (const error of [...before, ...after]) {
          assert.ok(error instanceof WorkerDeathError && error instanceof WorkerError);
          assert.ok(!(error instanceof IoError));
          assert.equal(error.exitCode, 6);
          assert.match(error.message, says);
        }
      });
    }

    for (const deed of ['never answer', 'block'] as const) {
      test(`because it is ended while it does "${deed}" fails what is under way`, async (t) => {
        const stage = await openStage(t, pool);
        const failed = failures([ask(stage, deed), ask(stage, 'echo')]);
        await stage.terminate();
        for (const error of await failed) assert.ok(error instanceof WorkerDeathError);
        // Once more is no harm.
        await stage.terminate();
      });
    }
  });
}
