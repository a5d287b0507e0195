import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan } from '../../src/index.js';
import { temporaryFolder } from './support/folder.js';
import { testNormalized } from './support/normalized.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();

/** Bands of few values, so that pixels have the tuple in all bands, in some and in none. */
function specOf(values: string, others: Pick<TiffSpec, 'bands' | 'dtype'> & Partial<TiffSpec>): TiffSpec {
  return {
    width: 60, height: 40, layout: { rowsPerStrip: 16 }, compression: 'lzw', ...others,
    extraTags: [{ tag: 42112, type: 'ASCII', values: `<GDALMetadata>\n  <Item name="NODATA_VALUES">${values}</Item>\n</GDALMetadata>\n` }],
    pixel: (band, row, col) => Math.floor(noise(band + 1, row, col) * 3) + band,
  };
}

const INPUTS: readonly [what: string, spec: TiffSpec][] = [
  ['three bytes', specOf('0 1 2', { bands: 3, dtype: 'uint8' })],
  ['planes of 16 bits', specOf('1 2 4 5', { bands: 4, dtype: 'uint16', interleave: 'band' })],
  ['floats', specOf('0 1', { bands: 2, dtype: 'float32' })],
  ['signed integers beside a nodata value that no longer counts', specOf('0 1', { bands: 2, dtype: 'int16', nodata: '1' })],
  ['RGB and alpha', specOf('0 1 2 3', { bands: 4, dtype: 'uint8', photometric: 2, extraSamples: [2] })],
  ['a single band', specOf('2', { bands: 1, dtype: 'uint8' })],
  ['too few values, which say nothing', specOf('0 1', { bands: 3, dtype: 'uint8' })],
];

describe('pixels that equal a value in each band at once are invalid, as in GDAL', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  testNormalized(folder, INPUTS);

  test('indexes whose colours are looked up', async () => {
    const [input, output] = ['indexed.tif', 'colours.tif'].map((name) => join(folder, name));
    const spec = specOf('2', { bands: 1, dtype: 'uint8', photometric: 3 });
    const colours = { tag: 320, type: 'SHORT', values: Array.from({ length: 768 }, (_, at) => (at % 256) * 257) } as const;
    writeFileSync(input, writeTiff({ ...spec, extraTags: [colours, ...spec.extraTags!] }));
    const { plan } = await planRequest({ input, output, steps: [{ operation: 'reverse-bands' }], expand: 'rgb' });
    await runPlan(plan, { ...INLINE, target: checkTarget(output, { overwrite: true }) });
    const [{ differing, invalid }] = runPython('masks.py', [{ input, output, bands: [0, 0, 0] }]) as [{ differing: number[]; invalid: number[] }];
    assert.deepEqual(differing, [0, 0, 0]);
    assert.ok(invalid[0] > 0);
  });
});
