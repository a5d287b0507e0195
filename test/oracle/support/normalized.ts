import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { TiffSpec } from '../../../fixtures/tiff-spec.js';
import { writeTiff } from '../../../fixtures/tiff-writer.js';
import { assertSamePixels, type ComparedFiles, compareByGdal, type Comparison } from './comparison.js';
import { normalize } from './run.js';

/** Tests, one for each raster, that normalize makes of it what the reference makes of what GDAL reads. To be called within a `describe`. */
export function testNormalized(folder: string, inputs: readonly (readonly [what: string, spec: TiffSpec])[]): void {
  const files: ComparedFiles[] = inputs.map((_, i) => ({ input: join(folder, `in-${i}.tif`), output: join(folder, `out-${i}.tif`), options: {} }));
  let found: readonly Comparison[] = [];
  before(async () => {
    inputs.forEach(([, spec], i) => writeFileSync(files[i].input, writeTiff(spec)));
    for (const { input, output, options } of files) await normalize(input, output, options);
    found = compareByGdal(files);
  });

  inputs.forEach(([what], i) => {
    test(what, () => {
      assertSamePixels(found[i]);
    });
  });
}
