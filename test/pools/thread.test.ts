import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { BroadcastChannel } from 'node:worker_threads';
import { startThread } from '../../src/pools/thread.js';
import { noProcessList, until } from '../support/children.js';

const threads = (): number => readdirSync('/proc/self/task').length;

const NEVER_LOADED = 'data:text/javascript,new BroadcastChannel("loading").postMessage(null); await new Promise(() => undefined);';

test('a thread that never loads its module keeps nobody waiting, and is ended', { timeout: 60_000, skip: noProcessList }, async () => {
  const before = threads();
  const channel = new BroadcastChannel('loading');
  const loads = new Promise((resolve) => (channel.onmessage = resolve));
  const stage = startThread('stage', NEVER_LOADED);
  await loads;
  channel.close();
  const refused = assert.rejects(stage.open(null), /stage was ended/);
  const begin = performance.now();
  await stage.terminate();
  assert.ok(performance.now() - begin < 2000);
  await refused;
  assert.ok(threads() > before);
  await until('it is gone', () => threads() <= before);
});
