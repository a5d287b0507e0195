import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import ndarray from 'ndarray';
import { createRaster, IoError, planRequest, run } from '../../src/index.js';
import { noProcessList } from '../support/children.js';
import { Folder } from '../support/folder.js';

/** The files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one by which the folder was listed.
      return '';
    }
  });
}

test('a mask that was changed since it was planned with ends a run, which leaves no file open', { skip: noProcessList }, async (t) => {
  const folder = new Folder(t);
  const [input, output] = [folder.addFixture('scene.tif'), folder.at('out.tif')];
  const [width, height] = [600, 500];
  const mask = await createRaster(`${input}.msk`, { width, height, bands: 1, dtype: 'uint8' });
  await mask.write({ col: 0, row: 0, width, height }, ndarray(new Uint8Array(width * height).fill(255), [1, height, width]));
  await mask.close();
  for (const pool of ['inline', 'threads'] as const) {
    const planned = await planRequest({ input, output, steps: [{ operation: 'normalize' }] });
    utimesSync(`${input}.msk`, 1, pool.length);
    await assert.rejects(run(planned, { pool }), (error) => error instanceof IoError && error.message.includes('in.tif.msk: changed while it was being read'));
    assert.deepEqual(openFiles().filter((path) => path.startsWith(folder.path)), []);
  }
  assert.deepEqual(folder.list(), ['in.tif', 'in.tif.msk']);
});
