import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openInput } from '../../src/pipeline/input.js';
import { type BandStatistics, measureRaster } from '../../src/pipeline/statistics.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { fixturePath } from './support/run.js';

const folder = temporaryFolder();
const SEED = Number(process.env['RASTQ_ORACLE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const REQUEST = { percentiles: [0, 0.01, 2, 33.3, 50, 98, 99.999, 100], histogram: 13 };

interface ByNumpy {
  readonly valid: number;
  readonly moments: readonly (number | null)[];
  readonly percentiles: readonly number[];
  readonly histogram: { readonly counts: readonly number[]; readonly edges: readonly [number, number] };
}

/** Asserts that a band is what numpy finds, to 1e-9 of the larger of mean and standard deviation. */
function assertSame(found: BandStatistics, wanted: ByNumpy): void {
  assert.equal(found.valid, wanted.valid);
  if (wanted.valid === 0) {
    assert.deepEqual([found.min, found.max, found.mean, found.std, found.histogram], [null, null, null, null, null]);
    return;
  }
  const [, , mean, std] = wanted.moments;
  const tolerance = 1e-9 * Math.max(Math.abs(mean ?? 0), std ?? 0);
  const near = (value: number | null, by: number | null, what: string): void => {
    // Where squares are beyond float64, numpy has no finite answer.
    if (by === null) assert.ok(!Number.isFinite(value), what);
    else assert.ok(Math.abs(value! - by) <= tolerance, `${what} is ${value}, numpy has ${by}`);
  };
  ['min', 'max', 'mean', 'std'].forEach((name, i) => near([found.min, found.max, found.mean, found.std][i], wanted.moments[i], name));
  found.percentiles.forEach(({ percent, value }, i) => near(value, wanted.percentiles[i], `percentile ${percent}`));
  assert.deepEqual(found.histogram!.counts, wanted.histogram.counts);
  assert.deepEqual([found.histogram!.min, found.histogram!.max], wanted.histogram.edges);
}

async function compare(paths: readonly string[], t: { test: (name: string, run: () => void) => Promise<void> }): Promise<void> {
  const { percentiles, histogram } = REQUEST;
  const wanted = runPython('statistics.py', paths.map((path) => ({ path, percentiles, bins: histogram }))) as ByNumpy[][];
  for (const [i, path] of paths.entries()) {
    const found = await measureRaster((await openInput(path)).input, REQUEST, { workers: 1, pool: 'inline' });
    await t.test(path.split('/').at(-1)!, () => {
      assert.equal(found.length, wanted[i].length);
      found.forEach((band, at) => assertSame(band, wanted[i][at]));
    });
  }
}

describe('statistics are those of numpy', { skip: missingModules('osgeo.gdal', 'rasterio', 'numpy') }, () => {
  test('of the fixtures', (t) => {
    const names = readdirSync(fixturePath('.')).filter((name) => name.endsWith('.tif'));
    assert.ok(names.length > 20);
    return compare(names.map(fixturePath), t);
  });

  test(`of files that GDAL wrote, by seed ${SEED}`, async (t) => {
    const made = runPython('gdal_inputs.py', { folder, count: 25, seed: SEED }) as { path: string }[];
    await compare(made.map(({ path }) => path), t);
  });
});
