import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const JOINED = ['normalize', '--out-dir', 'out', '-j', '2'];

describe('many files', () => {
  for (const pool of ['threads', 'processes', 'inline']) {
    test(`give what each gives alone, in ${pool}`, async (t) => {
      const folder = new Folder(t);
      const names = ['int8.tif', 'scene.tif', 'tiny-1x1.tif'];
      for (const name of names) folder.addFixture(name, name);
      assertSilentSuccess(await runCli([...JOINED, ...names, '--pool', pool], { cwd: folder.path }));
      for (const name of names) {
        assertSilentSuccess(await runCli(['normalize', name, `alone-${name}`], { cwd: folder.path }));
        assert.deepEqual(readFileSync(folder.at(`out/${name}`)), readFileSync(folder.at(`alone-${name}`)));
      }
    });
  }

  test('may be called as what every object of JavaScript has', async (t) => {
    const folder = new Folder(t);
    const names = ['constructor', '__proto__'];
    for (const name of names) folder.addFixture('int8.tif', name);
    folder.addFixture('int8.tif');
    assertSilentSuccess(await runCli([...JOINED, 'in.tif', ...names], { cwd: folder.path }));
    for (const name of names) assert.deepEqual(folder.read(`out/${name}`), folder.read('out/in.tif'));
  });

  test('come from a list too; those that fail are told, the others are made, the worst decides', async (t) => {
    const folder = new Folder(t);
    for (const name of ['int8.tif', 'constant.tif']) folder.addFixture(name, name);
    folder.addFixture('corrupt/deflate-garbage/strips.tif', 'damaged.tif');
    writeFileSync(folder.at('list'), '\uFEFFconstant.tif\r\nnosuch.tif\n');
    const { code, stderr } = await runCli([...JOINED, 'damaged.tif', 'int8.tif', '--files-from', 'list'], { cwd: folder.path });
    assert.equal(code, 5);
    assert.deepEqual(stderr.trim().split('\n').map((line) => (JSON.parse(line) as { exitCode: number }).exitCode), [4, 5]);
    assert.deepEqual(folder.list().filter((name) => name.startsWith('out')), ['out', 'out/constant.tif', 'out/int8.tif']);
  });

  for (const [words, says] of [
    [['normalize', '--files-from', 'list'], /--out-dir/],
    [[...JOINED], /no input given/],
    [[...JOINED, 'a/in.tif', 'b/in.tif'], /both would become out\/in\.tif/],
    [[...JOINED, 'in.tif', '--report-file', 'r'], /--report-file is for one input/],
  ] as const) {
    test(`refused: ${words.join(' ')}`, async (t) => {
      const folder = new Folder(t);
      assert.match(failureOf(await runCli(words, { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), []);
    });
  }

  test('into what is no folder: code 5', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('int8.tif');
    writeFileSync(folder.at('out'), 'old');
    const message = failureOf(await runCli([...JOINED, 'in.tif'], { cwd: folder.path }), 5);
    assert.equal(message, 'rastq: out: cannot create the folder: a file of this name is there (EEXIST)');
    assert.equal(folder.read('out').toString(), 'old');
  });

  test('into their own folder are refused one by one', async (t) => {
    const folder = new Folder(t);
    mkdirSync(folder.at('out'));
    folder.addFixture('int8.tif', 'out/int8.tif');
    const before = readFileSync(folder.at('out/int8.tif'));
    assert.match(failureOf(await runCli([...JOINED, 'out/int8.tif', '--overwrite'], { cwd: folder.path }), 2), /is the input itself/);
    assert.deepEqual(readFileSync(folder.at('out/int8.tif')), before);
  });
});
