import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { planRequest, run } from '../../src/index.js';
import { noProcessList, until } from '../support/children.js';
import { Folder } from '../support/folder.js';
import { pathOf, randomNumbers } from './support.js';

/** Runs of each kind; where a thread's loader leaves its files open, each run leaves one to four. */
const RUNS = 16;
/** What Node opens for itself, once. */
const SPARE = 6;
const PROMISED_MS = 2000;

const openFiles = (): number => readdirSync('/proc/self/fd').length;

// Alone in its file, and so in its process: the descriptors counted are those of its runs.
test('runs that are stopped while their threads load leave no file open', { timeout: 180_000, skip: noProcessList }, async (t) => {
  const folder = new Folder(t);
  const steps = [{ operation: 'normalize' }, { operation: 'sharpen' }];
  const planned = await planRequest({ input: pathOf('scene.tif'), output: folder.at('out.tif'), steps });
  const before = openFiles();
  const random = randomNumbers(1);
  let longestMs = 0;
  let stopped = 0;
  for (const pool of ['threads', 'processes'] as const) {
    for (let i = 0; i < RUNS; i++) {
      const controller = new AbortController();
      const running = run(planned, { pool, workers: 2, overwrite: true, signal: controller.signal });
      const ended = running.then(() => undefined, (error: unknown) => error);
      await sleep(20 + 80 * random());
      const reason = new Error('enough');
      const begin = performance.now();
      controller.abort(reason);
      if ((await ended) === reason) stopped++;
      longestMs = Math.max(longestMs, performance.now() - begin);
    }
  }
  assert.ok(stopped > RUNS, `${stopped} of ${2 * RUNS} runs were stopped`);
  assert.ok(longestMs < PROMISED_MS, `a run took ${longestMs} ms to end`);
  await until('no more files are open than before', () => openFiles() <= before + SPARE);
  assert.deepEqual(folder.list().filter((name) => name !== 'out.tif'), []);
});
