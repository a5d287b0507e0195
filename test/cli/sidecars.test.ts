import assert from 'node:assert/strict';
import { linkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { maskOf, SCENE } from '../reading/specs.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const SIDECARS = ['.msk', '.aux.xml', '.ovr'];
const mask = writeTiff(maskOf(SCENE, (row) => row > 9));

describe('files that lie beside the place of an output', { concurrency: 4 }, () => {
  test('are warned of, as readers take them for its own', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    for (const suffix of SIDECARS) writeFileSync(folder.at(`out.tif${suffix}`), 'old');
    for (const words of [[], ['--overwrite'], ['--resume', '--overwrite']]) {
      const { code, stderr } = await runCli(['normalize', 'in.tif', 'out.tif', ...words], { cwd: folder.path });
      assert.equal(code, 0);
      const told = stderr.trimEnd().split('\n').map((line) => JSON.parse(line) as { level: string; msg: string });
      assert.deepEqual(told.map(({ level, msg }) => `${level} ${/^\S+/.exec(msg)![0]} ${/taken for the (\w+) of the output/.exec(msg)![1]}`), [
        'warn out.tif.msk: mask',
        'warn out.tif.aux.xml: metadata',
        'warn out.tif.ovr: overviews',
      ]);
    }
  });

  test('are not where a run finds its output complete', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const run = () => runCli(['normalize', 'in.tif', 'out.tif', '--resume'], { cwd: folder.path });
    assertSilentSuccess(await run());
    writeFileSync(folder.at('out.tif.ovr'), 'made for it');
    assertSilentSuccess(await run());
  });
});

describe('an output that is read beside an input is refused', { concurrency: 4 }, () => {
  for (const [words, says] of [
    [['normalize', 'in.tif', 'in.tif.msk'], /^in\.tif\.msk: is read beside the input in\.tif, give another output$/],
    [['normalize', 'in.tif', 'hard.tif'], /^hard\.tif: is read beside the input in\.tif/],
    [['calc', 'more.tif.msk', '--expr', 'b1 + v.b1', '--input', 'in.tif', '--input', 'v=more.tif'], /^more\.tif\.msk: is read beside the input more\.tif/],
  ] as const) {
    test(`rastq ${words.join(' ')}`, async (t) => {
      const folder = new Folder(t);
      for (const name of ['in.tif', 'more.tif']) {
        writeFileSync(folder.at(name), writeTiff(SCENE));
        writeFileSync(folder.at(`${name}.msk`), mask);
      }
      linkSync(folder.at('in.tif.msk'), folder.at('hard.tif'));
      const names = folder.list();
      assert.match(failureOf(await runCli([...words, '--overwrite'], { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), names);
      for (const name of ['in.tif.msk', 'more.tif.msk']) assert.deepEqual(folder.read(name), Buffer.from(mask));
    });
  }
});
