import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { attempt, describeJob } from './attempt.js';
import { drawJob } from './job.js';
import { useForLong } from './library-user.js';

const SEED = 20_261_121;
const JOBS = 4;
const ON_WINDOWS = process.platform === 'win32' && 'signals end processes at once on Windows';

describe('a short soak', { concurrency: 2 }, () => {
  test('a seed always draws the same job', () => {
    for (let seed = 0; seed < 50; seed++) assert.equal(describeJob(drawJob(seed)), describeJob(drawJob(seed)));
  });

  test(`${JOBS} random jobs, each beside a run without threads`, { skip: ON_WINDOWS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rastq-soak-'));
    try {
      for (let seed = SEED; seed < SEED + JOBS; seed++) await attempt(drawJob(seed), join(folder, String(seed)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('heap, handles, open files and threads of a program stay as they are over 100 runs', async () => {
    assert.deepEqual((await useForLong(100)).failures, []);
  });
});
