import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan, UnsupportedError } from '../../src/index.js';
import { describeFile } from '../../src/pipeline/describe.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();
const SPEC = { width: 30, height: 20, dtype: 'uint8', layout: { rowsPerStrip: 8 }, pixel: (band: number, row: number, col: number) => (band + row * 3 + col) % 9 } as const;
const RGBA = { photometric: 2, extraSamples: [2] } as const;

/** GDAL's persistent metadata of bands, from the first one on; undefined: nothing of that band. */
const auxOf = (...values: readonly (string | undefined)[]): string =>
  `<PAMDataset>${values.map((value, i) => (value === undefined ? '' : `<PAMRasterBand band="${i + 1}"><NoDataValue>${value}</NoDataValue></PAMRasterBand>`)).join('')}</PAMDataset>`;

function make(name: string, spec: Partial<TiffSpec> & Pick<TiffSpec, 'bands'>, aux: string): string {
  const path = join(folder, `${name.replaceAll(' ', '-')}.tif`);
  writeFileSync(path, writeTiff({ ...SPEC, ...spec }));
  writeFileSync(`${path}.aux.xml`, aux);
  return path;
}

const plan = (input: string, output: string) =>
  planRequest({ input, output, steps: [{ operation: 'clamp', params: { min: 0, max: 255 } }], overwrite: true });

describe('nodata in .aux.xml', { skip: missingModules('osgeo.gdal') }, () => {
  const cases: readonly (readonly [what: string, spec: Partial<TiffSpec> & Pick<TiffSpec, 'bands'>, aux: string, mask: string])[] = [
    ['one band', { bands: 1 }, auxOf('3'), 'nodata'],
    ['two bands alike', { bands: 2 }, auxOf('3', '3'), 'nodata'],
    ['a band that the file does not have', { bands: 2 }, auxOf(undefined, undefined, '3'), 'none'],
    ['nothing in the element', { bands: 2 }, auxOf('', ' '), 'none'],
    ['a fraction', { bands: 1 }, auxOf('3.7'), 'nodata'],
    ['no number', { bands: 1 }, auxOf('none'), 'nodata'],
    ['of the dataset', { bands: 1 }, '<PAMDataset><NoDataValue>3</NoDataValue></PAMDataset>', 'none'],
    ["in place of the file's own", { bands: 2, nodata: '1' }, auxOf('3', '3'), 'nodata'],
    ["as the file's own, of one band", { bands: 2, nodata: '1' }, auxOf(undefined, '1'), 'nodata'],
    ["in place of the file's own, which the type does not hold", { bands: 1, nodata: '300' }, auxOf('3'), 'nodata'],
    ["that the type does not hold, in place of the file's own", { bands: 1, nodata: '1' }, auxOf('-1'), 'none'],
    ["nothing in the element beside the file's own", { bands: 1, nodata: '1' }, auxOf(''), 'nodata'],
    ['instead of alpha', { ...RGBA, bands: 4 }, auxOf('3', '3', '3', '3'), 'nodata'],
    ["that the type does not hold, so that alpha counts in place of the file's own", { ...RGBA, bands: 4, nodata: '3' }, auxOf('300', '300', '300', '300'), 'alpha'],
    ['said twice', { bands: 1 }, auxOf('1').replace('</PAMDataset>', auxOf('3').slice('<PAMDataset>'.length)), 'nodata'],
  ];
  let found: readonly { readonly differing: readonly number[]; readonly invalid: readonly number[]; readonly nodata: readonly (number | null)[] }[] = [];
  const paths = cases.map(([what, spec, aux]) => ({ input: make(what, spec, aux), output: join(folder, `${what.replaceAll(' ', '-')}.out.tif`), bands: Array.from({ length: spec.bands }, (_, band) => band) }));
  before(async () => {
    for (const { input, output } of paths) await runPlan((await plan(input, output)).plan, { ...INLINE, target: checkTarget(output, { overwrite: true }) });
    found = runPython('masks.py', paths) as typeof found;
  });

  cases.forEach(([what, { bands }, , mask], i) => {
    test(`${what}: the output's mask is the input's`, async () => {
      assert.deepEqual(found[i].differing, new Array(bands).fill(0));
      const info = await describeFile(paths[i].input, 1);
      assert.deepEqual([info.nodata, info.mask, found[i].invalid.some((count) => count > 0)], [found[i].nodata[0], mask, mask !== 'none']);
    });
  });

  const refused: readonly (readonly [what: string, spec: Partial<TiffSpec> & Pick<TiffSpec, 'bands'>, aux: string])[] = [
    ['two values', { bands: 2 }, auxOf('3', '4')],
    ["two values in place of the file's own", { bands: 2, nodata: '1' }, auxOf('3', '4')],
    ['the first of two bands alone', { bands: 2 }, auxOf('3')],
    ["the first of two bands alone, the other has the file's own", { bands: 2, nodata: '1' }, auxOf('3')],
    ['the last of three bands alone', { bands: 3 }, auxOf(undefined, undefined, '3')],
  ];
  for (const [what, spec, aux] of refused) {
    test(`${what}: is refused`, async () => {
      const input = make(what, spec, aux);
      await assert.rejects(plan(input, join(folder, 'refused.tif')), (error) => {
        assert.ok(error instanceof UnsupportedError, String(error));
        assert.match(error.message, /aux\.xml: bands with different nodata values.*gdalwarp -dstnodata/);
        return true;
      });
    });
  }
});
