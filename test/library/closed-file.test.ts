import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import ndarray from 'ndarray';
import { createRaster, type NewRasterFile, openRaster, UsageError } from '../../src/index.js';
import { Folder } from '../support/folder.js';

const ALL = { col: 0, row: 0, width: 40, height: 30 };
const OPTIONS = { width: 40, height: 30, bands: 1, dtype: 'uint8', overwrite: true } as const;

/** A file whose pixels are all of one value, not closed. */
async function written(path: string, value: number, overwrite = true): Promise<NewRasterFile> {
  const file = await createRaster(path, { ...OPTIONS, overwrite });
  await file.write(ALL, ndarray(new Uint8Array(1200).fill(value), [1, 30, 40]));
  return file;
}

async function assertHolds(path: string, value: number): Promise<void> {
  const raster = await openRaster(path);
  assert.deepEqual(new Set((await raster.read()).data), new Set([value]));
  await raster.close();
}

describe('a file that is closed', () => {
  const after: readonly (readonly [what: string, act: (file: NewRasterFile) => Promise<unknown>])[] = [
    ['discarded', (file) => file.discard()],
    ['closed again', (file) => file.close()],
  ];
  for (const [what, act] of after) {
    test(`and then ${what} leaves alone what is written to its place next`, async (t) => {
      const folder = new Folder(t);
      const path = folder.at('out.tif');
      const first = await written(path, 1);
      const { bytes } = await first.close();
      const next = await written(path, 2);
      assert.deepEqual(await act(first), what === 'discarded' ? undefined : { bytes });
      await next.close();
      await assertHolds(path, 2);
      assert.deepEqual(folder.list(), ['out.tif']);
    });
  }

  test('twice at once is closed once, and appears', async (t) => {
    const folder = new Folder(t);
    const path = folder.at('out.tif');
    const file = await written(path, 3);
    const [first, second, left] = await Promise.all([file.close(), file.close(), file.discard()]);
    assert.deepEqual([first, second, left], [{ bytes: readFileSync(path).length }, first, undefined]);
    await assertHolds(path, 3);
    await assert.rejects(file.write(ALL, ndarray(new Uint8Array(1200), [1, 30, 40])), UsageError);
    assert.deepEqual(folder.list(), ['out.tif']);
  });
});

describe('a file that is given up', () => {
  test('stays so: closing it is refused, and what is written to its place next is left alone', async (t) => {
    const folder = new Folder(t);
    const path = folder.at('out.tif');
    const first = await written(path, 1);
    const [left, closed] = await Promise.allSettled([first.discard(), first.close()]);
    assert.deepEqual(left, { status: 'fulfilled', value: undefined });
    assert.match(String((closed as PromiseRejectedResult).reason), /^UsageError: .*out\.tif: was discarded$/);
    assert.deepEqual(folder.list(), []);
    const next = await written(path, 2);
    assert.equal(await first.discard(), undefined);
    await assert.rejects(first.close(), /was discarded/);
    await next.close();
    await assertHolds(path, 2);
  });

  test('as its closing failed, fails again in the same way, and touches nothing', async (t) => {
    const folder = new Folder(t);
    const path = folder.at('out.tif');
    const first = await written(path, 1, false);
    writeFileSync(path, 'mine');
    await assert.rejects(first.close(), /appeared/);
    const next = await written(path, 2);
    await assert.rejects(first.close(), /appeared/);
    assert.equal(await first.discard(), undefined);
    await next.close();
    await assertHolds(path, 2);
    assert.deepEqual(folder.list(), ['out.tif']);
  });
});
