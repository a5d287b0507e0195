import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BinFinder, binsBetween, lowerEdge } from '../../src/raster/bins.js';
import { DigitCounts } from '../../src/raster/digit-counts.js';
import type { DType } from '../../src/raster/dtype.js';
import { mergeMoments, momentsOf } from '../../src/raster/moments.js';
import { percentileOf } from '../../src/raster/percentile.js';
import { RankSearch } from '../../src/raster/rank-search.js';
import { sampleOrder } from '../../src/raster/sample-order.js';

const EXTREMES: Readonly<Record<string, readonly number[]>> = {
  uint32: [0, 2 ** 32 - 1, 65535, 65536],
  int32: [-(2 ** 31), 2 ** 31 - 1, -1, 0],
  float32: [0, -0, 1.401298464324817e-45, -1.401298464324817e-45, 3.4028234663852886e38, -3.4028234663852886e38],
  float64: [0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, 1 + 2 ** -52],
};

const INTEGERS = { uint32: { min: 0, max: 2 ** 32 - 1 }, int32: { min: -(2 ** 31), max: 2 ** 31 - 1 } } as const;

/** Samples of a type: its extremes, values close together, values all over it. */
function samplesOf(dtype: DType): fc.Arbitrary<number[]> {
  const isFloat = dtype.startsWith('float');
  const any = isFloat
    ? (dtype === 'float32' ? fc.float : fc.double)({ noNaN: true, noDefaultInfinity: true })
    : fc.integer(INTEGERS[dtype as 'uint32' | 'int32']);
  const near = isFloat ? fc.integer({ min: -40, max: 40 }).map((n) => 1000 + n / 8) : fc.integer({ min: 70000, max: 70020 });
  return fc.array(fc.oneof(any, near, fc.constantFrom(...EXTREMES[dtype])), { minLength: 1, maxLength: 60 });
}

describe('a rank search finds what sorting does', () => {
  for (const dtype of ['uint32', 'int32', 'float32', 'float64', 'int64'] as const) {
    test(dtype, () => {
      const samples = samplesOf(dtype === 'int64' ? 'float64' : dtype);
      fc.assert(
        fc.property(samples, samples, (a, b) => {
          const bands = [Float64Array.from(a), Float64Array.from(b)];
          const order = sampleOrder(dtype);
          const search = new RankSearch(order);
          bands.forEach((band, i) => band.forEach((_, rank) => search.seek(i, rank)));
          for (let level = 0; level < order.digits; level++) {
            // In two parts, so that a part's findings do not confuse the other's.
            for (let targets = search.targets(level); targets.length > 0; targets = search.targets(level)) {
              const some = targets.slice(0, Math.ceil(targets.length / 2));
              const counts = new DigitCounts(order, level, some.map(({ population, prefix }) => ({ bands: [population], prefix })));
              bands.forEach((band, i) => counts.add(i, band, band.length));
              const totals = counts.totals();
              some.forEach((target, i) => search.narrow(level, target, totals.subarray(i * 65536, (i + 1) * 65536)));
            }
          }
          bands.forEach((band, i) => {
            const found = Array.from(band, (_, rank) => search.sampleAt(i, rank));
            assert.deepEqual(found, Array.from(band.slice().sort((x, y) => x - y), (value) => value + 0));
          });
        }),
        { numRuns: 15 },
      );
    });
  }
});

