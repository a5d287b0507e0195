import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain, hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertOutput } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { normalize, type NormalizeOptions } from '../oracle/support/run.js';

const folder = temporaryFolder();
const RGB = 2;
const ASSOCIATED_ALPHA = 1;
const UNASSOCIATED_ALPHA = 2;

/** RGBA of 8 bits, a third of it transparent and some of it nearly so. */
const RGBA: TiffSpec = {
  width: 70, height: 50, bands: 4, dtype: 'uint8', photometric: RGB, extraSamples: [UNASSOCIATED_ALPHA],
  pixel: (band, row, col) => (band === 3 ? Math.max(0, Math.floor(noise(1, row, col) * 400) - 144) : hills(5, 250)(band, row, col)),
  layout: { tile: { width: 32, height: 32 } }, compression: 'deflate',
};

const opaque: TiffSpec['pixel'] = (band, row, col) => (band === 3 ? 255 : hills(5, 250)(band, row, col));

const CASES: readonly [what: string, spec: TiffSpec, options: NormalizeOptions][] = [
  ['bytes to 16 bits', RGBA, {}],
  ['bytes to bytes', RGBA, { dtype: 'uint8', range: { min: 0, max: 255 } }],
  ['bytes to signed integers', RGBA, { dtype: 'int16', range: { min: -100, max: 100 } }],
  ['signed bytes to signed bytes', { ...RGBA, dtype: 'int8', pixel: (b, r, c) => (b === 3 ? [-1, -126, 0, 100][(r + c) % 4] : grain(-128, 127)(b, r, c)) }, { dtype: 'int8', range: { min: -100, max: 100 } }],
  ['bytes to floats', RGBA, { dtype: 'float32', range: { min: 0, max: 1 }, window: 20 }],
  ['16 bits to bytes', { ...RGBA, dtype: 'uint16', pixel: (b, r, c) => (b === 3 ? Math.max(0, grain(-9999, 65535)(b, r, c)) : grain(0, 65535)(b, r, c)) }, { dtype: 'uint8', range: { min: 0, max: 255 } }],
  ['floats to 16 bits', { ...RGBA, dtype: 'float32', pixel: (b, r, c) => (b === 3 ? Math.max(0, noise(b, r, c) - 0.3) / 0.7 : noise(b, r, c)) }, {}],
  ['all opaque', { ...RGBA, pixel: opaque }, { window: 1000 }],
  ['planes', { ...RGBA, interleave: 'band' }, { window: 33 }],
  ['associated alpha', { ...RGBA, extraSamples: [ASSOCIATED_ALPHA] }, {}],
  ['grey, alpha and one more', { ...RGBA, bands: 3, photometric: 1, extraSamples: [UNASSOCIATED_ALPHA, 0], pixel: (b, r, c) => RGBA.pixel([0, 3, 1][b], r, c) }, {}],
  ['alpha that is not the last band', { ...RGBA, photometric: 1, extraSamples: [UNASSOCIATED_ALPHA, 0, 0] }, {}],
  ['two alpha bands', { ...RGBA, photometric: 1, extraSamples: [UNASSOCIATED_ALPHA, 0, UNASSOCIATED_ALPHA] }, {}],
  ['grey and alpha', { ...RGBA, bands: 2, photometric: 1, pixel: (b, r, c) => RGBA.pixel(b === 1 ? 3 : 0, r, c) }, {}],
  ['nodata beside alpha', { ...RGBA, nodata: '5', pixel: (b, r, c) => (r < 12 && b < 3 ? 5 : RGBA.pixel(b, r, c)) }, {}],
  ['nodata beside alpha, without a value for it', { ...RGBA, nodata: '5', pixel: (b, r, c) => (r < 12 && b < 3 ? 5 : RGBA.pixel(b, r, c)) }, { dtype: 'uint8', range: { min: 0, max: 255 } }],
  ['nodata that bytes do not have, beside alpha', { ...RGBA, nodata: '-5' }, {}],
  ['nodata that alpha has too', { ...RGBA, nodata: '255', pixel: opaque }, { dtype: 'uint8', range: { min: 0, max: 255 } }],
];

describe('alpha is rescaled and says which pixels the other bands measure', () => {
  for (const [what, spec, options] of CASES) {
    test(`${what} ${JSON.stringify(options)}`, async () => {
      const [input, output] = ['in.tif', 'out.tif'].map((name) => join(folder, name)) as [string, string];
      writeFileSync(input, writeTiff(spec));
      await normalize(input, output, options);
      await assertOutput(output, expectNormalized(spec, options));
    });
  }
});
