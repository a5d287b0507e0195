import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { compareRasters, type Comparison } from '../../src/pipeline/compare.js';
import { chained } from './chained.js';
import { maskOf, placed, SCENE } from './specs.js';
import { rastq, temporaryFolder } from './support.js';

const folder = temporaryFolder();
let files = 0;

function written(spec: TiffSpec, mask?: TiffSpec): string {
  const path = join(folder, `${files++}.tif`);
  writeFileSync(path, mask === undefined ? writeTiff(spec) : chained(writeTiff(spec), writeTiff(mask)));
  return path;
}

const compared = (a: string, b: string, tolerance = 0): Promise<Comparison> =>
  compareRasters([a, b], { tolerance, workers: 2, pool: 'inline' });

const EQUAL: Comparison = { facts: [], pixels: { samples: 0, masked: 0, largest: 0, firstSample: null, firstMasked: null } };

/** The scene with other samples in places of one band, counted from 0. */
function changed(scene: TiffSpec, places: readonly (readonly [col: number, row: number, band: number, by: number])[]): TiffSpec {
  const pixel: TiffSpec['pixel'] = (band, row, col) =>
    scene.pixel(band, row, col) + (places.find(([c, r, b]) => c === col && r === row && b === band)?.[3] ?? 0);
  return { ...scene, pixel };
}

const PLACED: TiffSpec = { ...SCENE, extraTags: placed(32632) };
const WIDE: TiffSpec = { ...SCENE, width: 1400, height: 520, bands: 1, layout: { tile: { width: 64, height: 64 } } };

describe('compare', () => {
  const scene = written(PLACED);

  it('finds files equal whose pixels lie otherwise', async () => {
    const layouts: Partial<TiffSpec>[] = [
      {}, { layout: { tile: { width: 64, height: 48 } } }, { byteOrder: 'big' }, { interleave: 'band' },
      { bigTiff: true, compression: 'deflate', predictor: 2 }, { layout: { rowsPerStrip: 280 } },
      { compression: 'lzw', interleave: 'band', byteOrder: 'big', layout: { tile: { width: 256, height: 256 } } },
    ];
    for (const layout of layouts) {
      assert.deepEqual(await compared(scene, written({ ...PLACED, ...layout })), EQUAL, JSON.stringify(layout));
      assert.deepEqual(await compared(written({ ...PLACED, ...layout }), scene), EQUAL, JSON.stringify(layout));
    }
    assert.deepEqual(await compared(scene, scene), EQUAL);
  });

  it('finds a file of converted colours equal to itself', async () => {
    const cmyk = written({ ...SCENE, bands: 4, dtype: 'uint8', photometric: 5, pixel: (b, r, c) => (b * 71 + r * 3 + c) % 256, extraSamples: [] });
    assert.deepEqual(await compared(cmyk, cmyk), EQUAL);
  });

  it('says where a pixel differs first, and by how much at most', async () => {
    const other = written(changed(PLACED, [[299, 279, 1, 9], [17, 201, 1, -2], [290, 201, 0, 5]]));
    const { facts, pixels } = await compared(scene, other);
    assert.deepEqual(facts, []);
    const value = SCENE.pixel(1, 201, 17);
    assert.deepEqual(pixels, {
      samples: 3, masked: 0, largest: 9, firstMasked: null,
      firstSample: { col: 17, row: 201, band: 1, a: value, b: value - 2 },
    });
    const { pixels: tolerant } = await compared(scene, other, 5);
    assert.equal(tolerant?.samples, 1);
    assert.deepEqual([tolerant?.firstSample?.col, tolerant?.firstSample?.row], [299, 279]);
    assert.equal((await compared(scene, other, 9)).pixels?.samples, 0);
  });

  it('counts rows before columns for the first place in a wide raster', async () => {
    const { pixels } = await compared(written(WIDE), written(changed(WIDE, [[10, 200, 0, 1], [1300, 5, 0, 1]])));
    assert.deepEqual([pixels?.firstSample?.col, pixels?.firstSample?.row], [1300, 5]);
  });

  it('says where validity differs, by a mask or by nodata', async () => {
    const masked = written(PLACED, maskOf(PLACED, (row, col) => row === 260 && col > 280));
    const { facts, pixels } = await compared(scene, masked);
    assert.deepEqual(facts, []);
    const a = SCENE.pixel(0, 260, 281);
    assert.deepEqual(pixels, { samples: 0, masked: 38, largest: 0, firstSample: null, firstMasked: { col: 281, row: 260, band: 0, a, b: null } });
    const hole: TiffSpec = { ...PLACED, pixel: (band, row, col) => (row === 260 && col > 280 ? 0 : SCENE.pixel(band, row, col)), nodata: '0' };
    assert.deepEqual(await compared(masked, written(hole)), EQUAL);
  });

  it('names what differs of the whole', async () => {
    const differs = async (other: Partial<TiffSpec>): Promise<string[]> =>
      (await compared(scene, written({ ...PLACED, ...other }))).facts.map(({ what }) => what);
    assert.deepEqual(await differs({ extraTags: placed(32633) }), ['geoKeys']);
    assert.deepEqual(await differs({ extraTags: placed(32632).filter(({ tag }) => tag !== 33550) }), ['pixelScale']);
    assert.deepEqual(await differs({ width: 299 }), ['size']);
    assert.deepEqual(await differs({ bands: 1 }), ['bands']);
    assert.deepEqual(await differs({ dtype: 'int32' }), ['type']);
  });

  it('compares the values of different types all the same', async () => {
    const { pixels } = await compared(scene, written({ ...PLACED, dtype: 'float64' }));
    assert.deepEqual(pixels, EQUAL.pixels);
  });
});

describe('rastq compare', () => {
  const a = written(PLACED);

  it('says nothing of equal files and ends with 0', () => {
    assert.deepEqual(rastq('compare', a, written({ ...PLACED, byteOrder: 'big' })), { code: 0, stdout: '', stderr: '' });
  });

  it('says what differs, a line each, and ends with 7', () => {
    const b = written({ ...changed(PLACED, [[4, 3, 1, 2]]), extraTags: placed(32633) });
    const { code, stdout, stderr } = rastq('compare', a, b);
    const value = SCENE.pixel(1, 3, 4);
    assert.deepEqual([code, stderr], [7, '']);
    assert.match(stdout, /^geoKeys differs: .*32632.* and .*32633\n/);
    assert.ok(stdout.endsWith(`pixels differ in 1 samples, by up to 2, first at column 4, row 3, band 2: ${value} and ${value + 2}\n`), stdout);
    assert.equal(rastq('compare', a, b, '--json', '--tolerance', '2').code, 7);
  });

  it('takes a tolerance', () => {
    const b = written(changed(PLACED, [[4, 3, 1, 2]]));
    assert.equal(rastq('compare', a, b, '--tolerance', '2').code, 0);
    assert.equal(rastq('compare', a, b, '--tolerance', '1.5').code, 7);
    assert.equal(rastq('compare', a, b, '--tolerance', '-1').code, 2);
  });

  it('ends with 4 and 5 where a file is damaged or missing', () => {
    const damaged = join(folder, 'damaged.tif');
    writeFileSync(damaged, 'II*');
    assert.equal(rastq('compare', a, damaged).code, 4);
    assert.equal(rastq('compare', join(folder, 'missing.tif'), a).code, 5);
  });
});
