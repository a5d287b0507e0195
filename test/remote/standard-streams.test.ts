import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createReadStream, openSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { noProcessList, until } from '../support/children.js';
import { assertSilentSuccess, failureOf, onlyLine, RASTQ, runCli, startCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

/** Runs rastq with a file as its standard input; its standard output as bytes. */
async function piped(words: readonly string[], input: string): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  const child = spawn(process.execPath, [RASTQ, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // A run that is refused reads nothing of it.
  child.stdin.on('error', () => undefined);
  createReadStream(input).pipe(child.stdin);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code, stdout: Buffer.concat(chunks), stderr };
}

/** The paths of the files that a process has open. */
function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`);
    } catch {
      // It was closed meanwhile.
      return '';
    }
  });
}

describe('standard input and output', () => {
  const scene = fixturePath('scene.tif');

  test('from one to the other', async (t) => {
    const folder = new Folder(t);
    assertSilentSuccess(await runCli(['normalize', scene, folder.at('local.tif')]));
    // Whatever is told of the run goes elsewhere.
    for (const told of [[], ['-v', '--progress']]) {
      const { code, stdout, stderr } = await piped(['normalize', '-', '-', '--spool-dir', folder.at('.'), ...told], scene);
      assert.equal(code, 0, stderr);
      assert.equal(stderr === '', told.length === 0);
      assert.ok(stdout.equals(readFileSync(folder.at('local.tif'))));
      assert.deepEqual(folder.list(), ['local.tif']);
    }
  });

  test('for a pool of processes too, which cannot open what is standard input', { skip: process.platform === 'win32' && 'there are no such names' }, async (t) => {
    const folder = new Folder(t);
    assertSilentSuccess(await runCli(['normalize', scene, folder.at('local.tif')]));
    const processes = ['--pool', 'processes', '-j', '2'];
    const spooled = await piped(['normalize', '-', folder.at('spooled.tif'), ...processes], scene);
    assert.deepEqual([spooled.code, spooled.stderr], [0, '']);
    symlinkSync('/dev/stdin', folder.at('link.tif'));
    symlinkSync('/dev/fd', folder.at('folder'));
    for (const [input, output] of [
      ['/dev/stdin', 'named.tif'],
      [folder.at('link.tif'), 'linked.tif'],
      [folder.at('folder/0'), 'in-folder.tif'],
    ]) {
      const file = openSync(scene, 'r');
      t.after(() => closeSync(file));
      const run = spawnSync(process.execPath, [RASTQ, 'normalize', input, folder.at(output), ...processes], { stdio: [file, 'pipe', 'pipe'], encoding: 'utf8' });
      assert.deepEqual([run.status, run.stderr], [0, ''], input);
    }
    for (const name of ['spooled.tif', 'named.tif', 'linked.tif', 'in-folder.tif']) assert.deepEqual(folder.read(name), folder.read('local.tif'), name);
  });

  test('an input that is larger than it may be', async (t) => {
    const folder = new Folder(t);
    const { code, stderr } = await piped(['normalize', '-', folder.at('out.tif'), '--spool-max', '100K', '--spool-dir', folder.at('.')], scene);
    assert.equal(code, 5);
    assert.match(stderr, /standard input: has more than 102400 bytes, set by --spool-max/);
    assert.deepEqual(folder.list(), []);
  });

  for (const [what, path, flags, words] of [['a folder', '.', 'r', /is a directory \(EISDIR\)/], ['a file that is open for writing alone', 'some', 'w', /is not open for that \(EBADF\)/]] as const) {
    test(`${what} as standard input: one line, code 5`, { skip: process.platform === 'win32' && 'folders cannot be opened there' }, (t) => {
      const fd = openSync(new Folder(t).at(path), flags);
      t.after(() => closeSync(fd));
      const { status, stdout, stderr } = spawnSync(process.execPath, [RASTQ, 'info', '-'], { stdio: [fd, 'pipe', 'pipe'], encoding: 'utf8' });
      assert.deepEqual([status, stdout], [5, '']);
      assert.match(onlyLine(stderr), /^rastq: standard input: cannot read: /);
      assert.match(stderr, words);
    });
  }

  test('SIGINT while an input comes: one line, and nothing is left', { skip: noProcessList }, async (t) => {
    const folder = new Folder(t);
    const child = spawn(process.execPath, [RASTQ, 'normalize', '-', folder.at('out.tif'), '--spool-dir', folder.at('.')], { stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const code = new Promise((resolve) => child.on('close', resolve));
    child.stdin.write(readFileSync(scene).subarray(0, 1000));
    // Its copy has no name by then.
    await until('the input is copied', () => openFiles(child.pid!).some((path) => path.startsWith(folder.path)), () => child.exitCode !== null);
    child.kill('SIGINT');
    assert.equal(await code, 130);
    assert.match(onlyLine(stderr), /stopped by SIGINT/);
    assert.deepEqual(folder.list(), []);
  });

  for (const word of ['--json', '--dry-run']) {
    test(`${word} with the output on standard output`, async () => {
      assert.match(failureOf(await runCli(['normalize', scene, '-', word]), 2), /--report-file/);
    });
  }

  test('whoever reads it has heard enough', async (t) => {
    const folder = new Folder(t);
    const child = spawn(process.execPath, [RASTQ, 'normalize', scene, '-', '--spool-dir', folder.at('.')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual({ code, stderr }, { code: 141, stderr: '' });
    assert.deepEqual(folder.list(), []);
  });

  for (const [signal, expected] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    test(`${signal} while nobody reads it: one line, and nothing is left`, async (t) => {
      const folder = new Folder(t);
      const child = spawn(process.execPath, [RASTQ, 'normalize', scene, '-', '--spool-dir', folder.at('.')], { stdio: ['ignore', 'pipe', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      const code = new Promise((resolve) => child.on('exit', resolve));
      // The first bytes of it: by then it is being sent, and the pipe is full.
      await once(child.stdout, 'readable');
      child.kill(signal);
      assert.equal(await code, expected);
      child.stdout.destroy();
      assert.match(onlyLine(stderr), new RegExp(`stopped by ${signal}`));
      assert.deepEqual(folder.list(), []);
    });
  }

  test('a signal between two tries to copy an input', async (t) => {
    const folder = new Folder(t);
    const served = await serveBytes(t, readFileSync(scene), { fault: () => 503 });
    const run = startCli(['normalize', served.url, folder.at('out.tif'), '--spool', '--spool-dir', folder.at('.')]);
    await until('it has been tried', () => served.asked.length >= 3, run.hasEnded);
    run.kill('SIGTERM');
    assert.match(failureOf(await run.ended, 143), /stopped by SIGTERM/);
    assert.deepEqual(folder.list(), []);
  });

  test('what a killed run left is cleared by the next one', { skip: noProcessList }, async (t) => {
    const folder = new Folder(t);
    const child = spawn(process.execPath, [RASTQ, 'normalize', scene, '-', '--spool-dir', folder.at('.')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    // Nobody reads it: the pipe is full.
    await until('the output is there', () => folder.list().some((name) => name.endsWith('output.tif')), () => child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
    assert.notDeepEqual(folder.list(), []);
    const { code, stdout } = await piped(['normalize', '-', '-', '--spool-dir', folder.at('.')], scene);
    assert.equal(code, 0);
    assert.ok(stdout.length > 0);
    assert.deepEqual(folder.list(), []);
  });
});
