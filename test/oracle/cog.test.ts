import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { noise, noiseBetween } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { chained } from '../reading/chained.js';
import { maskOf } from '../reading/specs.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { normalize, type NormalizeOptions } from './support/run.js';

const folder = temporaryFolder();
const RGB = 2;
const TILES = { tile: { width: 64, height: 64 } };

/** What Python says of one file. */
interface CogReport {
  readonly errors: readonly string[];
  readonly rioCogeo: readonly string[];
  readonly layout: string | null;
  readonly overviews: readonly (readonly [width: number, height: number])[];
  /** GDAL's flags of each overview's mask. */
  readonly masks: readonly number[];
  readonly levels: readonly {
    readonly band: number;
    readonly level: number;
    readonly sizes: readonly (readonly number[])[];
    readonly difference?: number;
    readonly compared?: number;
    readonly otherMask?: number;
  }[];
  readonly counts: readonly [own: number, gdal: number];
  readonly block: number;
}

interface Case {
  readonly what: string;
  readonly spec: TiffSpec;
  readonly options?: NormalizeOptions;
  /** Whether pixels are masked where it is so. */
  readonly masked?: (row: number, col: number) => boolean;
  /** Of GDAL's flags of a mask. */
  readonly flags?: number;
  /** Whether the file says how its tiles follow each other. */
  readonly plain?: boolean;
}

const noisy = (low: number, high: number): TiffSpec['pixel'] => (band, row, col) => noiseBetween(low, high, band, row, col);
const holes = (share: number) => (row: number, col: number): boolean => noise(77, row, col) < share;
const holed = (low: number, high: number, hole: number, share = 0.4): TiffSpec['pixel'] => (band, row, col) =>
  holes(share)(row, col + 3 * band) ? hole : noiseBetween(low, high, band, row, col);

const base = { bands: 1, dtype: 'uint16', layout: TILES, pixel: noisy(0, 60000) } as const;
const b128 = ['BLOCKSIZE=128'];
const NODATA = 8;
const PER_DATASET = 2;
const ALPHA = 4;

