import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { test } from 'node:test';
import { openRaster, UsageError } from '../../src/index.js';
import { openFile } from '../../src/io/file-source.js';
import { Pieces } from '../../src/io/pieces.js';
import { Folder } from '../support/folder.js';
import { pathOf } from './support.js';

const SCENE = pathOf('scene.tif');

test('a raster that is closed is closed: again does nothing, and what is asked of it is refused', async (t) => {
  const folder = new Folder(t);
  for (const name of ['a.tif', 'b.tif']) copyFileSync(SCENE, folder.at(name));
  const first = await openRaster(folder.at('a.tif'));
  const window = { col: 0, row: 0, width: 3, height: 2 };
  const wanted = await first.read(window);
  const [late] = await Promise.all([first.read(window), first.close(), first.close()]);
  assert.deepEqual(late.data, wanted.data);
  // It has the number of the file's descriptor now.
  const other = await openRaster(folder.at('b.tif'));
  await first.close();
  const isClosed = (error: unknown): boolean => error instanceof UsageError && /a\.tif: is closed$/.test(error.message);
  await assert.rejects(first.read(window), isClosed);
  await assert.rejects(first.readMask(), isClosed);
  assert.throws(() => first.windows(), isClosed);
  assert.deepEqual((await other.read(window)).data, wanted.data);
  await other.close();
});

test('a file that is closed neither reads nor closes what has its descriptor now', async () => {
  const first = openFile(SCENE);
  await first.close();
  const other = openFile(SCENE);
  await first.close();
  const bytes = new Uint8Array(4);
  const says = { name: 'IoError', message: `${SCENE}: cannot read: is closed` };
  assert.throws(() => first.read(0, bytes), says);
  assert.throws(() => first.readPieces([{ position: 0, into: new Pieces([bytes]) }]), says);
  await other.read(0, bytes);
  assert.deepEqual([...bytes.subarray(0, 2)], [0x49, 0x49]);
  await other.close();
});
