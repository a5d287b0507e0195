import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hills } from '../../fixtures/pixels.js';
import { sampleAt, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { assertSilentSuccess, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, EXAMPLES));

async function runExample(folder: Folder, name: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, [pathOf(name), 'in.tif', 'out.tif'], { cwd: folder.path });
}

function folderWithScene(t: ConstructorParameters<typeof Folder>[0]): Folder {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  return folder;
}

describe('the examples do what they say', { concurrency: 2 }, () => {
  test('normalize, then sharpen, in ten lines: the bytes of the command', async (t) => {
    const lines = readFileSync(pathOf('normalize-and-sharpen.mjs'), 'utf8').trimEnd().split('\n').filter((line) => !line.startsWith('//') && line !== '');
    assert.ok(lines.length <= 10);
    const folder = folderWithScene(t);
    assert.match((await runExample(folder, 'normalize-and-sharpen.mjs')).stdout, /^6 windows in \d+\.\d\d s\n$/);
    assertSilentSuccess(await runCli(['run', 'in.tif', 'cli.tif', '--op', 'normalize', '--op', 'sharpen:amount=2'], { cwd: folder.path }));
    assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(folder.at('cli.tif'))));
  });

  test('reversed bands: those of the command, and of another reader', async (t) => {
    const folder = folderWithScene(t);
    await runExample(folder, 'reverse-bands.mjs');
    const [before, after] = [await readByGeotiff(folder.at('in.tif')), await readByGeotiff(folder.at('out.tif'))];
    assert.deepEqual(after.bands, [...before.bands].reverse());
    assert.equal(after.nodata, before.nodata);
    assertSilentSuccess(await runCli(['reverse-bands', 'in.tif', 'cli.tif'], { cwd: folder.path }));
    assert.deepEqual((await readByGeotiff(folder.at('cli.tif'))).bands, after.bands);
  });

  test('an operation of one\'s own: the deviation of the surroundings, without what is invalid', async (t) => {
    const folder = new Folder(t);
    const spec: TiffSpec = { width: 120, height: 90, bands: 2, dtype: 'int16', nodata: '100', pixel: hills(4, 240), layout: { tile: { width: 64, height: 64 } } };
    writeFileSync(folder.at('in.tif'), writeTiff(spec));
    assertSilentSuccess(await runCli(['run', 'in.tif', 'out.tif', '--op', `${pathOf('contrast.mjs')}:radius=2`, '--window', '48', '-j', '2'], { cwd: folder.path }));
    const { bands } = await readByGeotiff(folder.at('out.tif'));
    const mirrored = (at: number, end: number): number => (at < 0 ? -at : at >= end ? 2 * (end - 1) - at : at);
    let compared = 0;
    bands.forEach((band, b) => {
      for (let row = 0; row < spec.height; row++) {
        for (let col = 0; col < spec.width; col++) {
          if (sampleAt(spec, b, row, col) === 100) continue;
          const values: number[] = [];
          for (let r = row - 2; r <= row + 2; r++) for (let c = col - 2; c <= col + 2; c++) values.push(sampleAt(spec, b, mirrored(r, spec.height), mirrored(c, spec.width)));
          const valid = values.filter((value) => value !== 100);
          const mean = valid.reduce((sum, value) => sum + value, 0) / valid.length;
          const wanted = Math.sqrt(valid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / valid.length);
          assert.ok(Math.abs(band[row * spec.width + col] - wanted) < 1e-3, `band ${b}, row ${row}, column ${col}`);
          compared++;
        }
      }
    });
    assert.ok(compared > spec.width * spec.height);
  });

  test('progress: it ends at 100 %, on stderr', async (t) => {
    const folder = folderWithScene(t);
    const { stdout, stderr } = await runExample(folder, 'progress.mjs');
    assert.equal(stdout, '');
    assert.match(stderr, /100 %/);
    assertSilentSuccess(await runCli(['normalize', 'in.tif', 'cli.tif'], { cwd: folder.path }));
    assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(folder.at('cli.tif'))));
  });
});

test('every example is run by some test', () => {
  const tests = readdirSync(new URL('../../../test/', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const sources = tests.map((name) => readFileSync(new URL(`../../../test/${name}`, import.meta.url), 'utf8'));
  const examples = readdirSync(EXAMPLES);
  // A module that another example names is run with it.
  const others = (name: string): string[] => examples.filter((other) => other !== name).map((other) => readFileSync(new URL(other, EXAMPLES), 'utf8'));
  const unknown = examples.filter((name) => ![...sources, ...others(name)].some((source) => source.includes(name)));
  assert.deepEqual(unknown, []);
});
