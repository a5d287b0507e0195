import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { RASTQ } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const onWindows = process.platform === 'win32' && 'pipes of Windows end otherwise';
/** What a shell says of a program that SIGPIPE ends. */
const UNREAD = 141;

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said where that was read. */
  readonly text: string;
}

/** Runs rastq with nobody at the other end of a pipe, from its start on. */
function runUnread(pipe: 'stdout' | 'stderr', words: readonly string[], folder: Folder): Promise<Outcome> {
  const child = spawn(process.execPath, [RASTQ, ...words], { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
  child[pipe].destroy();
  let text = '';
  child[pipe === 'stdout' ? 'stderr' : 'stdout'].setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, text }));
  });
}

function folderWithScene(t: ConstructorParameters<typeof Folder>[0]): Folder {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  return folder;
}

describe('nobody reads standard output: the end is quiet', { concurrency: 2, skip: onWindows }, () => {
  const ANSWERS: readonly (readonly string[])[] = [
    ['info', 'in.tif'],
    ['info', 'in.tif', '--json'],
    ['stats', 'in.tif'],
    ['ops'],
    ['--help'],
    ['--version'],
    ['normalize', 'in.tif', 'out.tif', '--dry-run'],
    ['normalize', 'in.tif', '-', '--spool-dir', '.'],
  ];
  for (const words of ANSWERS) {
    test(`${words.join(' ')}: the exit code tells that what was asked for came nowhere`, async (t) => {
      const folder = folderWithScene(t);
      assert.deepEqual(await runUnread('stdout', words, folder), { code: UNREAD, signal: null, text: '' });
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test('--json: the output is complete, so the code is 0', async (t) => {
    const folder = folderWithScene(t);
    assert.deepEqual(await runUnread('stdout', ['normalize', 'in.tif', 'out.tif', '--json'], folder), { code: 0, signal: null, text: '' });
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });

  test('compare: that rasters differ is told all the same', async (t) => {
    const folder = folderWithScene(t);
    folder.addFixture('rotated.tif', 'other.tif');
    assert.deepEqual(await runUnread('stdout', ['compare', 'in.tif', 'other.tif'], folder), { code: 7, signal: null, text: '' });
  });
});

describe('nobody reads standard error: the run goes on', { concurrency: 2, skip: onWindows }, () => {
  for (const pool of ['threads', 'processes']) {
    test(`${pool}, with what an operation prints, progress, details and the report`, async (t) => {
      const folder = folderWithScene(t);
      writeFileSync(
        folder.at('loud.mjs'),
        "export const loud = (window) => { for (let i = 0; i < 3000; i++) { console.log('x'.repeat(100)); console.error('y'); } return window; };\n",
      );
      const words = ['run', 'in.tif', 'out.tif', '--op', './loud.mjs:loud', '--pool', pool, '-j', '2', '-v', '--progress'];
      assert.deepEqual(await runUnread('stderr', words, folder), { code: 0, signal: null, text: '' });
      assert.deepEqual(folder.list(), ['in.tif', 'loud.mjs', 'out.tif']);
    });
  }

  test('a failure keeps its code', async (t) => {
    const folder = folderWithScene(t);
    assert.deepEqual(await runUnread('stderr', ['normalize', 'none.tif', 'out.tif', '-v'], folder), { code: 5, signal: null, text: '' });
  });
});
