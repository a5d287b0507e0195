import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain, hills, noise } from '../../fixtures/pixels.js';
import { type DType, SAMPLE_TYPES, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertOutput } from '../oracle/support/check.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { type HowToRun, normalize, type NormalizeOptions } from '../oracle/support/run.js';
import { failureOf, runCli } from '../support/cli.js';

const folder = temporaryFolder();
const [INPUT, OUTPUT] = ['in.tif', 'out.tif'].map((name) => join(folder, name)) as [string, string];

const DTYPES = Object.keys(SAMPLE_TYPES) as DType[];
const SCOPES = ['window', 'band', 'dataset'] as const;
const PERCENTILES = [undefined, [2, 98], [37.5, 37.6]] as const;

/** Values of any size that the type has, some of them invalid, bands of other ranges. */
function specOf(dtype: DType): TiffSpec {
  const { format, min, max } = SAMPLE_TYPES[dtype];
  const isFloat = format === 3;
  const [low, high] = [Math.max(min, -30000), Math.min(max, 60000)];
  const values = isFloat ? hills(-90, 500) : grain(low, Math.floor(low + (high - low) / 2));
  return {
    width: 300, height: 270, bands: 2, dtype, nodata: '7', layout: { tile: { width: 64, height: 32 } }, compression: 'deflate',
    pixel: (band, row, col) => {
      if (noise(5, row >> 2, col >> 2) < 0.1) return isFloat && col % 2 === 0 ? NaN : 7;
      return isFloat ? (band + 1) * values(band, row, col) / 3 : values(band, row, col) + band;
    },
  };
}

describe('normalize by window, band and dataset, from extremes and percentiles', () => {
  for (const dtype of DTYPES) {
    test(dtype, async () => {
      const spec = specOf(dtype);
      writeFileSync(INPUT, writeTiff(spec));
      for (const scope of SCOPES) {
        for (const percentile of PERCENTILES) {
          const options: NormalizeOptions = { scope, ...(percentile && { percentile }), window: 100, dtype: 'int16', range: { min: -1000, max: 5000 } };
          await normalize(INPUT, OUTPUT, options);
          await assertOutput(OUTPUT, expectNormalized(spec, options));
        }
      }
    });
  }

  test('to every type', async () => {
    const spec = specOf('uint8');
    writeFileSync(INPUT, writeTiff(spec));
    for (const dtype of DTYPES) {
      for (const scope of SCOPES) {
        const options: NormalizeOptions = { scope, percentile: [11, 88], window: 64, dtype, range: { min: 0, max: 99.5 } };
        await normalize(INPUT, OUTPUT, options);
        await assertOutput(OUTPUT, expectNormalized(spec, options));
      }
    }
  });

  test('where alpha says what is valid', async () => {
    const spec: TiffSpec = {
      width: 90, height: 70, bands: 4, dtype: 'uint8', photometric: 2, extraSamples: [2], layout: { rowsPerStrip: 9 },
      pixel: (band, row, col) => (band === 3 ? (noise(1, row, col) < 0.3 ? 0 : 255) : hills(0, 255)(band, row, col)),
    };
    writeFileSync(INPUT, writeTiff(spec));
    for (const scope of SCOPES) {
      for (const percentile of PERCENTILES) {
        const options: NormalizeOptions = { scope, ...(percentile && { percentile }), window: 50, dtype: 'uint8', range: { min: 0, max: 200 } };
        await normalize(INPUT, OUTPUT, options);
        await assertOutput(OUTPUT, expectNormalized(spec, options));
      }
    }
  });

  test('where one band, or nothing, is valid, and where all values are one', async () => {
    const spec: TiffSpec = {
      width: 40, height: 33, bands: 3, dtype: 'int16', nodata: '-5', layout: { tile: { width: 16, height: 16 } },
      pixel: (band, row, col) => (band === 0 || (row > 15 && row < 20) ? -5 : band === 1 ? 12 : row === 32 && col > 30 ? 90 : -30),
    };
    for (const one of [spec, { ...spec, pixel: () => -5 }]) {
      writeFileSync(INPUT, writeTiff(one));
      for (const scope of SCOPES) {
        for (const percentile of PERCENTILES) {
          const options: NormalizeOptions = { scope, ...(percentile && { percentile }), window: 16, dtype: 'float32', range: { min: -1, max: 1 } };
          await normalize(INPUT, OUTPUT, options);
          await assertOutput(OUTPUT, expectNormalized(one, options));
        }
      }
    }
  });
});

const WAYS: readonly HowToRun[] = [
  { pool: 'threads', workers: 3, queue: { mode: 'bounded', size: 2 } },
  { pool: 'processes', workers: 2, queue: { mode: 'none', size: 1 } },
];
const LAYOUTS: readonly TiffSpec['layout'][] = [{ rowsPerStrip: 270 }, { tile: { width: 16, height: 272 } }];

describe('the same bytes however it is run', () => {
  for (const dtype of ['uint16', 'float32'] as const) {
    for (const scope of SCOPES) {
      for (const percentile of [undefined, [2, 98]] as const) {
        test(`${dtype}, ${scope}, ${String(percentile)}`, async () => {
          const spec = specOf(dtype);
          writeFileSync(INPUT, writeTiff(spec));
          const options: NormalizeOptions = { scope, ...(percentile && { percentile }), window: 80, co: ['BLOCKXSIZE=32', 'BLOCKYSIZE=32', 'COMPRESS=DEFLATE'] };
          const hash = (): string => createHash('sha256').update(readFileSync(OUTPUT)).digest('hex');
          await normalize(INPUT, OUTPUT, options);
          const wanted = hash();
          for (const how of WAYS) {
            await normalize(INPUT, OUTPUT, options, how);
            assert.equal(hash(), wanted, how.pool);
          }
          // Tiles of the input decide on tasks, not on the result.
          for (const layout of LAYOUTS) {
            writeFileSync(INPUT, writeTiff({ ...spec, layout, predictor: 1 }));
            await normalize(INPUT, OUTPUT, options);
            await assertOutput(OUTPUT, expectNormalized(spec, options));
          }
        });
      }
    }
  }
});

describe('the command line', () => {
  test('takes scope and percentile, in chains too', async () => {
    const spec = specOf('uint16');
    writeFileSync(INPUT, writeTiff(spec));
    await runCli(['normalize', INPUT, OUTPUT, '--scope', 'band', '--percentile', '2,98', '--overwrite']);
    await assertOutput(OUTPUT, expectNormalized(spec, { scope: 'band', percentile: [2, 98] }));
    await runCli(['run', INPUT, OUTPUT, '--op', 'normalize:scope=dataset:percentile=2,98', '--overwrite']);
    await assertOutput(OUTPUT, expectNormalized(spec, { scope: 'dataset', percentile: [2, 98] }));
  });

  test('refuses what is none', async () => {
    for (const words of ['98,2', '2', '2,98,99', '-1,5', '0,101', '5,5', 'a,b']) {
      assert.match(failureOf(await runCli(['normalize', INPUT, OUTPUT, `--percentile=${words}`]), 2), /--percentile .*LOW,HIGH/);
    }
    assert.match(failureOf(await runCli(['normalize', INPUT, OUTPUT, '--scope', 'tile']), 2), /--scope tile: wanted window, band or dataset/);
  });
});
