import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { WorkerDeathError, WorkerError } from '../../src/errors.js';
import { Pool, type PoolOptions } from '../../src/pools/pool.js';
import { Seat } from '../../src/pools/seat.js';
import { startStage } from '../../src/pools/start.js';
import type { PoolKind } from '../../src/pools/stage.js';
import type { Deed } from '../support/stage-module.js';

const MODULE = new URL('../support/stage-module.js', import.meta.url).href;
const timeout = 60_000;

interface OpenPool {
  readonly pool: Pool;
  readonly told: string[];
  /** Asks worker 1; each try does its own deed, the last one the tries behind it too. */
  readonly ask: (name: string, ...deeds: Deed[]) => Promise<unknown>;
}

async function openPool(t: TestContext, kind: PoolKind, options: Partial<PoolOptions> = {}): Promise<OpenPool> {
  const told: string[] = [];
  const endurance = { retries: 2, timeoutMs: Infinity };
  const pool = new Pool({ kind, workers: 1, module: MODULE, setup: () => null, endurance, onRetry: (message) => told.push(message), ...options });
  t.after(() => pool.terminate());
  await pool.open();
  const ask = (name: string, ...deeds: Deed[]): Promise<unknown> =>
    pool.call(0, { name: () => name, message: (tries) => ({ item: deeds[Math.min(tries, deeds.length - 1)] }) });
  return { pool, told, ask };
}

for (const kind of ['threads', 'processes'] as const) {
  describe(`a pool of ${kind}`, { concurrency: 2, timeout }, () => {
    test('does again what a worker was at that died', async (t) => {
      const { ask, told } = await openPool(t, kind);
      assert.equal(await ask('item 1', 'exit', 'exit', 'echo'), 'echo');
      assert.equal(told.length, 2);
      for (const message of told) assert.match(message, /^worker 1.* died: it exited with code 7, at item 1, which is done again$/);
    });

    test('does again what a worker was at that threw what is no error, and nobody waited', async (t) => {
      const { ask, told } = await openPool(t, kind);
      assert.equal(await ask('item 1', 'throw null later', 'echo'), 'echo');
      assert.match(told[0], /^worker 1.* died: (null|it exited with code 1), at item 1, which is done again$/);
    });

    test('gives up where workers die of it too often, and goes on with the next', async (t) => {
      const { ask } = await openPool(t, kind);
      await assert.rejects(ask('item 1', 'exit'), (error) => {
        assert.ok(error instanceof WorkerError && error.cause instanceof WorkerDeathError);
        assert.match(error.message, /exited with code 7, at item 1, .*3 times/);
        return true;
      });
      assert.equal(await ask('item 2', 'echo'), 'echo');
    });

    test('does not blame what only waited at the worker', async (t) => {
      const { ask, told } = await openPool(t, kind, { endurance: { retries: 0, timeoutMs: Infinity } });
      const [deadly, ...behind] = await Promise.allSettled([ask('item 1', 'exit'), ask('item 2', 'echo'), ask('item 3', 'echo')]);
      assert.equal(deadly.status, 'rejected');
      assert.deepEqual(behind.map(({ status }) => status), ['fulfilled', 'fulfilled']);
      assert.deepEqual(told, []);
    });

    test('does not do again what the module throws', async (t) => {
      const { ask, told } = await openPool(t, kind);
      await assert.rejects(ask('item 1', 'throw', 'echo'), /as asked/);
      assert.deepEqual(told, []);
    });

    for (const deed of ['block', 'never answer', 'spin'] as const) {
      test(`ends a worker that takes too long over "${deed}"`, async (t) => {
        const { ask, told } = await openPool(t, kind, { endurance: { retries: 2, timeoutMs: 1000 } });
        const behind = ask('item 1', deed, 'echo').then(() => ask('item 2', 'echo'));
        assert.equal(await behind, 'echo');
        assert.match(told[0], /^worker 1.* was ended: it took longer than 1 s, at item 1/);
      });
    }

    test('tells when a worker is gone, before another one sits there', async (t) => {
      const events: string[] = [];
      const { ask } = await openPool(t, kind, {
        onOpen: () => Promise.resolve(events.push('open')),
        onDeath: (worker) => events.push(`${worker} died`),
      });
      await ask('item 1', 'exit', 'echo');
      assert.deepEqual(events, ['open', '0 died', 'open']);
    });

    test('ends at once where one that takes a place does not start', async (t) => {
      let opened = 0;
      const { ask } = await openPool(t, kind, { setup: () => (opened++ === 0 ? null : 'die') });
      const outcomes = await Promise.allSettled([ask('item 1', 'exit', 'echo'), ask('item 2', 'echo')]);
      for (const { status } of outcomes) assert.equal(status, 'rejected');
      assert.equal(opened, 2);
      await assert.rejects(ask('item 3', 'echo'), /died: it exited with code 8, before its first task/);
    });

    test('does not start another worker once it is ended', async (t) => {
      let opened = 0;
      const { pool, ask } = await openPool(t, kind, { setup: () => (opened++, null) });
      const asked = Promise.allSettled([ask('item 1', 'block'), ask('item 2', 'echo')]);
      await pool.terminate();
      for (const { status } of await asked) assert.equal(status, 'rejected');
      assert.equal(opened, 1);
    });

    test('closes though a worker has died meanwhile', async (t) => {
      const { pool, ask } = await openPool(t, kind);
      assert.equal(await ask('item 1', 'exit later'), 'exit later');
      const { maxRssBytes } = await pool.close();
      assert.ok(maxRssBytes >= 0);
    });

    test('ends a worker that does not start', async (t) => {
      const seat = new Seat({
        start: () => startStage(kind, 'worker 1', MODULE),
        open: (stage) => stage.open('hang'),
        concurrency: 1,
        timeoutMs: Infinity,
        startMs: 1000,
        onDeath: () => undefined,
      });
      t.after(() => seat.terminate());
      await assert.rejects(seat.ready(), /worker 1.* did not start within 1 s/);
    });
  });
}

test('a thread that is within a call of the system is left to itself', { timeout, skip: process.platform === 'win32' }, async (t) => {
  const { ask, told } = await openPool(t, 'threads', { endurance: { retries: 2, timeoutMs: 1000 } });
  assert.equal(await ask('item 1', 'wait for a program', 'echo'), 'echo');
  assert.match(told[0], /took longer than 1 s/);
});
