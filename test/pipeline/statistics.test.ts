import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { openInput } from '../../src/pipeline/input.js';
import { type BandStatistics, measureRaster, type StatisticsRequest } from '../../src/pipeline/statistics.js';
import type { ScanOptions } from '../../src/pipeline/scan.js';
import { failureOf, runCli } from '../support/cli.js';
import { temporaryFolder } from '../oracle/support/folder.js';

const folder = temporaryFolder();
let files = 0;

function written(spec: TiffSpec): string {
  const path = join(folder, `${files++}.tif`);
  writeFileSync(path, writeTiff(spec));
  return path;
}

const REQUEST: StatisticsRequest = { percentiles: [1, 50, 99.5], histogram: 9 };
const INLINE: ScanOptions = { workers: 1, pool: 'inline' };

async function measured(path: string, options = INLINE, request = REQUEST): Promise<BandStatistics[]> {
  return measureRaster((await openInput(path)).input, request, options);
}

const scene = (dtype: TiffSpec['dtype']): TiffSpec => {
  const pixel = hills(3, 250);
  const isFloat = dtype.startsWith('float');
  return {
    width: 520, height: 300, bands: 2, dtype, nodata: '77',
    pixel: (band, row, col) => (isFloat ? (row % 13 === 0 ? NaN : pixel(band, row, col) / 7 - 3 * band) : pixel(band, row, col)),
    layout: { tile: { width: 128, height: 64 } },
  };
};

describe('statistics do not depend on how they are made', () => {
  for (const dtype of ['uint8', 'int16', 'int32', 'float32', 'float64'] as const) {
    test(dtype, async () => {
      const spec = scene(dtype);
      const path = written(spec);
      const once = await measured(path);
      assert.ok(once[0].valid > 0 && once[0].valid < spec.width * spec.height);
      for (const options of [{ workers: 3, pool: 'threads' }, { workers: 2, pool: 'processes' }] as const) {
        assert.deepEqual(await measured(path, options), once, options.pool);
      }
      for (const layout of [{ rowsPerStrip: 1 }, { rowsPerStrip: 300 }, { tile: { width: 512, height: 512 } }]) {
        const other = written({ ...spec, layout, interleave: 'band', byteOrder: 'big', compression: 'deflate' });
        assert.deepEqual(await measured(other), once, JSON.stringify(layout));
      }
    });
  }
});

test('more bands and percentiles than one pass counts', async () => {
  const bands = 40;
  for (const dtype of ['uint8', 'float32'] as const) {
    const pixel = (band: number, row: number, col: number): number => ((band + 1) * (row * 31 + col)) % 251;
    const path = written({ width: 40, height: 30, bands, dtype, pixel, layout: { rowsPerStrip: 7 } });
    const percentiles = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    const found = await measured(path, INLINE, { percentiles, histogram: 5 });
    assert.equal(found.length, bands);
    found.forEach(({ band, percentiles: own, histogram, mean }) => {
      const sorted = Array.from({ length: 1200 }, (_, i) => pixel(band - 1, Math.floor(i / 40), i % 40)).sort((a, b) => a - b);
      own.forEach(({ percent, value }) => {
        const place = (percent / 100) * 1199;
        const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
        assert.ok(value! >= low && value! <= high, `band ${band}, ${percent} %: ${value}, wanted ${low} to ${high}`);
      });
      assert.ok(Math.abs(mean! - sorted.reduce((a, b) => a + b, 0) / 1200) < 1e-9);
      assert.equal(histogram!.counts.reduce((a, b) => a + b, 0), 1200);
    });
  }
});

describe('rastq stats', () => {
  test('prints JSON of finite numbers and words', async () => {
    const path = written({ ...scene('float64'), pixel: (_, row) => (row % 2 === 0 ? 1e300 : -1e300) });
    const { stdout } = await runCli(['stats', path, '--json', '--percentile', '50', '--histogram', '2']);
    const { bands } = JSON.parse(stdout) as { bands: BandStatistics[] };
    assert.equal(bands[0].std, 'inf');
    assert.deepEqual(bands[0].histogram!.counts, [78000, 78000]);
  });

  test('prints a line a band', async () => {
    const path = written({ width: 3, height: 1, bands: 2, dtype: 'uint8', nodata: '0', layout: { rowsPerStrip: 1 }, pixel: (band, _, col) => (band === 0 ? col : 0) });
    assert.equal(
      (await runCli(['stats', path, '--percentile', '50'])).stdout,
      'band  valid  min  max  mean  std  50 %\n   1      2    1    2   1.5  0.5   1.5\n   2      0    -    -     -    -     -\n',
    );
  });

  test('prints the bins of a range beyond float64', async () => {
    const path = written({ width: 3, height: 1, bands: 1, dtype: 'float64', layout: { rowsPerStrip: 1 }, pixel: (_, __, col) => (col - 1) * 2 ** 1023 });
    const { stdout } = await runCli(['stats', path, '--percentile', 'none', '--histogram', '4']);
    const rows = stdout.trimEnd().split('from\n')[1].split('\n').map((line) => line.trim().split(/ +/).slice(0, 2).map(Number));
    assert.deepEqual(rows, [[-(2 ** 1023), 1], [-(2 ** 1022), 0], [0, 1], [2 ** 1022, 1]]);
  });

  test('refuses what cannot be', async () => {
    const path = written(scene('uint8'));
    assert.match(failureOf(await runCli(['stats', path, '--percentile', '101']), 2), /--percentile.*0 to 100/);
    assert.match(failureOf(await runCli(['stats', path, '--histogram', '0']), 2), /--histogram/);
    assert.match(failureOf(await runCli(['stats', join(folder, 'nosuch.tif')]), 5), /no such file/);
  });
});
