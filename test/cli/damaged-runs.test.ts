import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { generator } from '../fuzz/mutate.js';
import { fixturePath } from '../oracle/support/run.js';
import { failureOf, runMeasured } from '../support/cli.js';
import { Folder } from '../support/folder.js';

/** As in `damaged.test.ts`, but with real runs of rastq, of which there can only be a few. */
const FILES = ['normalize', 'in.tif', 'out.tif', '-j', '2'];
const MOST_RSS = 300e6;
const SCENE = readFileSync(fixturePath('scene.tif'));

/** Asserts that a file is refused with one line, in little memory; or, where that may be, that the run went well. */
async function assertTame(t: TestContext, file: Buffer, mayBeSound: boolean): Promise<void> {
  const folder = new Folder(t);
  writeFileSync(folder.at('in.tif'), file);
  const result = await runMeasured(FILES, { cwd: folder.path });
  if (mayBeSound && result.code === 0) {
    assert.equal(result.stdout + result.stderr, '');
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  } else {
    failureOf(result, result.code === 3 ? 3 : 4);
    assert.deepEqual(folder.list(), ['in.tif']);
  }
  assert.ok(result.maxRssBytes < MOST_RSS, `it took ${result.maxRssBytes} bytes`);
}

describe('a scene that ends too early is refused, whatever was done before', { concurrency: 2 }, () => {
  for (const share of [0.001, 0.25, 0.75, 0.999]) {
    const cut = Math.floor(SCENE.length * share);
    test(`after ${cut} bytes`, (t) => assertTame(t, SCENE.subarray(0, cut), false));
  }
});

describe('a scene with a bit turned over', { concurrency: 2 }, () => {
  const seed = 1;
  const below = generator(seed);
  // The first four in the header and the directory.
  for (const bits of [2000, 2000, 2000, 2000, SCENE.length * 8, SCENE.length * 8]) {
    const bit = below(bits);
    test(`bit ${bit & 7} of byte ${bit >> 3}, seed ${seed}`, (t) => {
      const file = Buffer.from(SCENE);
      file[bit >> 3] ^= 1 << (bit & 7);
      return assertTame(t, file, true);
    });
  }
});
