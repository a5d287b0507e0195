import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertSamePixels, type ComparedFiles, compareByGdal, type Comparison } from './support/comparison.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules } from './support/python.js';
import { normalize } from './support/run.js';

const folder = temporaryFolder();
const [CIELAB, ICCLAB, ITULAB] = [8, 9, 10];

const INPUTS: readonly [what: string, spec: Pick<TiffSpec, 'dtype' | 'photometric' | 'bands'>][] = [
  ['CIE, 16 bits', { photometric: CIELAB, dtype: 'uint16', bands: 3 }],
  ['ICC, 8 bits', { photometric: ICCLAB, dtype: 'uint8', bands: 3 }],
  ['ICC, 16 bits', { photometric: ICCLAB, dtype: 'uint16', bands: 3 }],
  ['ITU, 8 bits', { photometric: ITULAB, dtype: 'uint8', bands: 3 }],
];

describe('L*a*b* is taken as plain bands where GDAL does so', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  const files: ComparedFiles[] = INPUTS.map((_, i) => ({ input: join(folder, `in-${i}.tif`), output: join(folder, `out-${i}.tif`), options: {} }));
  let found: readonly Comparison[] = [];
  before(async () => {
    INPUTS.forEach(([, others], i) => {
      writeFileSync(files[i].input, writeTiff({ width: 40, height: 30, layout: { rowsPerStrip: 16 }, compression: 'lzw', pixel: hills(3, 250), ...others }));
    });
    for (const { input, output, options } of files) await normalize(input, output, options);
    found = compareByGdal(files);
  });

  INPUTS.forEach(([what], i) => {
    test(what, () => {
      assertSamePixels(found[i]);
    });
  });
});
