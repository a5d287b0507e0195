import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { EndOfQueue, ItemError, moving, ProcessQueue, type ProcessQueueOptions, Queue, UsageError, WorkerError } from '../../src/index.js';
import { isSettled } from './settled.js';

const MODULE = new URL('../support/queue-functions.js', import.meta.url);
/** A queue that hangs fails its test. */
const timeout = 120_000;

function start<In, Out>(t: TestContext, exported: string, options: Partial<ProcessQueueOptions<In, Out>> = {}): ProcessQueue<In, Out> {
  const queue = new ProcessQueue<In, Out>({ module: MODULE, export: exported, workers: 2, ...options });
  t.after(() => queue.terminate());
  return queue;
}

async function putAll<T>(queue: Queue<T>, items: Iterable<T>): Promise<void> {
  for (const item of items) await queue.put(item);
  queue.close();
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const ascending = (a: number, b: number): number => a - b;

for (const pool of ['threads', 'processes', 'inline'] as const) {
  describe(`a ProcessQueue of ${pool}`, { concurrency: 2, timeout }, () => {
    test('passes items the way the function declares', async (t) => {
      const named = start<{ base: number; exponent?: number }, number>(t, 'power', { pool, workers: 1 });
      assert.deepEqual(await named.map([{ exponent: 3, base: 2 }, { base: 5 }]), [8, 25]);
      const whole = start<{ a: number; b: number }, number>(t, 'sumOf', { pool, workers: 1 });
      assert.equal(await whole.submit({ a: 1, b: 2 }), 3);
      const other = start<object, string[]>(t, 'keysOf', { pool, workers: 1 });
      assert.deepEqual(await other.submit({ a: 1, b: 2 }), ['a', 'b']);
    });

    test('moves items from queue to queue, and the end to every consumer', async (t) => {
      const queue = start<number, number>(t, 'later', { pool, size: 4 });
      const putting = putAll(queue.input, numbers(20));
      const consume = async (): Promise<number[]> => {
        const results: number[] = [];
        for (let result = await queue.output.take(); result !== EndOfQueue; result = await queue.output.take()) results.push(result);
        return results;
      };
      const results = (await Promise.all([consume(), consume(), consume()])).flat();
      await putting;
      assert.deepEqual(results.sort(ascending), numbers(20));
      assert.equal(await queue.output.take(), EndOfQueue);
      assert.ok(queue.input.highWater <= 4 && queue.output.highWater <= 4);
      await assert.rejects(queue.submit(1), /has ended/);
    });

    test('fails with the stack, the cause and the item', async (t) => {
      const queue = start(t, 'flaky', { pool });
      const item = { name: 'a', failures: 1 };
      await assert.rejects(queue.submit(item), (error: unknown) => {
        assert.ok(error instanceof ItemError && error instanceof WorkerError);
        assert.match(error.message, /^flaky failed on \{ name: 'a', failures: 1 \}: failure 1 of a$/);
        assert.match(error.stack!, /^WorkerError: flaky failed on .*\n +at flaky .*queue-functions\.js/);
        assert.equal(error.item, item);
        assert.equal(error.tries, 1);
        const cause = error.cause as Error & { code: string };
        assert.deepEqual([cause.name, cause.code], ['RangeError', 'EFLAKY']);
        return true;
      });
    });

    test('tries again what failed, as often as it is told', async (t) => {
      const queue = start<{ name: string; failures: number }, number>(t, 'flaky', { pool, workers: 1, retries: 2, backoffMs: 1 });
      const items = numbers(6).map((i) => ({ name: `item ${i}`, failures: i % 3 }));
      assert.deepEqual(await queue.map(items), [1, 2, 3, 1, 2, 3]);
      await assert.rejects(queue.submit({ name: 'worse', failures: 3 }), /, 3 times: failure 3 of worse/);
    });
  });
}

describe('a ProcessQueue', { concurrency: 2, timeout }, () => {
  test('gives results as they come, or in order', async (t) => {
    const delays = [400, 0, 0, 0];
    for (const ordered of [false, true]) {
      const queue = start<number, number>(t, 'later', { ordered, concurrency: 4, workers: 1 });
      void putAll(queue.input, delays);
      const results: number[] = [];
      for await (const result of queue.output) results.push(result);
      assert.deepEqual(results, ordered ? delays : [0, 0, 0, 400]);
    }
  });

  test('stands before another', async (t) => {
    const between = new Queue<number>(2);
    const first = start<{ base: number }, number>(t, 'power', { output: between });
    const second = start<number, number>(t, 'later', { input: between, ordered: true });
    void putAll(first.input, numbers(10).map((base) => ({ base })));
    const results: number[] = [];
    for await (const result of second.output) results.push(result);
    assert.deepEqual(results.sort(ascending), numbers(10).map((base) => base ** 2));
    assert.ok(between.highWater <= 2);
  });

  test('fails both queues, and what stands before and behind it', async (t) => {
    const between = new Queue<number>(2);
    const first = start<number, number>(t, 'later', { output: between });
    const second = start<number, number>(t, 'fussy', { input: between, size: 2 });
    const putting = assert.rejects(putAll(first.input, numbers(1000).map(() => 0)), ItemError);
    const third = start<number, number>(t, 'later', { input: second.output });
    await assert.rejects(third.output.take(), ItemError);
    await putting;
    await assert.rejects(second.submit(1), ItemError);
  });

  test('calls a function several times at once in a worker, never more often than it may', async (t) => {
    for (const concurrency of [1, 5]) {
      const queue = start<object, number>(t, 'atOnce', { workers: 1, concurrency });
      assert.equal(Math.max(...(await queue.map(numbers(20).map(() => ({}))))), concurrency);
    }
  });

  test('takes no more items than there is room for', async (t) => {
    const queue = start<number, number>(t, 'later', { size: 3 });
    let taken = 0;
    let isClosed = false;
    function* endless(): Generator<number> {
      try {
        for (;; taken++) yield taken % 2;
      } finally {
        isClosed = true;
      }
    }
    const results = queue.imap(endless());
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(await results.next(), { done: false, value: i % 2 });
      assert.ok(taken <= i + 4, `${taken} items for ${i + 1} results`);
    }
    await results.return();
    assert.ok(isClosed);
  });

  test('gives a result before the next item comes', async (t) => {
    const queue = start<number, number>(t, 'later');
    const source = new Queue<number>(1);
    const results = queue.imap(source);
    await source.put(0);
    assert.deepEqual(await results.next(), { done: false, value: 0 });
    source.close();
    assert.deepEqual(await results.next(), { done: true, value: undefined });
  });

  test('does chunks as it does single items', async (t) => {
    const queue = start<{ base: number }, number>(t, 'power', { chunkSize: 16 });
    assert.deepEqual(await queue.map(numbers(500).map((base) => ({ base }))), numbers(500).map((base) => base ** 2));
    const flaky = start<{ name: string; failures: number }, number>(t, 'flaky', { workers: 1, chunkSize: 8 });
    const outcomes = await Promise.allSettled(numbers(8).map((i) => flaky.submit({ name: String(i), failures: i === 5 ? 1 : 0 })));
    assert.deepEqual(outcomes.map(({ status }) => status === 'fulfilled'), numbers(8).map((i) => i !== 5));
  });

  test('gives up an item that kills its workers, and only that', async (t) => {
    const queue = start<string, string>(t, 'deadly', { retries: 1, backoffMs: 1, chunkSize: 4 });
    const items = ['a', 'exit', 'b', 'c', 'd'];
    const outcomes = await Promise.allSettled(items.map((item) => queue.submit(item)));
    assert.deepEqual(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed')), ['a', 'failed', 'b', 'c', 'd']);
    const [, failed] = outcomes;
    assert.match(String((failed as PromiseRejectedResult).reason), /deadly failed on 'exit', 2 times: worker \d died: it exited with code 9/);
  });

  test('ends a worker that takes too long', async (t) => {
    const queue = start<string, string>(t, 'deadly', { workers: 1, timeoutMs: 1000 });
    await assert.rejects(queue.submit('hang'), /deadly failed on 'hang': worker 1 was ended: it took longer than 1 s/);
    assert.equal(await queue.submit('a'), 'a');
  });

  test('is told whether a failure is worth another try', async (t) => {
    const seen: string[] = [];
    const retryIf = (error: Error): boolean => (seen.push(error.message), error.message !== 'failure 2 of a');
    const queue = start(t, 'flaky', { workers: 1, retries: 9, backoffMs: 1, retryIf });
    await assert.rejects(queue.submit({ name: 'a', failures: 5 }), /2 times: failure 2 of a/);
    assert.deepEqual(seen, ['failure 1 of a', 'failure 2 of a']);
  });

  test('stops for a signal, all of it or one item', async (t) => {
    const all = new AbortController();
    const queue = start<number, number>(t, 'later', { signal: all.signal });
    const one = new AbortController();
    const [given, kept] = [queue.submit(60_000, { signal: one.signal }), queue.submit(60_000)];
    one.abort(new Error('not that one'));
    await assert.rejects(given, /not that one/);
    assert.ok(!(await isSettled(kept)));
    const mapped = queue.map([60_000]);
    all.abort(new Error('enough'));
    for (const work of [kept, mapped, queue.output.take(), queue.input.put(1), queue.submit(1)]) await assert.rejects(work, /enough/);
    await queue.close();
    await assert.rejects(start(t, 'later', { signal: AbortSignal.abort(new Error('before')) }).submit(1), /before/);
  });

  test('closes when what was submitted is done', async (t) => {
    const queue = start<number, number>(t, 'later');
    const results = Promise.all([queue.submit(50), queue.submit(0)]);
    await queue.close();
    assert.deepEqual(await results, [50, 0]);
  });

  test('says what is wrong with the function', async (t) => {
    await assert.rejects(start(t, 'nosuch').submit(1), /queue-functions\.js: has no function nosuch: there are .*power/);
    await assert.rejects(start(t, 'power', { module: './nosuch.mjs' }).submit(1), /nosuch\.mjs: cannot be loaded/);
    assert.throws(() => new ProcessQueue({ module: MODULE, workers: 0 }), UsageError);
  });

  test('applies what Node exports too', async (t) => {
    assert.deepEqual(await start<string, string>(t, 'basename', { module: 'node:path' }).map(['/a/b', '/c']), ['b', 'c']);
  });
});

describe('what crosses', { concurrency: 2, timeout }, () => {
  const CLONED: readonly (readonly [value: unknown, type: string])[] = [
    [new Map([[1, new Set([2])]]), '[object Map]'],
    [new Date(0), '[object Date]'],
    [/a/, '[object RegExp]'],
    [new Float64Array(2), '[object Float64Array]'],
    [1n, '[object BigInt]'],
    [new RangeError('a'), '[object Error]'],
    [undefined, '[object Undefined]'],
  ];
  for (const pool of ['threads', 'processes'] as const) {
    test(`between ${pool}: what structured clone takes`, async (t) => {
      const queue = start(t, 'typeOf', { pool });
      assert.deepEqual(await queue.map(CLONED.map(([value]) => value)), CLONED.map(([, type]) => type));
    });

    test(`between ${pool}: no functions, handles and promises, with the part that cannot`, async (t) => {
      const queue = start(t, 'typeOf', { pool });
      const REFUSED: readonly (readonly [item: unknown, says: RegExp])[] = [
        [{ on: { done: () => 1 } }, /^the item\.on\.done cannot cross .*function/],
        [[1, Symbol('a')], /^the item\[1\] cannot cross .*symbol/],
        [new Map([['a', process.stderr]]), /^the item\.get\(a\) cannot cross .*handle, a \w+/],
        [{ later: Promise.resolve() }, /^the item\.later cannot cross .*promise/],
      ];
      for (const [item, says] of REFUSED) await assert.rejects(queue.submit(item), (error: unknown) => error instanceof UsageError && says.test(error.message));
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      assert.equal(await queue.submit(cyclic), '[object Object]');
      await assert.rejects(start(t, 'closure', { pool }).submit(null), /closure failed on null: the result\.inner\[0\] cannot cross/);
    });

    test(`between ${pool}: buffers, moved where that is possible`, async (t) => {
      const queue = start<Uint8Array, Uint8Array>(t, 'doubled', { pool });
      const bytes = Uint8Array.of(1, 2, 3);
      assert.deepEqual([...(await queue.submit(moving(bytes, [bytes.buffer])))], [2, 4, 6]);
      assert.equal(bytes.length, pool === 'threads' ? 0 : 3);
    });
  }

  test('a view of a buffer is not moved: the other side would not know how much of it is meant', () => {
    const view = new Uint8Array(new ArrayBuffer(8), 4);
    assert.throws(() => moving(view, [view as unknown as ArrayBuffer]), { name: 'TypeError', message: /ArrayBuffers, not their views/ });
  });

  test('between threads: shared memory, which processes are refused', async (t) => {
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const queue = start<Int32Array, number>(t, 'sharedSum');
    assert.deepEqual((await queue.map([counter, counter, counter])).sort(ascending), [0, 1, 2]);
    assert.equal(counter[0], 3);
    await assert.rejects(start(t, 'sharedSum', { pool: 'processes' }).submit(counter), /the item cannot cross between processes: it is shared memory/);
  });

  test('a buffer that was moved before fails its item alone', async (t) => {
    const queue = start<Uint8Array, Uint8Array>(t, 'doubled');
    const bytes = Uint8Array.of(1);
    const { buffer } = bytes;
    await queue.submit(moving(bytes, [buffer]));
    await assert.rejects(queue.submit(moving(bytes, [buffer])), /the item cannot cross between threads: its bytes were moved before/);
    const shared = Uint8Array.of(1, 2);
    const twice = [queue.submit(moving(shared.subarray(0, 1), [shared.buffer])), queue.submit(moving(shared.subarray(1), [shared.buffer]))];
    const outcomes = await Promise.allSettled(twice);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual([...(await queue.submit(Uint8Array.of(4)))], [8]);
  });
});
