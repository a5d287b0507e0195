import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { assertSilentSuccess, failureOf, RASTQ, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const SPEC: TiffSpec = {
  width: 150, height: 120, bands: 2, dtype: 'int16', nodata: '-1', layout: { tile: { width: 64, height: 64 } },
  pixel: (band, row, col) => (noise(3, row >> 3, col >> 2) < 0.1 ? -1 : hills(-400, 900)(band, row, col)),
};

/** A folder with an input in it. */
function started(t: TestContext): Folder {
  const folder = new Folder(t);
  writeFileSync(folder.at('in.tif'), writeTiff(SPEC));
  return folder;
}

const STEPS = ['--op', 'scale:factor=0.5:dtype=int16', '--op', 'sharpen'];

describe('--dtype and --nodata of a chain', () => {
  const wanted: readonly (readonly [flags: readonly string[], params: string])[] = [
    [['--dtype', 'uint8'], ':dtype=Byte'],
    [['--nodata', '7'], ':nodata=7'],
    [['--dtype', 'float32', '--nodata', 'nan'], ':dtype=float32:nodata=nan'],
  ];
  for (const [flags, params] of wanted) {
    test(`${flags.join(' ')} are the last operation's`, async (t) => {
      const folder = started(t);
      assertSilentSuccess(await runCli(['run', 'in.tif', 'a.tif', ...STEPS, ...flags], { cwd: folder.path }));
      assertSilentSuccess(await runCli(['run', 'in.tif', 'b.tif', ...STEPS.slice(0, -1), `${STEPS.at(-1)!}${params}`], { cwd: folder.path }));
      assert.ok(readFileSync(folder.at('a.tif')).equals(readFileSync(folder.at('b.tif'))));
      const { nodata, bands } = await readByGeotiff(folder.at('a.tif'));
      const at = flags.indexOf('--nodata');
      if (at !== -1) assert.ok(Object.is(nodata, Number(flags[at + 1])));
      const dtype = flags[flags.indexOf('--dtype') + 1];
      assert.equal(bands[0].constructor.name, { uint8: 'Uint8Array', float32: 'Float32Array' }[dtype] ?? 'Int16Array');
    });
  }

  test('are refused where that takes none', async (t) => {
    const { path } = started(t);
    const chain = ['run', 'in.tif', 'out.tif', '--op', 'sharpen', '--op', 'select-bands:bands=1', '--dtype', 'uint8'];
    assert.match(failureOf(await runCli(chain, { cwd: path }), 2), /--dtype: the last operation, select-bands, has no such parameter/);
    assert.match(failureOf(await runCli(['run', 'in.tif', 'out.tif', '--op', 'sharpen', '--dtype', 'float16'], { cwd: path }), 2), /float16/);
  });
});

/** Runs rastq with a file as standard input. @returns what it wrote to standard output */
async function piped(words: readonly string[], input: string, cwd: string): Promise<Buffer> {
  const child = spawn(process.execPath, [RASTQ, ...words], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  createReadStream(input).pipe(child.stdin);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const output = await buffer(child.stdout);
  assert.equal(await ended, 0);
  return output;
}

describe('- is standard input and output', () => {
  const COMMANDS: readonly (readonly [name: string, words: (input: string, output: string) => string[]])[] = [
    ['run', (input, output) => ['run', input, output, ...STEPS]],
    ['calc', (input, output) => ['calc', output, '--expr', 'b1 - b2', '--input', input]],
    ['calc of two', (input, output) => ['calc', output, '--expr', 'b1 - a.b2', '--input', input, '--input', 'a=in.tif']],
    ['calc, the second', (input, output) => ['calc', output, '--expr', 'b1 - a.b2', '--input', 'in.tif', '--input', `a=${input}`]],
  ];
  for (const [name, words] of COMMANDS) {
    test(name, async (t) => {
      const folder = started(t);
      assertSilentSuccess(await runCli(words('in.tif', 'out.tif'), { cwd: folder.path }));
      const output = await piped(words('-', '-'), folder.at('in.tif'), folder.path);
      assert.ok(output.equals(readFileSync(folder.at('out.tif'))));
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
    });
  }
});

test('a user\'s operation in TypeScript runs where Node strips types, and elsewhere is told why not', async (t) => {
  const folder = started(t);
  writeFileSync(
    folder.at('mine.ts'),
    `import type { NdArray } from 'ndarray';
    export function halveIt(window: NdArray<Int16Array>): NdArray<Int16Array> {
      for (let i = 0; i < window.data.length; i++) window.data[i] /= 2;
      return window;
    }`,
  );
  writeFileSync(folder.at('mine.mjs'), 'export function halveIt(w) { for (let i = 0; i < w.data.length; i++) w.data[i] /= 2; return w; }');
  const result = await runCli(['run', 'in.tif', 'ts.tif', '--op', './mine.ts:halveIt', '-j', '2'], { cwd: folder.path });
  if (!('typescript' in process.features) || process.features.typescript === false) {
    assert.match(failureOf(result, 2), /does not read TypeScript: give JavaScript, or run rastq on Node 22\.18 or later/);
    return;
  }
  assert.equal(result.code, 0, result.stderr);
  assertSilentSuccess(await runCli(['run', 'in.tif', 'js.tif', '--op', './mine.mjs:halveIt'], { cwd: folder.path }));
  assert.ok(readFileSync(folder.at('ts.tif')).equals(readFileSync(folder.at('js.tif'))));
});
