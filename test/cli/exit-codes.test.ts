import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { markedProcesses, noProcessList, until } from '../support/children.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

/** More bytes than a small raster has, as its file's size tells. */
const LARGE = writeTiff({
  width: 1536, height: 1024, bands: 2, dtype: 'uint16', pixel: grain(0, 9000), nodata: '0',
  layout: { tile: { width: 256, height: 256 } },
});
const FILES = ['normalize', 'in.tif', 'out.tif'];
const asRoot = process.getuid?.() === 0 && 'permissions mean nothing to root';
const missing = (path: string): string | false => !existsSync(path) && `needs ${path}`;
describe('what the system refuses ends with code 5', { concurrency: 4 }, () => {
  for (const [what, input, output, says] of [
    ['no input', 'missing.tif', 'out.tif', /^missing\.tif: .*no such file or directory \(ENOENT\)/],
    ['a directory as input', '.', 'out.tif', /^\.: .*directory/],
    ['a path through a file as input', 'in.tif/in.tif', 'out.tif', /^in\.tif\/in\.tif: .*ENOTDIR/],
    ['no directory for the output', 'in.tif', 'missing/out.tif', /^missing\/out\.tif: cannot create.*missing.*no such file or directory/],
    ['a file in the place of the output\'s directory', 'in.tif', 'in.tif/out.tif', /^in\.tif\/out\.tif: .*ENOTDIR/],
  ] as const) {
    test(what, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      assert.match(failureOf(await runCli(['normalize', input, output], { cwd: folder.path }), 5), says);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  for (const [what, operation] of [['an operation', 'normalize'], ["a user's operation", '../mine.mjs']] as const) {
    test(`${what} in a working directory that was removed`, { skip: missing('/bin/sh') }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      writeFileSync(folder.at('mine.mjs'), 'export default (window) => window;\n');
      mkdirSync(folder.at('gone'));
      const through = ['sh', '-c', 'cd gone && rmdir ../gone && exec "$@"', 'sh'];
      const op = operation.replace('..', folder.path);
      const result = await runCli(['run', folder.at('in.tif'), folder.at('out.tif'), '--op', op], { cwd: folder.path, through });
      assert.equal(failureOf(result, 5), 'rastq: the working directory: is gone: no such file or directory (ENOENT)');
      assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
    });
  }

  test('a named pipe as input', async (t) => {
    const folder = new Folder(t);
    if (spawnSync('mkfifo', [folder.at('in.tif')]).status !== 0) {
      t.skip('needs mkfifo');
      return;
    }
    const result = await runCli(FILES, { cwd: folder.path, watchdogMs: 15_000 });
    assert.match(failureOf(result, 5), /^in\.tif: .*not a regular file/);
  });

  // Permissions mean nothing to root, but nobody creates files in /proc.
  test('a directory that cannot be written to, for root too', { skip: missing('/proc/self') }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const result = await runCli(['normalize', 'in.tif', '/proc/out.tif'], { cwd: folder.path });
    assert.match(failureOf(result, 5), /^\/proc\/out\.tif: cannot create/);
  });

  for (const [what, mode] of [
    ['a directory that may be read only', 0o555],
    ['a directory that may be written to and not listed', 0o333],
  ] as const) {
    test(what, { skip: asRoot }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      mkdirSync(folder.at('closed'), { mode });
      const result = await runCli(['normalize', 'in.tif', 'closed/out.tif'], { cwd: folder.path });
      chmodSync(folder.at('closed'), 0o777);
      // Without a listing nobody can look for what killed runs left; the output can be written all the same.
      if (mode === 0o333 && result.code === 0) assertSilentSuccess(result);
      else assert.match(failureOf(result, 5), /^closed\/out\.tif: .*permission denied \(EACCES\)/);
    });
  }

  test('an input that may not be read', { skip: asRoot }, async (t) => {
    const folder = new Folder(t);
    chmodSync(folder.addFixture('uint8-full-range.tif'), 0);
    const message = failureOf(await runCli(FILES, { cwd: folder.path }), 5);
    assert.match(message, /^in\.tif: cannot open: permission denied \(EACCES\)/);
  });
});