const CASES: readonly Case[] = [
  { what: 'a pixel', spec: { ...base, width: 1, height: 1 } },
  { what: 'as large as a tile', spec: { ...base, width: 512, height: 512 } },
  { what: 'a pixel wider than a tile', spec: { ...base, width: 513, height: 200 } },
  { what: 'a pixel wide', spec: { ...base, width: 1, height: 1500 } },
  { what: 'tiles that fit', spec: { ...base, width: 512, height: 256, bands: 2 }, options: { co: b128 } },
  { what: 'odd sizes at every level', spec: { ...base, width: 511, height: 383 }, options: { co: b128 } },
  { what: 'bytes', spec: { ...base, dtype: 'uint8', width: 301, height: 390, bands: 3, photometric: RGB, pixel: noisy(0, 255) }, options: { co: b128, dtype: 'uint8', range: { min: 0, max: 255 } } },
  { what: 'below zero', spec: { ...base, dtype: 'int16', width: 341, height: 290, pixel: noisy(-3000, 3000) }, options: { co: b128, dtype: 'int16', range: { min: -3000, max: 3000 } } },
  { what: 'large integers', spec: { ...base, dtype: 'uint32', width: 289, height: 340, pixel: noisy(0, 4e9) }, options: { co: b128, dtype: 'uint32', range: { min: 0, max: 4e9 } } },
  { what: 'floats', spec: { ...base, dtype: 'float32', width: 301, height: 290, pixel: noisy(-9, 9) }, options: { co: b128, dtype: 'float32', range: { min: -1, max: 1 } }, flags: NODATA },
  { what: 'doubles with NaN', spec: { ...base, dtype: 'float64', width: 301, height: 277, pixel: holed(0, 1000, NaN) }, options: { co: b128, dtype: 'float64', range: { min: 0, max: 1000 } }, flags: NODATA },
  { what: 'nodata', spec: { ...base, width: 397, height: 299, bands: 2, nodata: '0', pixel: holed(1, 60000, 0) }, options: { co: b128, range: { min: 1, max: 65535 } }, flags: NODATA },
  { what: 'nodata between the values', spec: { ...base, width: 512, height: 256, pixel: holed(0, 4, 9), nodata: '9' }, options: { co: b128, range: { min: 1, max: 4 }, nodata: 5 }, flags: NODATA },
  { what: 'nothing but nodata here and there', spec: { ...base, width: 500, height: 400, nodata: '0', pixel: (band, row, col) => (row < 250 ? 0 : noiseBetween(1, 9, band, row, col)) }, options: { co: [...b128, 'SPARSE_OK=TRUE'], range: { min: 1, max: 65535 } }, flags: NODATA },
  { what: 'a mask', spec: { ...base, width: 397, height: 299, bands: 3 }, masked: holes(0.5), options: { co: b128 }, flags: PER_DATASET },
  { what: 'a mask with large holes', spec: { ...base, width: 600, height: 500 }, masked: (row, col) => row + col < 500, options: { co: b128 }, flags: PER_DATASET },
  { what: 'a mask, tiles left out', spec: { ...base, width: 600, height: 500 }, masked: (row, col) => row + col < 500, options: { co: [...b128, 'SPARSE_OK=TRUE'] }, flags: PER_DATASET },
  { what: 'alpha', spec: { ...base, width: 397, height: 299, bands: 4, dtype: 'uint8', photometric: RGB, extraSamples: [2], pixel: (band, row, col) => (band === 3 ? (holes(0.4)(row, col) ? 0 : noiseBetween(1, 255, 3, row, col)) : noiseBetween(0, 255, band, row, col)) }, options: { co: b128, dtype: 'uint8', range: { min: 0, max: 255 } }, flags: PER_DATASET | ALPHA },
  { what: 'one band behind the other', spec: { ...base, width: 397, height: 299, bands: 3, interleave: 'band' }, options: { co: b128 }, plain: true },
  { what: 'one band behind the other, and a mask', spec: { ...base, width: 400, height: 300, bands: 2, interleave: 'band' }, masked: holes(0.3), options: { co: b128 }, flags: PER_DATASET, plain: true },
  { what: 'BigTIFF', spec: { ...base, width: 397, height: 299, bands: 2 }, masked: holes(0.3), options: { co: [...b128, 'BIGTIFF=YES'] }, flags: PER_DATASET },
  { what: 'more than ten levels', spec: { ...base, width: 33_000, height: 40 }, options: { co: ['BLOCKSIZE=16'] } },
  ...['LZW', 'DEFLATE', 'ZSTD', 'PACKBITS', 'NONE'].map((codec): Case => ({ what: codec, spec: { ...base, width: 200, height: 263, bands: 2 }, options: { co: [...b128, `COMPRESS=${codec}`, ...(['LZW', 'DEFLATE', 'ZSTD'].includes(codec) ? ['PREDICTOR=2'] : [])] } })),
];

async function make(path: string, { spec, masked, options }: Case, cog: 'average' | 'nearest' | 'bilinear'): Promise<void> {
  const input = path.replace('.tif', '-in.tif');
  writeFileSync(input, masked === undefined ? writeTiff(spec) : chained(writeTiff(spec), writeTiff(maskOf(spec, masked))));
  await normalize(input, path, { range: { min: 0, max: 65535 }, ...options, cog });
}

/** Halved until both sides are at most the tile's. */
function sizesOf({ width, height }: TiffSpec, tile: number): [number, number][] {
  const sizes: [number, number][] = [];
  for (let [w, h] = [width, height]; Math.max(w, h) > tile; sizes.push([w, h])) [w, h] = [Math.max(1, w >> 1), Math.max(1, h >> 1)];
  return sizes;
}

