import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Tag, TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan } from '../../src/index.js';
import { describeFile } from '../../src/pipeline/describe.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();

/** GDAL's metadata tag, which names the colours of bands from the first one on. */
const named = (...colours: readonly string[]): Tag => ({
  tag: 42112, type: 'ASCII', values: `<GDALMetadata>\n${colours.map((colour, i) => `  <Item name="COLORINTERP" sample="${i}" role="colorinterp">${colour}</Item>\n`).join('')}</GDALMetadata>\n`,
});

const specOf = (bands: number, colours: readonly string[], others: Partial<TiffSpec> = {}): TiffSpec => ({
  width: 40, height: 30, bands, dtype: 'uint8', layout: { rowsPerStrip: 16 }, extraTags: [named(...colours)],
  pixel: (band, row, col) => (colours[band] === 'Alpha' ? (col < 20 ? 0 : 255) : (band * 50 + row + col) % 250),
  ...others,
});

const bandsOf = (...bands: readonly number[]): Picked => ({ operation: 'select-bands', params: { bands: bands.map((band) => band + 1) }, bands });
const kept = (bands: number): Picked => ({ operation: 'clamp', params: { min: 0, max: 255 }, bands: Array.from({ length: bands }, (_, band) => band) });
const RGBA = ['Red', 'Green', 'Blue', 'Alpha'];

/** An operation, and which of the input's bands its output has. */
interface Picked { readonly operation: string; readonly params: Readonly<Record<string, unknown>>; readonly bands: readonly number[] }

const CASES: readonly (readonly [what: string, spec: TiffSpec, alpha: boolean, step: Picked])[] = [
  ['the last of four bands is named', specOf(4, RGBA), true, kept(4)],
  ['the last of four bands is named and picked elsewhere', specOf(4, RGBA), true, bandsOf(1, 0)],
  ['the last of two bands is named', specOf(2, ['Gray', 'Alpha']), true, kept(2)],
  ['the last of three bands is named', specOf(3, ['Gray', 'Undefined', 'Alpha']), false, kept(3)],
  ['the last of four signed bands is named, and written as bytes', specOf(4, RGBA, { dtype: 'int16' }), false, { ...kept(4), params: { min: 0, max: 255, dtype: 'uint8' } }],
  ['a nodata value counts more', specOf(4, RGBA, { nodata: '7' }), false, kept(4)],
  ['the name counts more than the tag', specOf(4, ['Red', 'Green', 'Blue', 'Undefined'], { extraSamples: [0, 0, 2] }), false, kept(4)],
  ['the first of four bands becomes the last', specOf(4, ['Alpha', 'Red', 'Green', 'Blue']), false, bandsOf(1, 2, 3, 0)],
  ['the first of two bands becomes the last', specOf(2, ['Alpha', 'Gray']), false, bandsOf(1, 0)],
  ['the only band becomes four', specOf(1, ['Alpha']), false, bandsOf(0, 0, 0, 0)],
];

describe('alpha that only metadata names is a mask where GDAL has it for one', { skip: missingModules('osgeo.gdal') }, () => {
  const paths = CASES.map(([, , , { bands }], i) => ({ input: join(folder, `in-${i}.tif`), output: join(folder, `out-${i}.tif`), bands }));
  let found: readonly { readonly differing: readonly number[]; readonly invalid: readonly number[] }[] = [];
  before(async () => {
    for (const [i, { input, output }] of paths.entries()) {
      const [, spec, , { operation, params }] = CASES[i];
      writeFileSync(input, writeTiff(spec));
      const { plan } = await planRequest({ input, output, steps: [{ operation, params }] });
      await runPlan(plan, { ...INLINE, target: checkTarget(output, { overwrite: true }) });
    }
    found = runPython('masks.py', paths) as typeof found;
  });

  CASES.forEach(([what, { bands, nodata }, isAlpha], i) => {
    test(what, async () => {
      // Of an alpha band that masks the others GDAL has all pixels valid.
      const isJudged = paths[i].bands.map((band) => !isAlpha || band !== bands - 1);
      assert.deepEqual(found[i].differing.filter((_, band) => isJudged[band]), isJudged.filter(Boolean).map(() => 0));
      assert.equal(found[i].invalid[0] > 0, isAlpha || nodata !== undefined);
      assert.equal((await describeFile(paths[i].input, 1)).mask, isAlpha ? 'alpha' : nodata === undefined ? 'none' : 'nodata');
    });
  });
});