describe('a disk that fails ends with code 5 and leaves nothing', { concurrency: 4 }, () => {
  for (const [what, env, says, pool] of [
    ['it is full', withFault('write:ENOSPC:2'), /^out\.tif: cannot write \d+ bytes at \d+: no space left on device \(ENOSPC\)/],
    ['the quota is used up', withFault('write:EDQUOT:1'), /^out\.tif: .*disk quota exceeded \(EDQUOT\)/],
    ['the input cannot be read', withFault('read:EIO:4'), /^in\.tif: cannot read \d+ bytes at \d+: input\/output error \(EIO\)/],
    ['a process cannot read the input', withFault('read:EIO:20'), /^in\.tif: cannot read \d+ bytes at \d+: input\/output error \(EIO\)/, 'processes'],
  ] as const) {
    test(what, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      assert.match(failureOf(await runCli([...FILES, '--pool', pool ?? 'threads'], { cwd: folder.path, env }), 5), says);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test('it is full: a file system of 64 KiB', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    const small = folder.at('small');
    mkdirSync(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { encoding: 'utf8' });
    if (mounted.status !== 0) {
      t.skip(`no file system can be mounted: ${mounted.error?.message ?? mounted.stderr.trim()}`);
      return;
    }
    try {
      const message = failureOf(await runCli(['normalize', 'in.tif', 'small/out.tif'], { cwd: folder.path }), 5);
      assert.match(message, /^small\/out\.tif: cannot write .*no space left on device \(ENOSPC\)/);
      assert.deepEqual(folder.list(), ['in.tif', 'small']);
    } finally {
      spawnSync('umount', [small]);
    }
  });

  test('the file grows beyond the limit of the user', { skip: missing('/bin/sh') }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    // 16 blocks of 512 bytes.
    const through = ['sh', '-c', 'ulimit -f 16 && exec "$@"', 'sh'];
    const message = failureOf(await runCli(FILES, { cwd: folder.path, through }), 5);
    assert.match(message, /^out\.tif: cannot write .*file too large.*\(EFBIG\)/);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  for (const descriptors of [24, 26, 28, 30, 34, 38]) {
    test(`there are ${descriptors} descriptors, and four processes to start: it ends, and so do they`, { skip: missing('/bin/sh') || noProcessList }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const through = ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh'];
      const run = startCli([...FILES, '--pool', 'processes', '-j', '4', '--retries', '0'], { cwd: folder.path, through });
      const result = await run.ended;
      // Where the last one is missing to a file, it is that file which is named.
      if (result.code !== 0) assert.match(failureOf(result, result.code === 5 ? 5 : 6), /EMFILE|worker \d .*died/);
      await until('its processes are gone', () => markedProcesses(run.mark).length === 0);
      assert.deepEqual(folder.list(), result.code === 0 ? ['in.tif', 'out.tif'] : ['in.tif']);
    });
  }

  // With fewer, Node itself does not start.
  for (const descriptors of [19, 20, 21, 22, 23, 24]) {
    test(`there are ${descriptors} descriptors, and threads to start: nobody calls it a bug`, { skip: missing('/bin/sh') }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const through = ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh'];
      const { code, stderr } = await runCli(['sharpen', 'in.tif', 'out.tif', '--pool', 'threads'], { cwd: folder.path, through });
      assert.doesNotMatch(stderr, /a bug in rastq/);
      assert.deepEqual(folder.list(), code === 0 ? ['in.tif', 'out.tif'] : ['in.tif']);
    });
  }

  // Of a raster that looks large, threads start while the log may still have to be loaded.
  for (const descriptors of [19, 20, 22, 24, 26, 28, 30, 32]) {
    test(`there are ${descriptors} descriptors, and four threads that are started early: nobody calls it a bug`, { skip: missing('/bin/sh') }, async (t) => {
      const folder = new Folder(t);
      writeFileSync(folder.at('in.tif'), LARGE);
      const through = ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh'];
      const result = await runCli([...FILES, '-j', '4'], { cwd: folder.path, through });
      if (result.code !== 0) assert.match(failureOf(result, result.code === 6 ? 6 : 5), /no more file descriptors|too many open files|EMFILE/);
      assert.deepEqual(folder.list(), result.code === 0 ? ['in.tif', 'out.tif'] : ['in.tif']);
    });
  }

  for (const pool of ['threads', 'processes', 'inline']) {
    test(`there is no address space for kernels, ${pool}: one line says so`, { skip: missing('/bin/sh') }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      // Node starts within 8 GB.
      const through = ['sh', '-c', 'ulimit -v 8000000 && exec "$@"', 'sh'];
      const message = failureOf(await runCli([...FILES, '--pool', pool], { cwd: folder.path, through }), 3);
      assert.match(message, /^there is no address space for the memory of kernels.* \(ulimit -v\)/);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test('stdout is full: one line, no stack', { skip: missing('/dev/full') }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const through = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
    const result = await runCli([...FILES, '--json'], { cwd: folder.path, through });
    assert.match(failureOf(result, 5), /no space left on device/);
  });

  test('stdout is full, and a raster goes there: one line', { skip: missing('/dev/full') }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const through = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
    const result = await runCli(['normalize', 'in.tif', '-', '--spool-dir', '.'], { cwd: folder.path, through });
    assert.match(failureOf(result, 5), /^rastq: standard output: cannot write: no space left on device \(ENOSPC\)$/);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  for (const words of [['normalize', 'in.tif', '-'], ['info', 'in.tif'], ['ops'], ['--help']]) {
    test(`stdout is a file that takes a part of what is written, ${words.join(' ')}: one line`, { skip: missing('/bin/sh') }, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      // 16 blocks of 512 bytes: there is room for 100 more.
      writeFileSync(folder.at('taken'), new Uint8Array(16 * 512 - 100));
      const through = ['sh', '-c', 'ulimit -f 16 && exec "$@" >> taken', 'sh'];
      const message = failureOf(await runCli(words, { cwd: folder.path, through }), 5);
      assert.match(message, /^rastq: standard output: cannot write: .*file too large.*\(EFBIG\)$/);
    });
  }
});
