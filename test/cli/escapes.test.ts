import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

/** By Unicode's own properties: control characters but the end of a line, and what turns the direction of text. */
const OBEYED = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
/** A colour, a title, the C1 byte that begins a sequence, DEL, a direction turned round. */
const NASTY = 'a\u001b[31mb\u001b]0;title\u0007c\u009b2Jd\u007fe\u202ef';
const INPUT = `in ${NASTY}.tif`;
const OUTPUT = `out ${NASTY}.tif`;
const onWindows = process.platform === 'win32' && 'names of files cannot hold control characters there';

const SPEC: TiffSpec = {
  width: 32, height: 32, bands: 2, dtype: 'uint8', pixel: (band, row, col) => band + row + col + 1, layout: { tile: { width: 16, height: 16 } },
  extraTags: [{ tag: 42112, type: 'ASCII', values: metadata(`x${NASTY}y\nreference      forged`) }],
};

/** GDAL's metadata of a file and of a band, as it writes them: such characters as they are. */
function metadata(value: string): string {
  return `<GDALMetadata>\n  <Item name="note">${value}</Item>\n  <Item name="DESCRIPTION" sample="0" role="description">${value}</Item>\n</GDALMetadata>`;
}

function folderWith(t: TestContext): Folder {
  const folder = new Folder(t);
  writeFileSync(folder.at(INPUT), writeTiff(SPEC));
  return folder;
}

function assertShown(text: string): void {
  assert.notEqual(text, '');
  assert.doesNotMatch(text, OBEYED);
}

describe('what a terminal would obey is shown, not obeyed', { concurrency: 2, skip: onWindows }, () => {
  test('info: a fact is one line, whatever it holds', async (t) => {
    const { stdout, code } = await runCli(['info', INPUT], { cwd: folderWith(t).path });
    assert.equal(code, 0);
    assertShown(stdout);
    assert.match(stdout, /^metadata {7}note=xa\ufffd\[31mb\ufffd\]0;title\ufffdc\ufffd2Jd\ufffde\ufffdfy reference {6}forged$/m);
    assert.match(stdout, /^band 1 .*xa\ufffd\[31mb.* forged$/m);
    assert.doesNotMatch(stdout, /^reference {6}forged/m);
  });

  test('info --json: the same text, escaped', async (t) => {
    const { stdout } = await runCli(['info', INPUT, '--json'], { cwd: folderWith(t).path });
    assertShown(stdout);
    const { metadata: found, path } = JSON.parse(stdout) as { metadata: Record<string, string>; path: string };
    assert.equal(found['note'], `x${NASTY}y\nreference      forged`);
    assert.equal(path, INPUT);
  });

  for (const format of ['json', 'pretty']) {
    test(`a run's report, details and progress, --log-format ${format}`, async (t) => {
      const folder = folderWith(t);
      const words = ['normalize', INPUT, OUTPUT, '-v', '--progress', '--log-format', format, '--html', 'page.html', '--report-file', 'report.json'];
      const { stdout, stderr, code } = await runCli(words, { cwd: folder.path, env: { NO_COLOR: '1' } });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, '');
      // What the progress bar itself says to a terminal.
      // eslint-disable-next-line no-control-regex
      assertShown(stderr.replace(/\u001b\[(\?25[hl]|\d*[GKJ])/g, ''));
      assertShown(folder.read('report.json').toString());
      assert.equal((JSON.parse(folder.read('report.json').toString()) as { output: { path: string } }).output.path, OUTPUT);
      const facts = /<title>.*<div id="plots">/s.exec(readFileSync(folder.at('page.html'), 'utf8'))![0];
      assertShown(facts);
    });

    test(`errors with their stacks, --log-format ${format}`, async (t) => {
      const folder = folderWith(t);
      renameSync(folder.at(INPUT), folder.at('in.tif'));
      const { stderr, code } = await runCli(['normalize', INPUT, 'out.tif', '-v', '--log-format', format], { cwd: folder.path, env: { NO_COLOR: '1' } });
      assert.equal(code, 5);
      assert.match(stderr, /caused by/);
      assertShown(stderr);
    });
  }

  test('the plan, what differs, and what is wrong with a command line', async (t) => {
    const folder = folderWith(t);
    mkdirSync(folder.at(OUTPUT));
    for (const words of [['normalize', INPUT, 'out.tif', '--dry-run'], ['compare', INPUT, INPUT, '--json']]) assertShown((await runCli(words, { cwd: folder.path })).stdout + '.');
    for (const words of [['normalize', INPUT, OUTPUT], [NASTY], ['info', INPUT, `--${NASTY}`], ['info', 'none', NASTY]]) {
      const { code, stdout, stderr } = await runCli(words, { cwd: folder.path });
      assert.notEqual(code, 0);
      assert.equal(stdout, '');
      assertShown(stderr);
    }
  });
});
