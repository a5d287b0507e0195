import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { checkTarget, planRequest, runPlan } from '../../src/index.js';
import { INLINE } from '../oracle/support/run.js';
import { Folder } from '../support/folder.js';

test('an input that cannot be closed, when the output has its name, is no failure', async (t) => {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  const { openSync, closeSync } = fs;
  const inputs = new Set<number>();
  let failed = 0;
  t.after(() => {
    Object.assign(fs, { openSync, closeSync });
    syncBuiltinESMExports();
  });
  const { plan } = await planRequest({ input: folder.at('in.tif'), output: folder.at('out.tif'), steps: [{ operation: 'clamp', params: { min: 0, max: 9 } }] });
  Object.assign(fs, {
    openSync: (...words: Parameters<typeof openSync>): number => {
      const fd = openSync(...words);
      if (words[0] === folder.at('in.tif')) inputs.add(fd);
      return fd;
    },
    closeSync: (fd: number): void => {
      closeSync(fd);
      if (!inputs.delete(fd)) return;
      failed++;
      throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO' });
    },
  });
  syncBuiltinESMExports();
  await runPlan(plan, { ...INLINE, target: checkTarget(folder.at('out.tif'), { overwrite: false }) });
  assert.ok(failed > 0);
  assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
});
