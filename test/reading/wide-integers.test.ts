import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { readDirectories } from '../oracle/support/tiff-reader.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

/** The least whole number that is no double. */
const ODD = 2n ** 53n + 1n;
const LAST = 2n ** 64n - 1n;

const SAMPLE_FORMAT = 339;

/** A raster of one strip of 64-bit integers, whose second sample is as given; the others are small. */
function addRaster(folder: Folder, name: string, sample: bigint, nodata?: string): void {
  // Of that size the writer knows floats alone.
  const file = writeTiff({ width: 16, height: 1, bands: 1, dtype: 'float64', pixel: () => 0, layout: { rowsPerStrip: 1 }, ...(nodata !== undefined && { nodata }) });
  const bytes = new DataView(file.buffer, file.byteOffset);
  const directory = bytes.getUint32(4, true);
  const entries = Array.from({ length: bytes.getUint16(directory, true) }, (_, i) => directory + 2 + 12 * i);
  bytes.setUint16(entries.find((at) => bytes.getUint16(at, true) === SAMPLE_FORMAT)! + 8, 1, true);
  const [tags] = readDirectories(file);
  const [strip] = tags.get(273)!;
  for (let i = 0; i < 16; i++) bytes.setBigUint64(strip + 8 * i, i === 1 ? sample : BigInt(i), true);
  writeFileSync(folder.at(name), file);
}

describe('64-bit integers that no double is', () => {
  for (const words of [['select-bands', '--bands', '1'], ['reverse-bands'], ['clamp', '--min', '0', '--max', '9e18']]) {
    const [operation, ...options] = words;
    test(`are refused by ${operation}, which would change them`, async (t) => {
      const folder = new Folder(t);
      addRaster(folder, 'in.tif', ODD);
      const message = failureOf(await runCli([operation, 'in.tif', 'out.tif', ...options], { cwd: folder.path }), 3);
      assert.match(message, /^in\.tif: .*it holds 9007199254740993, which would be rounded: .*exact up to 2\^53$/);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test('are refused where rasters are compared, which would be alike', async (t) => {
    const folder = new Folder(t);
    addRaster(folder, 'a.tif', ODD);
    addRaster(folder, 'b.tif', ODD - 1n);
    assert.match(failureOf(await runCli(['compare', 'a.tif', 'b.tif'], { cwd: folder.path }), 3), /it holds 9007199254740993/);
  });

  test('are taken where they are computed with, where they are nodata, and where they are doubles after all', async (t) => {
    const folder = new Folder(t);
    addRaster(folder, 'odd.tif', ODD);
    for (const words of [['normalize'], ['convolve', '--kernel', '0 0.5 0.5'], ['sharpen', '--amount', '1']]) {
      const [operation, ...options] = words;
      assertSilentSuccess(await runCli([operation, 'odd.tif', 'out.tif', '--overwrite', ...options], { cwd: folder.path }));
    }
    addRaster(folder, 'nodata.tif', LAST, String(LAST));
    assertSilentSuccess(await runCli(['reverse-bands', 'nodata.tif', 'out.tif', '--overwrite'], { cwd: folder.path }));
    addRaster(folder, 'even.tif', 2n ** 60n);
    assertSilentSuccess(await runCli(['reverse-bands', 'even.tif', 'out.tif', '--overwrite'], { cwd: folder.path }));
  });
});
