import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/errors.js';
import type { DType } from '../../src/raster/dtype.js';
import { planOf, type Wanted } from '../support/plan.js';

const refuses = (wanted: Wanted, because: RegExp) => async () => {
  await assert.rejects(planOf(wanted), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, because);
    return true;
  });
};

describe('a plan', () => {
  test('is plain JSON and the same twice', async () => {
    const plan = await planOf();
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
    assert.deepEqual(await planOf(), plan);
    assert.equal(plan.version, 1);
  });

  test('takes the input\'s layout where nothing else is asked for', async () => {
    const { output } = await planOf({ spec: { interleave: 'band', layout: { tile: { width: 32, height: 48 } }, compression: 'lzw' } });
    assert.deepEqual(output.layout, {
      tile: { width: 32, height: 48 }, interleave: 'band', codec: 'lzw', level: null, predictor: 2, bigTiff: false, sparse: false,
    });
  });

  test('takes what is asked for instead', async () => {
    const co = ['COMPRESS=ZSTD', 'ZSTD_LEVEL=3', 'PREDICTOR=1', 'BLOCKXSIZE=16', 'BLOCKYSIZE=128', 'INTERLEAVE=BAND', 'BIGTIFF=YES', 'SPARSE_OK=YES'];
    const { output } = await planOf({ co });
    assert.deepEqual(output.layout, {
      tile: { width: 16, height: 128 }, interleave: 'band', codec: 'zstd', level: 3, predictor: 1, bigTiff: true, sparse: true,
    });
    assert.equal(output.compressionTag, 50000);
  });

  test('has no predictor with a codec that takes none', async () => {
    assert.equal((await planOf({ co: ['COMPRESS=NONE'] })).output.layout.predictor, 1);
    assert.equal((await planOf({ co: ['COMPRESS=PACKBITS', 'PREDICTOR=2'] })).output.layout.predictor, 1);
  });

  test('has the predictor that fits its samples, where that is asked for', async () => {
    const predictorOf = async (dtype: DType): Promise<number> => (await planOf({ co: ['COMPRESS=DEFLATE', 'PREDICTOR=YES'], dtype })).output.layout.predictor;
    assert.deepEqual([await predictorOf('uint16'), await predictorOf('uint8'), await predictorOf('float32'), await predictorOf('float64')], [2, 2, 3, 3]);
  });

  test('refuses byte planes of integers', refuses({ co: ['PREDICTOR=3'] }, /PREDICTOR=3.*give PREDICTOR=2/));
  const square = { width: 40_000, height: 40_000 };
  test('refuses halos that take more than memory has', refuses({ size: square, halo: 20_000 }, /with the neighbours and windows that it needs.*smaller halo/));
  test('takes halos that do not', async () => assert.equal((await planOf({ size: square, halo: 4000 })).steps[0].footprint.halo, 4000));
  test('refuses percentiles of windows that take more than memory has', refuses({ size: square, window: 30_000, percentile: [2, 98] }, /percentiles are those of whole windows.*--scope band/));
  test('takes extremes of such windows', async () => assert.equal((await planOf({ size: square, window: 30_000 })).steps[0].statistics, 'pass'));
  test('refuses tiles beyond 1 GiB in all bands', refuses({ spec: { bands: 20, pixel: () => 1 }, co: ['BLOCKXSIZE=8192', 'BLOCKYSIZE=8192', 'INTERLEAVE=BAND'] }, /2560 MiB in all bands, wanted at most 1024: give a smaller --co BLOCKXSIZE/));
  test('refuses tiles beyond 256 MiB', refuses({ co: ['BLOCKXSIZE=16384', 'BLOCKYSIZE=16384'] }, /give a smaller --co BLOCKXSIZE/));
});

describe('the effort of a codec', () => {
  test('is its standard one, or the one asked for', async () => {
    assert.equal((await planOf()).output.layout.level, 6);
    assert.equal((await planOf({ co: ['ZLEVEL=9'] })).output.layout.level, 9);
    assert.equal((await planOf({ co: ['COMPRESS=ZSTD'] })).output.layout.level, 9);
    assert.equal((await planOf({ co: ['COMPRESS=LZW'] })).output.layout.level, null);
  });

  test('is not that of another codec', async () => {
    assert.equal((await planOf({ co: ['ZSTD_LEVEL=22'] })).output.layout.level, 6);
    assert.equal((await planOf({ co: ['COMPRESS=ZSTD', 'ZLEVEL=1'] })).output.layout.level, 9);
  });
});

describe('BigTIFF', () => {
  // 40000 x 30000 pixels of 2 bands in 2 bytes: 4.8 GB at most.
  const large = { width: 40000, height: 30000 };
  const half = { width: 30000, height: 20000 };
  const cases: [what: string, wanted: Wanted, isBig: boolean][] = [
    ['small', {}, false],
    ['small, asked for', { co: ['BIGTIFF=YES'] }, true],
    ['small, to be safe', { co: ['BIGTIFF=IF_SAFER'] }, false],
    ['more than 2 GiB', { size: half }, false],
    ['more than 2 GiB, to be safe', { size: half, co: ['BIGTIFF=IF_SAFER'] }, true],
    ['more than 4 GiB', { size: large }, true],
    ['more than 4 GiB, where needed', { size: large, co: ['BIGTIFF=IF_NEEDED'] }, true],
    ['more than 2 GiB, not wanted', { size: half, co: ['BIGTIFF=NO'] }, false],
  ];
  for (const [what, wanted, isBig] of cases) {
    test(`${what}: ${isBig ? 'yes' : 'no'}`, async () => {
      const { output } = await planOf(wanted);
      assert.equal(output.layout.bigTiff, isBig);
      assert.equal(output.boundBytes > 2 ** 32, wanted.size === large);
    });
  }
  test('more than 4 GiB, not wanted: refused', refuses({ size: large, co: ['BIGTIFF=NO'] }, /BIGTIFF=NO/));
});
