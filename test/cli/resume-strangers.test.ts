import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { failureOf, runCli } from '../support/cli.js';
import { SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const RESUMED = ['normalize', 'in.tif', 'out.tif', ...SMALL_TASKS, '-j', '2', '--resume'];
const BEGUN = ['in.tif', 'out.tif.journal', 'out.tif.partial'];
const onWindows = process.platform === 'win32' && 'Windows has no such links, pipes and owners';
const notRoot = process.geteuid?.() !== 0 && "only root can make a file another user's";
const STRANGE = 12_345;

/** A folder where a run with --resume has failed. */
async function begun(t: TestContext): Promise<Folder> {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  failureOf(await runCli(RESUMED, { cwd: folder.path, env: withFault('write:EIO:6') }), 5);
  assert.deepEqual(folder.list(), BEGUN);
  return folder;
}

describe('what lies at the place of a partial output or of its journal is refused', { concurrency: 2, skip: onWindows }, () => {
  for (const name of ['out.tif.partial', 'out.tif.journal']) {
    test(`${name} that is a link, which is not followed`, async (t) => {
      const folder = await begun(t);
      const elsewhere = new Folder(t);
      writeFileSync(elsewhere.at('mine'), readFileSync(folder.at(name)));
      const before = elsewhere.read('mine');
      rmSync(folder.at(name));
      symlinkSync(elsewhere.at('mine'), folder.at(name));
      assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /is a link, remove it/);
      assert.deepEqual(elsewhere.read('mine'), before);
      assert.ok(!existsSync(folder.at('out.tif')));
    });

    test(`${name} that is a link where nothing was begun`, async (t) => {
      const folder = new Folder(t);
      const elsewhere = new Folder(t);
      folder.addFixture('scene.tif');
      symlinkSync(elsewhere.at('new'), folder.at(name));
      assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /remove it/);
      assert.deepEqual([folder.list(), elsewhere.list()], [['in.tif', name], []]);
    });

    test(`${name} that is a named pipe, which nobody writes to`, async (t) => {
      const folder = await begun(t);
      rmSync(folder.at(name));
      execFileSync('mkfifo', [folder.at(name)]);
      assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /is no regular file, remove it/);
      assert.deepEqual(folder.list(), BEGUN);
    });

    test(`${name} that belongs to another user`, { skip: notRoot }, async (t) => {
      const folder = await begun(t);
      chownSync(folder.at(name), STRANGE, STRANGE);
      assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /belongs to another user, remove it/);
      assert.deepEqual(folder.list(), BEGUN);
    });
  }
});
