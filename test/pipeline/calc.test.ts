import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import { sampleAt, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { MASK, placed } from '../reading/specs.js';
import { chained } from '../reading/chained.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const WITHOUT_NODATA: TiffSpec = {
  width: 300, height: 200, bands: 3, dtype: 'uint16', pixel: hills(2, 900),
  layout: { tile: { width: 64, height: 32 } }, extraTags: placed(32632),
};
const A: TiffSpec = { ...WITHOUT_NODATA, nodata: '300' };
const B: TiffSpec = {
  width: 300, height: 200, bands: 1, dtype: 'float32', pixel: (_, row, col) => (row % 17 === 0 ? NaN : hills(5, 90)(0, row, col) / 7),
  layout: { rowsPerStrip: 9 }, interleave: 'band', byteOrder: 'big', extraTags: placed(32632),
};

/** Invalid in a block of pixels. */
const isMasked = (row: number, col: number): boolean => row >= 20 && row < 60 && col < 100;
const MASK_SPEC: TiffSpec = {
  width: A.width, height: A.height, layout: { rowsPerStrip: 200 }, bands: 1, dtype: 'uint8', photometric: 4, extraTags: [MASK],
  pixel: (_, row, col) => (isMasked(row, col) ? 0 : 255),
};

function folderOf(t: TestContext): Folder {
  const folder = new Folder(t);
  writeFileSync(folder.at('a.tif'), writeTiff(A));
  writeFileSync(folder.at('masked.tif'), chained(writeTiff(WITHOUT_NODATA), writeTiff(MASK_SPEC)));
  writeFileSync(folder.at('b.tif'), writeTiff(B));
  return folder;
}

const calc = (folder: Folder, out: string, expr: string, ...words: readonly string[]) => runCli(['calc', out, '--expr', expr, ...words], { cwd: folder.path });

/** Asserts each pixel: a number, or null where it is invalid. */
async function assertPixels(path: string, at: (row: number, col: number) => number | null): Promise<void> {
  const { bands, nodata, mask } = await readByGeotiff(path);
  assert.equal(bands.length, 1);
  bands[0].forEach((value, i) => {
    const wanted = at(Math.floor(i / A.width), i % A.width);
    const isInvalid = Number.isNaN(value) || value === nodata || mask?.[i] === 0;
    assert.ok(wanted === null ? isInvalid : !isInvalid && value === wanted, `pixel ${i} is ${value}, wanted ${wanted}`);
  });
}

const valueOfA = (band: number, row: number, col: number): number | null => {
  const value = sampleAt(A, band, row, col);
  return value === 300 ? null : value;
};

describe('calc', () => {
  test('of several rasters of other types, layouts and nodata, in every pool the same', async (t) => {
    const folder = folderOf(t);
    const files = ['--input', 'a.tif', '--input', 'b=b.tif', '--input', 'c=a.tif'];
    for (const [i, how] of [['--pool', 'inline'], ['-j', '3', '--co', 'BLOCKXSIZE=32', '--co', 'BLOCKYSIZE=48'], ['--pool', 'processes', '-j', '2']].entries()) {
      assertSilentSuccess(await calc(folder, `${i}.tif`, 'b3 * b + c.b1', ...files, ...how));
      await assertPixels(folder.at(`${i}.tif`), (row, col) => {
        const [third, first, own] = [valueOfA(2, row, col), valueOfA(0, row, col), sampleAt(B, 0, row, col)];
        return third === null || first === null || Number.isNaN(own) ? null : Math.fround(third * own + first);
      });
    }
  });

  test('of one raster with a mask', async (t) => {
    const folder = folderOf(t);
    assertSilentSuccess(await calc(folder, 'out.tif', 'b1 / (b1 - 310)', '--input', 'masked.tif'));
    await assertPixels(folder.at('out.tif'), (row, col) => {
      const value = sampleAt(A, 0, row, col);
      return isMasked(row, col) || value === 310 ? null : Math.fround(value / (value - 310));
    });
  });

  test('of two, one of them masked', async (t) => {
    const folder = folderOf(t);
    assertSilentSuccess(await calc(folder, 'out.tif', 'b1 - m.b2', '--dtype', 'int16', '--input', 'a.tif', '--input', 'm=masked.tif'));
    await assertPixels(folder.at('out.tif'), (row, col) => {
      const value = valueOfA(0, row, col);
      const result = value === null || isMasked(row, col) ? null : value - sampleAt(A, 1, row, col);
      return result;
    });
  });

  test('refuses rasters on other grids, and says what differs', async (t) => {
    const folder = folderOf(t);
    for (const [change, says] of [
      [{ width: 299 }, /other\.tif: its size is 299 x 200 pixels, that of a\.tif is 300 x 200/],
      [{ extraTags: placed(32633) }, /its reference system is .*EPSG:32633, that of a\.tif is .*EPSG:32632/],
      [{ extraTags: [] }, /its transform is none/],
      [{ extraTags: placed(32632).map((tag) => (tag.tag === 33550 ? { ...tag, values: [10, 10.01, 0] } : tag)) }, /its transform is \(/],
    ] as const) {
      writeFileSync(folder.at('other.tif'), writeTiff({ ...A, ...change }));
      assert.match(failureOf(await calc(folder, 'out.tif', 'b1 - o.b1', '--input', 'a.tif', '--input', 'o=other.tif'), 2), says);
    }
  });

  test('refuses names that are none', async (t) => {
    const folder = folderOf(t);
    for (const [expr, words, says] of [
      ['b1', [], /no input given/],
      ['b1 + b4', ['--input', 'a.tif'], /there is no b4: the bands are b1, b2, b3/],
      ['x.b1', ['--input', 'a.tif'], /there is no x\.b1/],
      ['b1', ['--input', 'a.tif', '--input', 'b.tif'], /b\.tif: a second input needs a name/],
      ['b1', ['--input', 'b1=a.tif'], /b1 is the name of a band/],
      ['b1', ['--input', 'a=a.tif', '--input', 'a=b.tif'], /there is a a already/],
    ] as const) {
      assert.match(failureOf(await calc(folder, 'out.tif', expr, ...words), 2), says);
    }
    assert.match(failureOf(await calc(folder, 'a.tif', 'b1', '--input', 'b.tif', '--input', 'a=a.tif', '--overwrite'), 2), /is the input itself/);
  });
});
