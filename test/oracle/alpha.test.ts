import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertCarriedOver, assertSamePixels, type ComparedFiles, compareByGdal, type Comparison } from './support/comparison.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules } from './support/python.js';
import { normalize, type NormalizeOptions } from './support/run.js';

const folder = temporaryFolder();
const RGB = 2;

/** A file whose given band is 0 in a third of the pixels, where it hides the others if it is their alpha. */
function specOf(bands: number, alpha: number, others: Pick<TiffSpec, 'dtype' | 'extraSamples' | 'photometric' | 'nodata'>): TiffSpec {
  const opacity = (row: number, col: number): number => Math.max(0, Math.floor(noise(1, row, col) * 180) - 60);
  return {
    width: 60, height: 40, bands, ...others, layout: { rowsPerStrip: 16 }, compression: 'lzw',
    pixel: (band, row, col) => (band === alpha ? opacity(row, col) : hills(1, 120)(band, row, col)),
  };
}

const INPUTS: readonly [what: string, spec: TiffSpec][] = [
  ['RGBA of 8 bits', specOf(4, 3, { dtype: 'uint8', photometric: RGB, extraSamples: [2] })],
  ['RGBA of 16 bits', specOf(4, 3, { dtype: 'uint16', photometric: RGB, extraSamples: [1] })],
  ['RGBA of signed bytes', specOf(4, 3, { dtype: 'int8', photometric: RGB, extraSamples: [2] })],
  ['RGBA of signed integers', specOf(4, 3, { dtype: 'int16', photometric: RGB, extraSamples: [2] })],
  ['RGBA of floats', specOf(4, 3, { dtype: 'float32', photometric: RGB, extraSamples: [2] })],
  ['grey and alpha', specOf(2, 1, { dtype: 'uint8', extraSamples: [2] })],
  ['grey, alpha, and two more', specOf(4, 1, { dtype: 'uint8', extraSamples: [2, 0, 0] })],
  ['grey, two more, and alpha', specOf(4, 3, { dtype: 'uint8', extraSamples: [0, 0, 2] })],
  ['grey, one more, and alpha', specOf(3, 2, { dtype: 'uint8', extraSamples: [0, 2] })],
  ['grey and alpha beside nodata', specOf(2, 1, { dtype: 'uint8', extraSamples: [2], nodata: '0' })],
  ['grey, two more, and alpha beside nodata', specOf(4, 3, { dtype: 'uint16', extraSamples: [0, 0, 2], nodata: '7' })],
  ['grey and alpha beside nodata that bytes do not have', specOf(2, 1, { dtype: 'uint8', extraSamples: [2], nodata: '-1' })],
  ['RGBA and one more', specOf(5, 3, { dtype: 'uint8', photometric: RGB, extraSamples: [2, 0] })],
];

const OPTIONS: readonly NormalizeOptions[] = [
  {},
  { dtype: 'uint8', range: { min: 0, max: 255 } },
  { dtype: 'int16', range: { min: -500, max: 500 } },
  { dtype: 'float32', range: { min: 0, max: 1 } },
];

describe('GDAL masks by alpha in the output what it masks in the input', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  const files: ComparedFiles[] = INPUTS.flatMap((_, i) =>
    OPTIONS.map((options, n) => ({ input: join(folder, `in-${i}.tif`), output: join(folder, `out-${i}-${n}.tif`), options })),
  );
  let found: readonly Comparison[] = [];
  before(async () => {
    INPUTS.forEach(([, spec], i) => writeFileSync(join(folder, `in-${i}.tif`), writeTiff(spec)));
    for (const { input, output, options } of files) await normalize(input, output, options);
    found = compareByGdal(files);
  });

  files.forEach(({ options }, i) => {
    test(`${INPUTS[Math.floor(i / OPTIONS.length)][0]} to ${options.dtype ?? 'uint16'}`, () => {
      // Not its name: whether a band may be called alpha changes with its type, and what it must do is seen in the masks.
      assertCarriedOver(found[i]);
      assertSamePixels(found[i]);
    });
  });
});
