import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EndOfQueue, OrderedQueue, Queue } from '../../src/pools/queue.js';
import { isSettled } from './settled.js';

describe('Queue', () => {
  test('gives what was put in its order', async () => {
    const queue = new Queue<number>(3);
    for (const item of [1, 2, 3]) await queue.put(item);
    assert.deepEqual([await queue.take(), await queue.take(), await queue.take()], [1, 2, 3]);
  });

  test('lets who puts into a full queue wait, and the first to wait first', async () => {
    const queue = new Queue<string>(1);
    await queue.put('a');
    const b = queue.put('b');
    const c = queue.put('c');
    assert.ok(!(await isSettled(b)));
    assert.equal(await queue.take(), 'a');
    await b;
    assert.ok(!(await isSettled(c)));
    assert.equal(await queue.take(), 'b');
    await c;
    assert.equal(await queue.take(), 'c');
  });

  test('lets who takes from an empty queue wait, and the first to wait first', async () => {
    const queue = new Queue<string>(2);
    const first = queue.take();
    const second = queue.take();
    assert.ok(!(await isSettled(first)));
    await queue.put('a');
    assert.equal(await first, 'a');
    assert.ok(!(await isSettled(second)));
    await queue.put('b');
    assert.equal(await second, 'b');
  });

  test('holds any number where it has no bound', async () => {
    const queue = new Queue<number>(Infinity);
    for (let i = 0; i < 1000; i++) await queue.put(i);
    assert.equal(queue.length, 1000);
    assert.equal(queue.highWater, 1000);
  });

  test('has to hold something', () => {
    for (const size of [0, -1, NaN]) assert.throws(() => new Queue(size), RangeError);
  });

  test('gives what is left and then the end to every taker, once it is closed', async () => {
    const queue = new Queue<string>(2);
    await queue.put('a');
    await queue.put('b');
    const waiting = queue.put('c');
    queue.close();
    assert.deepEqual([await queue.take(), await queue.take(), await queue.take()], ['a', 'b', 'c']);
    await waiting;
    assert.deepEqual([await queue.take(), await queue.take()], [EndOfQueue, EndOfQueue]);
    await assert.rejects(queue.put('d'), /closed/);
  });

  test('gives the end to every taker that waits', async () => {
    const queue = new Queue<string>(2);
    const takers = [queue.take(), queue.take(), queue.take()];
    queue.close();
    assert.deepEqual(await Promise.all(takers), [EndOfQueue, EndOfQueue, EndOfQueue]);
  });

  test('fails everyone with the first failure, waiting or to come', async () => {
    const failure = new Error('first');
    const full = new Queue<string>(1);
    await full.put('a');
    const putters = [full.put('b'), full.put('c')];
    const empty = new Queue<string>(1);
    const takers = [empty.take(), empty.take()];
    for (const queue of [full, empty]) {
      queue.fail(failure);
      queue.fail(new Error('second'));
    }
    for (const waiting of [...putters, ...takers]) await assert.rejects(waiting, failure);
    for (const late of [full.put('d'), full.take(), empty.put('e'), empty.take()]) await assert.rejects(late, failure);
    assert.equal(full.length, 0);
  });

  test('keeps order and bound whatever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 60 }), async (size, steps) => {
        const queue = new Queue<number>(size);
        const puts: Promise<void>[] = [];
        const takes: Promise<number | typeof EndOfQueue>[] = [];
        let most = 0;
        for (const isPut of steps) {
          if (isPut) puts.push(queue.put(puts.length));
          else takes.push(queue.take());
          assert.ok(queue.length <= size);
          most = Math.max(most, queue.length);
        }
        assert.equal(queue.highWater, most);
        const taken = Math.min(takes.length, puts.length);
        assert.deepEqual(await Promise.all(takes.slice(0, taken)), [...puts.slice(0, taken).keys()]);
        // Those puts are through that found a taker or room.
        const through = Math.min(puts.length, takes.length + size);
        await Promise.all(puts.slice(0, through));
        for (const put of puts.slice(through)) assert.ok(!(await isSettled(put)));
        for (const take of takes.slice(taken)) assert.ok(!(await isSettled(take)));
      }),
    );
  });
});

describe('OrderedQueue', () => {
  test('gives items by their numbers, whatever order they come in', async () => {
    const queue = new OrderedQueue<string>(3);
    await queue.put(2, 'c');
    await queue.put(0, 'a');
    await queue.put(1, 'b');
    assert.deepEqual([await queue.take(), await queue.take(), await queue.take()], ['a', 'b', 'c']);
  });

  test('lets its taker wait for the next item, though later ones are there', async () => {
    const queue = new OrderedQueue<string>(3);
    const taking = queue.take();
    await queue.put(1, 'b');
    await queue.put(2, 'c');
    assert.ok(!(await isSettled(taking)));
    await queue.put(0, 'a');
    assert.equal(await taking, 'a');
    assert.equal(await queue.take(), 'b');
  });

  test('has room for the next item though it is full of later ones', async () => {
    const queue = new OrderedQueue<string>(3);
    await queue.put(1, 'b');
    await queue.put(2, 'c');
    const later = [queue.put(3, 'd'), queue.put(4, 'e')];
    for (const put of later) assert.ok(!(await isSettled(put)));
    await queue.put(0, 'a');
    assert.equal(queue.length, 3);
    const taken: unknown[] = [];
    for (let i = 0; i < 5; i++) taken.push(await queue.take());
    assert.deepEqual(taken, ['a', 'b', 'c', 'd', 'e']);
    await Promise.all(later);
    assert.equal(queue.highWater, 3);
  });

  test('gives what is left and then the end, once it is closed', async () => {
    const queue = new OrderedQueue<string>(2);
    await queue.put(0, 'a');
    queue.close();
    assert.deepEqual([await queue.take(), await queue.take()], ['a', EndOfQueue]);
    const empty = new OrderedQueue<string>(1);
    const taking = empty.take();
    empty.close();
    assert.equal(await taking, EndOfQueue);
  });

  test('fails everyone with the first failure, waiting or to come', async () => {
    const failure = new Error('first');
    const queue = new OrderedQueue<string>(1);
    const waiting = [queue.put(1, 'b'), queue.put(5, 'f'), queue.take()];
    queue.fail(failure);
    queue.fail(new Error('second'));
    for (const one of [...waiting, queue.put(0, 'a'), queue.take()]) await assert.rejects(one, failure);
  });

  test('has to hold something', () => {
    for (const size of [0, NaN]) assert.throws(() => new OrderedQueue(size), RangeError);
  });

  test('never stands still, never holds more than its size, and keeps order, in any order of puts', async () => {
    const order = fc.integer({ min: 1, max: 30 }).chain((n) => fc.shuffledSubarray([...new Array(n).keys()], { minLength: n }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), order, fc.array(fc.nat(3)), async (size, numbers, pauses) => {
        const queue = new OrderedQueue<number>(size);
        const puts = numbers.map((number) => queue.put(number, number));
        for (let next = 0; next < numbers.length; next++) {
          for (let turn = pauses[next] ?? 0; turn > 0; turn--) await isSettled(puts[0]);
          assert.ok(queue.length <= size);
          assert.equal(await queue.take(), next);
        }
        await Promise.all(puts);
        assert.ok(queue.highWater <= size);
      }),
    );
  });
});