test('moments of parts, merged, are those of the whole', () => {
  const part = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom(0, 1e9, -1e12), (parts, base) => {
      const merged = momentsOf(new Float64Array(0), 0);
      for (const own of parts) mergeMoments(merged, momentsOf(Float64Array.from(own, (v) => v + base), own.length));
      const all = parts.flat().map((v) => v + base);
      assert.equal(merged[0], all.length);
      if (all.length === 0) return;
      assert.deepEqual([merged[1], merged[2]], [Math.min(...all), Math.max(...all)]);
      // In whole numbers of 2^-40, which have no rounding.
      const unit = 2n ** 40n;
      const exact = all.map((v) => BigInt(Math.trunc(v)) * unit + BigInt(Math.round((v - Math.trunc(v)) * 2 ** 40)));
      const count = BigInt(all.length);
      const sum = exact.reduce((a, b) => a + b, 0n);
      const squares = exact.reduce((a, v) => a + (v * count - sum) ** 2n, 0n);
      const mean = Number((sum * 2n ** 20n) / count) / 2 ** 60;
      const std = Math.sqrt(Number(squares / count ** 3n)) / 2 ** 40;
      const tolerance = 1e-9 * Math.max(Math.abs(mean), std) + 1e-11;
      assert.ok(Math.abs(merged[3] - mean) <= tolerance, `mean ${merged[3]}, wanted ${mean}`);
      assert.ok(Math.abs(Math.sqrt(Math.max(0, merged[4]) / all.length) - std) <= tolerance, `std, wanted ${std}`);
    }),
  );
});

test('squares beyond float64 are infinite, not undefined', () => {
  const huge = Float64Array.of(-4e299, 5e299, 1e299);
  const merged = momentsOf(new Float64Array(0), 0);
  for (let i = 0; i < 2; i++) mergeMoments(merged, momentsOf(huge, 3));
  assert.equal(merged[4], Infinity);
});

test('a bin holds its lower edge, the last one both', () => {
  fc.assert(
    // Narrower bins can have edges that no double is.
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.oneof(fc.constant(0), fc.double({ min: 1e-280, max: 1e9, noNaN: true })), fc.integer({ min: 1, max: 300 }), (min, span, bins) => {
      const between = binsBetween(min, min + span, bins);
      const edges = Array.from({ length: bins + 1 }, (_, i) => lowerEdge(between, i));
      const finder = new BinFinder(between);
      edges.forEach((edge, i) => {
        const bin = finder.binOf(edge);
        assert.ok(edges[bin] <= edge && (edge < edges[bin + 1] || bin === bins - 1), `edge ${i} in bin ${bin}`);
      });
    }),
  );
});

describe('bins of the widest and the narrowest range', () => {
  const binned = (values: readonly number[], count: number): number[] => {
    const finder = new BinFinder(binsBetween(Math.min(...values), Math.max(...values), count));
    const counts = new Array<number>(count).fill(0);
    for (const value of values) counts[finder.binOf(value)]++;
    return counts;
  };

  test('hold what they do of small whole numbers', () => {
    const wholes = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(wholes, fc.integer({ min: 1, max: 64 }), (values, count) => {
        const wanted = binned([-1000, ...values, 1000], count);
        for (const unit of [2 ** 1014, 2 ** -1074, 2 ** -1000]) {
          assert.deepEqual(binned([-1000, ...values, 1000].map((value) => value * unit), count), wanted, `times ${unit}`);
        }
      }),
    );
  });

  test('by hand', () => {
    assert.deepEqual(binned([-1.7e308, 0, 1.7e308], 4), [1, 0, 1, 1]);
    assert.deepEqual(binned([0, 5e-324, 1e-323], 4), [1, 0, 1, 1]);
    assert.deepEqual(binned([-Number.MAX_VALUE, Number.MAX_VALUE], 3), [1, 0, 1]);
    const widest = binsBetween(-(2 ** 1023), 2 ** 1023, 4);
    assert.deepEqual([0, 1, 2, 3, 4].map((bin) => lowerEdge(widest, bin)), [-(2 ** 1023), -(2 ** 1022), 0, 2 ** 1022, 2 ** 1023]);
  });
});

test('percentiles lie between ranks as numpy has them', () => {
  const at = (...sorted: number[]) => (percent: number): number => percentileOf(percent, sorted.length, (rank) => sorted[rank]);
  assert.deepEqual([0, 25, 50, 75, 100].map(at(1, 2, 4, 8)), [1, 1.75, 3, 5, 8]);
  assert.deepEqual([0, 50, 100].map(at(7)), [7, 7, 7]);
});
