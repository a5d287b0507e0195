import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { removeLeftovers } from '../../src/io/leftovers.js';
import { besidePath, isOfTheDead } from '../../src/io/own-name.js';
import { birthOf, namespaceOf } from '../../src/io/own-process.js';
import { Folder } from '../support/folder.js';

const DEAD = spawnSync(process.execPath, ['--version']).pid;
const OURS = namespaceOf();
const BORN = birthOf(process.pid);
const named = (owner: string): string => `.out.tif.${hostname()}.${owner}.partial`;
const skip = process.platform !== 'linux' && 'only Linux tells processes of one number apart here';

describe('names of temporary files', { skip }, () => {
  const CASES: readonly (readonly [what: string, owner: string, isDead: boolean, isDeadUnderLock: boolean])[] = [
    ['a process that is gone', `${DEAD}_${OURS}_7`, true, true],
    ['one that is gone, of a system that knows no more', `${DEAD}`, true, true],
    ['a process that lives', `${process.pid}_${OURS}_${BORN}`, false, false],
    ['one that lives, of a system that knows no more', `${process.pid}`, false, false],
    ['one whose number another one has now', `${process.pid}_${OURS}_7`, true, true],
    ['one of another container', `${DEAD}_1_7`, false, true],
    ['one of another container, whose number one of this has', `${process.pid}_1_${BORN}`, false, true],
  ];
  for (const [what, owner, isDead, isDeadUnderLock] of CASES) {
    test(`of ${what}`, () => {
      assert.equal(isOfTheDead(named(owner), { of: 'out.tif' }), isDead);
      assert.equal(isOfTheDead(named(owner), { of: 'out.tif', isLocked: true }), isDeadUnderLock);
    });
  }

  test('of this process, with a part and without', () => {
    for (const name of [besidePath('a/out.tif'), besidePath('a/out.tif', '8d1c-77')]) assert.equal(isOfTheDead(basename(name), { of: 'out.tif' }), false);
  });

  test('leave room in a name of 255 bytes, however long the file\'s own is', () => {
    const long = `${'ä'.repeat(124)}.tif`;
    const other = `${'ä'.repeat(123)}b.tif`;
    const name = basename(besidePath(long, '0e5e1c84-30a3-4bb8-a5b8-6a2bd2e7c0b5'));
    assert.ok(Buffer.byteLength(name) + 64 - hostname().length <= 255, name);
    assert.equal(isOfTheDead(name.replace(`${process.pid}`, `${DEAD}`), { of: long }), true);
    assert.equal(isOfTheDead(name.replace(`${process.pid}`, `${DEAD}`), { of: other }), false);
  });

  test('are cleared beside an output by who holds its lock, those of other outputs and of temporary files not', (t) => {
    const folder = new Folder(t);
    const others = [`.other.tif.${hostname()}.${DEAD}_1_7.partial`, `.rastq.${hostname()}.${DEAD}_1_7.8d1c.partial`];
    for (const name of [named(`${DEAD}_1_7`), ...others]) writeFileSync(folder.at(name), '');
    removeLeftovers(folder.at('out.tif'));
    assert.equal(folder.list().length, 3);
    removeLeftovers(folder.at('out.tif'), true);
    assert.deepEqual(folder.list(), others.sort());
  });

  const noChown = process.getuid?.() !== 0 && 'only root can give a folder to somebody else';
  test('of folders are cleared with what is in them, but where they are another user\'s', { skip: noChown }, (t) => {
    const folder = new Folder(t);
    const folderOf = (part: string, uid: number): string => {
      const name = `.rastq.${hostname()}.${DEAD}.${part}.partial`;
      mkdirSync(folder.at(name));
      writeFileSync(folder.at(`${name}/output.tif`), '');
      chownSync(folder.at(name), uid, 0);
      return name;
    };
    folderOf('own', 0);
    const others = folderOf('others', 65534);
    removeLeftovers(folder.at('rastq'));
    assert.deepEqual(folder.list(), [others, `${others}/output.tif`]);
  });

  test('of files that the system does not let go of stay, and the others are cleared', { skip: noChown }, (t) => {
    const folder = new Folder(t);
    const nobody = 65534;
    const [theirs, own] = ['a', 'b'].map((of) => `.${of}.png.${hostname()}.${DEAD}.partial`);
    for (const name of [theirs, own]) writeFileSync(folder.at(name), '');
    chownSync(folder.at(own), nobody, nobody);
    // Of a folder with this bit nobody takes what is another's.
    chmodSync(folder.path, 0o1777);
    const script = `import(process.argv[1]).then(({ removeLeftoversIn }) => removeLeftoversIn(process.argv[2]))`;
    const words = ['-e', script, new URL('../../src/io/leftovers.js', import.meta.url).href, folder.path];
    const { status, stderr } = spawnSync(process.execPath, words, { uid: nobody, gid: nobody, encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.deepEqual(folder.list(), [theirs]);
  });
});
