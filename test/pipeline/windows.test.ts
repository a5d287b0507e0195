import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertOutput } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { normalize } from '../oracle/support/run.js';

const folder = temporaryFolder();

/** Windows that divide tiles one way, the other, both or neither, and that tiles divide: each is measured otherwise. */
const TILES = [[16, 48], [48, 16], [48, 32], [32, 48], [48, 48]] as const;
const WINDOWS = [8, 16, 20, 24, 32, 48, 64, 96];

describe('windows and tiles of any sizes', () => {
  for (const [width, height] of TILES) {
    test(`tiles of ${width} x ${height}, windows of ${WINDOWS.join(', ')}`, async () => {
      const spec: TiffSpec = {
        width: 150, height: 130, bands: 2, dtype: 'int16', pixel: grain(-3000, 3000), nodata: '7',
        layout: { tile: { width, height } }, compression: 'deflate', predictor: 2,
      };
      const [input, output] = ['in.tif', 'out.tif'].map((name) => join(folder, name)) as [string, string];
      writeFileSync(input, writeTiff(spec));
      for (const window of WINDOWS) {
        await normalize(input, output, { window });
        await assertOutput(output, expectNormalized(spec, { window }));
      }
    });
  }
});
