import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Spill } from '../../src/io/spill.js';
import { Folder } from '../support/folder.js';

const BYTES = 1000;
const full = (value: number): ArrayBuffer => new Uint8Array(BYTES).fill(value).buffer;

describe('what is kept for later in a temporary file', () => {
  test('is there also where it came while the file was being made', async (t) => {
    const folder = new Folder(t);
    const spill = new Spill(folder.path, 0);
    t.after(() => spill.close());
    const kept = await Promise.all([1, 2, 3].map((value) => spill.keep(full(value))));
    assert.equal(spill.fileBytes, 3 * BYTES);
    for (const [i, one] of kept.entries()) assert.deepEqual(await spill.get(one), full(i + 1));
    assert.deepEqual(folder.list(), []);
  });

  test('takes the places of what was let go of', async (t) => {
    const spill = new Spill(new Folder(t).path, BYTES);
    t.after(() => spill.close());
    const [inMemory, first, second] = [await spill.keep(full(1)), await spill.keep(full(2)), await spill.keep(full(3))];
    spill.drop(first);
    const third = await spill.keep(full(4));
    assert.equal(spill.fileBytes, 2 * BYTES);
    assert.deepEqual(await Promise.all([inMemory, second, third].map((one) => spill.get(one))), [full(1), full(3), full(4)]);
  });
});
