import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import type { DType, TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertOutput } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { normalize } from '../oracle/support/run.js';

const folder = temporaryFolder();
const EDGE = 16;
const ACROSS = 3;

const isLeftOut = (row: number, col: number): boolean => (Math.floor(row / EDGE) * ACROSS + Math.floor(col / EDGE)) % 2 === 1;

/** Tiles of which every other one is left out, and what GDAL puts in their place: the nodata value as the type has it. */
const CASES: readonly [dtype: DType, nodata: string | undefined, fill: number][] = [
  ['uint8', undefined, 0],
  ['uint8', '7', 7],
  ['int16', '-32768', -32768],
  ['float32', 'nan', NaN],
  ['float32', '-9999', -9999],
  ['float64', '0.1', 0.1],
  // Not a float32, but the nearest one is what samples hold.
  ['float32', '0.1', 0.1],
  ['float32', '-3.4e+38', -3.4e38],
  // No samples of the type, so the nearest ones, which are valid.
  ['uint8', '-9999', 0],
  ['uint8', '300', 255],
  ['int16', '1e6', 32767],
];

describe('tiles left out of the input are full of nodata', () => {
  for (const [dtype, nodata, fill] of CASES) {
    for (const window of [16, 256]) {
      test(`${dtype}, nodata ${nodata ?? 'none'}, windows of ${window}`, async () => {
        const pixel: TiffSpec['pixel'] = (band, row, col) => (isLeftOut(row, col) ? fill : hills(1, 100)(band, row, col));
        const spec: TiffSpec = {
          width: EDGE * ACROSS - 3, height: 40, bands: 2, dtype, pixel, ...(nodata === undefined ? {} : { nodata }),
          layout: { tile: { width: EDGE, height: EDGE } }, compression: 'deflate',
          sparse: (block) => block % 2 === 1,
        };
        const [input, output] = ['in.tif', 'out.tif'].map((name) => join(folder, name)) as [string, string];
        writeFileSync(input, writeTiff(spec));
        await normalize(input, output, { window });
        await assertOutput(output, expectNormalized(spec, { window }));
      });
    }
  }
});
