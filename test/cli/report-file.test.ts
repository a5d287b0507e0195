import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Report } from '../../src/report/report.js';
import { until } from '../support/children.js';
import { assertSilentSuccess, failureOf, type RunningCli, runCli, startCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];
/** A folder of two names. */
const LINKED = [(folder: Folder): unknown => mkdirSync(folder.at('real')), (folder: Folder): unknown => symlinkSync('real', folder.at('link'))];

describe('--report-file', { concurrency: 3 }, () => {
  test('writes the report that --json prints, and replaces an old one', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('report.json'), 'old');
    const result = await runCli([...FILES, '--json', '--report-file', 'report.json'], { cwd: folder.path });
    assertSilentSuccess(result);
    assert.deepEqual(JSON.parse(readFileSync(folder.at('report.json'), 'utf8')), JSON.parse(result.stdout));
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif', 'report.json']);
  });

  test('alone prints nothing', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const result = await runCli([...FILES, '--report-file', 'report.json'], { cwd: folder.path });
    assert.deepEqual(result, { code: 0, signal: null, stdout: '', stderr: '' });
    const report = JSON.parse(readFileSync(folder.at('report.json'), 'utf8')) as Report;
    assert.equal(report.output.path, 'out.tif');
  });

  test('that is a directory: code 5, before there is an output', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    mkdirSync(folder.at('report'));
    assert.match(failureOf(await runCli([...FILES, '--report-file', 'report'], { cwd: folder.path }), 5), /^report: .*EISDIR/);
    assert.deepEqual(folder.list(), ['in.tif', 'report']);
  });

  test('named as a directory is: code 5, before there is an output', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    assert.match(failureOf(await runCli([...FILES, '--report-file', 'report/'], { cwd: folder.path }), 5), /^report\/: .*EISDIR/);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('in no directory: code 5, before there is an output', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const result = await runCli([...FILES, '--report-file', 'missing/report.json'], { cwd: folder.path });
    assert.match(failureOf(result, 5), /^missing\/report\.json: .*ENOENT/);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('that is the input or the output: code 2, and both stay as they are', async (t) => {
    const folder = new Folder(t);
    const input = folder.addFixture('uint8-full-range.tif');
    const before = readFileSync(input);
    writeFileSync(folder.at('out.tif'), 'old');
    for (const report of ['in.tif', 'out.tif']) {
      failureOf(await runCli([...FILES, '--overwrite', '--report-file', report], { cwd: folder.path }), 2);
      assert.deepEqual(readFileSync(input), before);
      assert.equal(readFileSync(folder.at('out.tif'), 'utf8'), 'old');
    }
  });

  const CALC = ['calc', 'out.tif', '--expr', 'b1 + v', '--input', 'in.tif', '--input', 'v=more.tif'];
  const IS_INPUT = /^--report-file \S+: is the input (in|more)\.tif, give another path$/;
  for (const [where, words, makeFiles, says] of [
    ["at another of calc's inputs", [...CALC, '--report-file', 'more.tif'], [], IS_INPUT],
    ['at another name of the input', [...FILES, '--report-file', 'hard.json'], [(folder: Folder) => linkSync(folder.at('in.tif'), folder.at('hard.json'))], IS_INPUT],
    ["at the input's mask", [...FILES, '--report-file', './in.tif.msk'], [], /is read beside the input in\.tif/],
    ['at a link to an output that is not there yet', [...FILES, '--report-file', 'r.json'], [(folder: Folder) => symlinkSync('out.tif', folder.at('r.json'))], /is the output/],
    ["in the output's folder by another name", ['normalize', 'in.tif', 'link/out.tif', '--html', 'real/out.tif'], LINKED, /^--html .* is the output/],
    ["at the output's journal", [...FILES, '--resume', '--report-file', 'out.tif.journal'], [], /is the output's journal/],
    ['at what a run before has kept', [...FILES, '--html', 'out.tif.partial'], [], /is the partial output/],
    ["at the output's lock", [...FILES, '--report-file', '.out.tif.lock'], [], /is the output's lock/],
    ['at the place of the page', [...FILES, '--report-file', 'link/r', '--html', 'real/r'], LINKED, /^--html real\/r: is the report/],
  ] as const) {
    test(`${where}: code 2, and all files stay as they are`, async (t) => {
      const folder = new Folder(t);
      const before = [folder.addFixture('uint8-full-range.tif'), folder.addFixture('uint8-full-range.tif', 'more.tif')].map((path) => readFileSync(path));
      for (const make of makeFiles) make(folder);
      const names = folder.list();
      assert.match(failureOf(await runCli(words, { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), names);
      assert.deepEqual([folder.read('in.tif'), folder.read('more.tif')], before);
    });
  }

  const noPipes = process.platform === 'win32' && 'Windows has no such pipes';
  /** A run whose output is complete, and which is at its report, a pipe that nobody reads. */
  async function reporting(folder: Folder, option: string): Promise<RunningCli> {
    folder.addFixture('uint8-full-range.tif');
    execFileSync('mkfifo', [folder.at('pipe')]);
    const run = startCli([...FILES, option, 'pipe'], { cwd: folder.path });
    await until('the output is there, and its lock gone', () => folder.list().join() === 'in.tif,out.tif,pipe', run.hasEnded);
    return run;
  }

  test('at a pipe that nobody reads: a signal ends the run, and the output stays', { skip: noPipes }, async (t) => {
    const folder = new Folder(t);
    const run = await reporting(folder, '--report-file');
    run.kill('SIGTERM');
    assert.match(failureOf(await run.ended, 143), /SIGTERM/);
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif', 'pipe']);
  });

  for (const [option, end] of [['--report-file', '}\n'], ['--html', '</html>\n']] as const) {
    test(`at a pipe that is read late, and more slowly than it is written, comes whole: ${option}`, { skip: noPipes }, async (t) => {
      const folder = new Folder(t);
      const run = await reporting(folder, option);
      const reader = createReadStream(folder.at('pipe'), { highWaterMark: 512 });
      let text = '';
      reader.setEncoding('utf8').on('data', (piece) => (text += String(piece)));
      await once(reader, 'end');
      assertSilentSuccess(await run.ended);
      assert.equal(text.slice(-end.length), end);
      if (option === '--report-file') assert.equal((JSON.parse(text) as Report).output.path, 'out.tif');
    });
  }

  test('where standard output goes: code 2', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const through = ['/bin/sh', '-c', 'exec "$@" > out.tif', 'sh'];
    assert.match(failureOf(await runCli(['normalize', 'in.tif', '-', '--report-file', 'out.tif'], { cwd: folder.path, through }), 2), /is the output/);
    assert.equal(folder.read('out.tif').length, 0);
  });
});