function assertCog({ spec, options, flags, plain }: Case, found: CogReport): void {
  assert.deepEqual(found.errors, []);
  assert.deepEqual(found.rioCogeo, []);
  assert.equal(found.layout, plain === true ? null : 'COG');
  const tile = Number(/BLOCKSIZE=(\d+)/.exec((options?.co ?? []).join(' '))?.[1] ?? 512);
  assert.equal(found.block, tile);
  assert.deepEqual(found.overviews, sizesOf(spec, tile));
  if (tile >= 128) assert.equal(found.counts[0], found.counts[1], 'as many levels as GDAL makes');
  for (const own of found.masks) if (flags !== undefined) assert.equal(own, flags);
}

const skip = missingModules('osgeo.gdal', 'osgeo_utils.samples.validate_cloud_optimized_geotiff', 'rasterio', 'numpy');

describe('a COG is one by the rules of GDAL and rio-cogeo, its averages are GDAL\'s', { skip }, () => {
  const paths = CASES.map((_, i) => join(folder, `average-${i}.tif`));
  let found: readonly CogReport[] = [];
  before(async () => {
    for (const [i, each] of CASES.entries()) await make(paths[i], each, 'average');
    found = runPython('cog.py', paths.map((path) => ({ path, resampling: 'average' }))) as CogReport[];
  });
  CASES.forEach((each, i) => {
    test(each.what, () => {
      assertCog(each, found[i]);
      for (const { band, level, sizes, difference, otherMask } of found[i].levels) {
        assert.deepEqual(sizes[0], sizes[1]);
        assert.ok(difference! <= 1, `band ${band}, overview ${level}: ${difference} off GDAL's`);
        assert.equal(otherMask, 0, `band ${band}, overview ${level}: ${otherMask} pixels are valid in one of both`);
      }
    });
  });
});

describe('other resamplings', { skip }, () => {
  for (const resampling of ['nearest', 'bilinear'] as const) {
    const cases = CASES.filter(({ spec }) => spec.width * spec.height < 1_000_000);
    const paths = cases.map((_, i) => join(folder, `${resampling}-${i}.tif`));
    let found: readonly CogReport[] = [];
    before(async () => {
      for (const [i, each] of cases.entries()) await make(paths[i], each, resampling);
      found = runPython('cog.py', paths.map((path) => ({ path, resampling }))) as CogReport[];
    });
    cases.forEach((each, i) => {
      test(`${resampling}: ${each.what}`, () => {
        assertCog(each, found[i]);
        // GDAL weighs valid samples along rows first and then among rows, where NaN spreads; and of an image that is a pixel
        // wide it makes each level of the first. There its bilinear is another one.
        const isSame = resampling === 'nearest' || (each.spec.width > 1 && (each.flags === undefined || each.what === 'floats'));
        for (const { band, level, difference, otherMask } of found[i].levels) {
          if (isSame) {
            assert.ok(difference! <= (resampling === 'nearest' ? 0.5 : 1), `band ${band}, overview ${level}: ${difference} off GDAL's`);
            assert.equal(otherMask, 0, `band ${band}, overview ${level}: ${otherMask} pixels are valid in one of both`);
          }
        }
      });
    });
  }
});

describe('the same bytes however it is run', () => {
  const each = CASES.find(({ what }) => what === 'BigTIFF')!;
  test('on one worker, several threads, processes', async () => {
    const path = join(folder, 'run.tif');
    await make(path, each, 'average');
    const wanted = readFileSync(path);
    const input = path.replace('.tif', '-in.tif');
    for (const pool of ['threads', 'processes'] as const) {
      for (const workers of [1, 3]) {
        const other = join(folder, `run-${pool}-${workers}.tif`);
        await normalize(input, other, { range: { min: 0, max: 65535 }, ...each.options, cog: 'average' }, { workers, pool, queue: { mode: 'bounded', size: 1 + workers } });
        assert.ok(readFileSync(other).equals(wanted), `${pool} ${workers}`);
      }
    }
  });
});

