import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import { type TiffSpec, sampleAt } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { FUNCTION_NAMES } from '../../src/ops/expression/parse.js';
import { loadOperation, operationNames } from '../../src/ops/load.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const PAGE = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

const between = (mark: string): string => PAGE.split(`<!-- ${mark} -->`)[1].split(`<!-- /${mark} -->`)[0].trim();

test('the page lists every operation', async () => {
  const rows = await Promise.all(operationNames().map(async (name) => `| \`${name}\` | ${(await loadOperation(name)).summary} |`));
  assert.deepEqual(between('operations').split('\n'), rows);
});

test('the page lists every function', () => assert.equal(between('functions'), FUNCTION_NAMES.join(', ')));

/** The modules on the page, by their names. */
const MODULES = new Map([...PAGE.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs)].map(([, name, code]) => [name, code]));

const SPEC: TiffSpec = {
  width: 300, height: 270, bands: 2, dtype: 'int16', nodata: '100',
  pixel: hills(4, 240), layout: { tile: { width: 64, height: 64 } },
};

const isValid = (band: number, row: number, col: number): boolean => sampleAt(SPEC, band, row, col) !== 100;

/** What a module's operation must make of the valid pixels. */
const WANTED: Readonly<Record<string, { readonly op: string; readonly bands: number; readonly at: (band: number, row: number, col: number) => number | null }>> = {
  'halve.mjs': { op: ':halveIt', bands: 2, at: (band, row, col) => (isValid(band, row, col) ? Math.trunc(sampleAt(SPEC, band, row, col) / 2) : null) },
  'darken.mjs': { op: '', bands: 2, at: (band, row, col) => (isValid(band, row, col) ? sampleAt(SPEC, band, row, col) - darkest(row, col) : null) },
  'scaled.mjs': { op: ':scaled:by=3', bands: 2, at: (band, row, col) => (isValid(band, row, col) ? sampleAt(SPEC, band, row, col) * 3 : null) },
  'slope.mjs': { op: ':cell=10', bands: 1, at: slope },
};

const darkestOf = new Map<string, number>();

/** Of the window of 256 pixels that a pixel is in. */
function darkest(row: number, col: number): number {
  const [top, left] = [row, col].map((at) => Math.floor(at / 256) * 256);
  const key = `${top} ${left}`;
  let found = darkestOf.get(key) ?? Infinity;
  if (found < Infinity) return found;
  for (let band = 0; band < 2; band++) {
    for (let r = top; r < Math.min(top + 256, SPEC.height); r++) {
      for (let c = left; c < Math.min(left + 256, SPEC.width); c++) if (isValid(band, r, c)) found = Math.min(found, sampleAt(SPEC, band, r, c));
    }
  }
  darkestOf.set(key, found);
  return found;
}

function slope(_: number, row: number, col: number): number | null {
  if (!isValid(0, row, col) || !isValid(1, row, col)) return null;
  const mirrored = (at: number, end: number): number => (at < 0 ? -at : at >= end ? 2 * (end - 1) - at : at);
  const z = (r: number, c: number): number => sampleAt(SPEC, 0, mirrored(r, SPEC.height), mirrored(c, SPEC.width));
  return Math.fround(Math.hypot(z(row + 1, col) - z(row - 1, col), z(row, col + 1) - z(row, col - 1)) / 20);
}

describe('the modules on the page do what it says', () => {
  test('all of them are run here', () => assert.deepEqual([...MODULES.keys()], Object.keys(WANTED)));

  for (const [name, { op, bands, at }] of Object.entries(WANTED)) {
    test(name, async (t) => {
      const folder = new Folder(t);
      writeFileSync(folder.at(name), MODULES.get(name)!);
      writeFileSync(folder.at('in.tif'), writeTiff(SPEC));
      for (const [i, how] of [['--pool', 'inline'], ['-j', '3', '--co', 'BLOCKXSIZE=48', '--co', 'BLOCKYSIZE=80']].entries()) {
        assertSilentSuccess(await runCli(['run', 'in.tif', `${i}.tif`, '--op', `./${name}${op}`, ...how], { cwd: folder.path }));
        const read = await readByGeotiff(folder.at(`${i}.tif`));
        assert.equal(read.bands.length, bands);
        for (let band = 0; band < bands; band++) {
          for (let p = 0; p < read.bands[band].length; p++) {
            const wanted = at(band, Math.floor(p / SPEC.width), p % SPEC.width);
            const value = read.bands[band][p];
            const isNodata = Number.isNaN(value) || value === read.nodata;
            if (wanted === null) assert.ok(isNodata, `pixel ${p} of band ${band + 1} is ${value}, wanted nodata`);
            // Halves are rounded to even, and what equals nodata moves by one.
            else assert.ok(!isNodata && Math.abs(value - wanted) <= (bands === 2 ? 1 : 1e-4), `pixel ${p} of band ${band + 1} is ${value}, wanted ${wanted}`);
          }
        }
      }
    });
  }
});

describe('a user\'s operation that fails ends the run with its window', { concurrency: 2 }, () => {
  const FAULTS: readonly (readonly [code: string, exit: number, says: RegExp])[] = [
    ['export default () => { throw new Error("no luck"); }', 6, /\.\/u\.mjs failed on 256 x 256 pixels at column 0, row 0: no luck/],
    ['export default (w) => { w.data[0] = NaN; return { ...w, shape: [1, 2, 3], get: w.get }; }', 6, /shape \(1, 2, 3\), wanted .*\(2, 256, 256\)/],
    ['export default async (w) => w', 6, /a Promise/],
    ['export default () => undefined', 6, /returned undefined, wanted an ndarray/],
    ['export default { describe: () => ({ dtype: "float32" }), kernel: (w) => { const data = new Float32Array(w.data.length).fill(NaN); return { shape: w.shape, data, get: () => NaN }; } }', 6, /returned NaN for band 1, row \d+, column \d+/],
    ['export default { halo: -1, kernel: (w) => w }', 2, /halo is -1/],
    ['export default { describe: () => ({ dtype: "float16" }), kernel: (w) => w }', 2, /float16/],
    ['export default 7', 2, /wanted a function/],
    ['export const other = 1', 2, /has no export default: there are other/],
    ['syntax error', 2, /cannot be loaded/],
  ];
  for (const [code, exit, says] of FAULTS) {
    test(code.slice(0, 60), async (t) => {
      const folder = new Folder(t);
      writeFileSync(folder.at('u.mjs'), code);
      writeFileSync(folder.at('in.tif'), writeTiff(SPEC));
      assert.match(failureOf(await runCli(['run', 'in.tif', 'out.tif', '--op', './u.mjs', '-j', '1'], { cwd: folder.path }), exit), says);
      assert.deepEqual(folder.list(), ['in.tif', 'u.mjs']);
    });
  }
});
