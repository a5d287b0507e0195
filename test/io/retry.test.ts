import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IoError } from '../../src/errors.js';
import { isPassingStatus } from '../../src/io/network-fault.js';
import { pauseMs, retrying, TransientError } from '../../src/io/retry.js';

describe('the pause after a try', () => {
  test('doubles from 0.1 s to 20 s, cut by up to half', () => {
    const longest = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000];
    longest.forEach((most, i) => {
      for (let draw = 0; draw < 100; draw++) {
        const pause = pauseMs(i + 1, 100);
        assert.ok(pause <= most && pause >= most / 2, `${pause} ms after try ${i + 1}`);
      }
    });
  });

  test('is another one each time: those who failed together do not come back together', () => {
    const pauses = Array.from({ length: 100 }, () => pauseMs(1, 100));
    assert.ok(new Set(pauses).size > 50);
    assert.ok(pauses.some((pause) => pause < 75) && pauses.some((pause) => pause > 75));
  });
});

test('what may be over when it is tried again: 408, 425, 429 and 5xx, but what a server does not know at all', () => {
  const passing = [408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 524, 599];
  const lasting = [200, 206, 301, 400, 401, 403, 404, 405, 409, 410, 412, 416, 501, 505];
  for (const status of passing) assert.ok(isPassingStatus(status), String(status));
  for (const status of lasting) assert.ok(!isPassingStatus(status), String(status));
});

describe('trying again', () => {
  const signal = new AbortController().signal;
  const failing = (failures: readonly Error[]) => {
    const state = { tries: 0 };
    const attempt = (): Promise<string> => {
      const failure = failures.at(state.tries++);
      return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
    };
    return { state, attempt };
  };
  const passing = new TransientError('it was busy');

  test('ends with the first success', async () => {
    const { state, attempt } = failing([passing, passing]);
    assert.equal(await retrying('a store', { retries: 2, signal }, attempt), 'done');
    assert.equal(state.tries, 3);
  });

  test('ends after so many retries, and says how many tries there were', async () => {
    const { state, attempt } = failing([passing, passing, passing]);
    await assert.rejects(retrying('a store', { retries: 1, signal }, attempt), (error) => error instanceof IoError && error.message.startsWith('a store: it was busy, 2 times; --retries'));
    assert.equal(state.tries, 2);
  });

  test('ends at once with what does not pass, and where there was no connection the first time', async () => {
    for (const [failure, isFirst] of [[new RangeError('no'), false], [new TransientError('no route', { isUnreachable: true }), true]] as const) {
      const { state, attempt } = failing([failure, failure]);
      await assert.rejects(retrying('a store', { retries: 5, signal, isFirst }, attempt));
      assert.equal(state.tries, 1);
    }
  });

  test('ends in the midst of a pause when it is stopped', async () => {
    const stop = new AbortController();
    const { state, attempt } = failing([new TransientError('come back in a while', { pauseMs: 20_000 })]);
    const tried = retrying('a store', { retries: 5, signal: stop.signal }, attempt);
    setImmediate(() => stop.abort());
    await assert.rejects(tried, { name: 'AbortError' });
    assert.equal(state.tries, 1);
  });
});
