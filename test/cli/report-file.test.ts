import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Report } from '../../src/report/report.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];

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
});
