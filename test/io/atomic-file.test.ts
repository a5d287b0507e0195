import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, test, type TestContext } from 'node:test';
import { createAtomicFile, prepareTarget } from '../../src/io/atomic-file.js';
import { Folder } from '../support/folder.js';

/** Counts the calls of a function of node:fs, which goes on working. */
function counted(t: TestContext, name: 'fsyncSync' | 'linkSync' | 'renameSync'): () => number {
  const { mock } = t.mock.method(fs, name);
  syncBuiltinESMExports();
  t.after(syncBuiltinESMExports);
  return () => mock.callCount();
}

describe('the output is flushed to the disk before it appears', () => {
  for (const [durable, times] of [[true, 1], [false, 0]] as const) {
    test(durable ? 'where that is asked for' : 'else not', async (t) => {
      const folder = new Folder(t);
      const [flushes, links] = [counted(t, 'fsyncSync'), counted(t, 'linkSync')];
      const file = createAtomicFile(prepareTarget(folder.at('out.tif'), { overwrite: false, durable }));
      await file.write(0, Buffer.from('pixels'));
      await file.flush();
      assert.deepEqual([flushes(), links()], [times, 0]);
      assert.ok(!fs.existsSync(folder.at('out.tif')));
      await file.publish();
      assert.equal(links(), 1);
      assert.deepEqual(folder.list(), ['out.tif']);
      assert.equal(fs.readFileSync(folder.at('out.tif'), 'utf8'), 'pixels');
    });
  }
});
