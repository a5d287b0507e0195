import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DoubleReader } from '../../src/kernels/double-reader.js';
import { areStretchable, stretchDoubles, widen } from '../../src/kernels/double-stretch.js';
import { DoubleWriter } from '../../src/kernels/double-writer.js';
import { type Run, runsIn, type StridedRows } from '../../src/kernels/doubles.js';
import { bytesAt, Room } from '../../src/kernels/memory.js';
import { fillOf, finisher } from '../../src/ops/loops/finish.js';
import { type DType, DTYPE_NAMES, DTYPES, isFloat, type Samples } from '../../src/raster/dtype.js';
import { comparableNodata, type Nodata } from '../../src/raster/nodata.js';

const ROOMS = { samples: new Room(), run: new Room() };

/** Samples of a type in the kernels' memory, or out of their reach. */
function makeSamples(dtype: DType, length: number, within: boolean): Samples {
  const { bytes, over } = DTYPES[dtype];
  if (!within) return over(new ArrayBuffer(length * bytes), 0, length);
  const at = ROOMS.samples.reserve(length * bytes);
  return over(bytesAt(at, length * bytes).buffer, at, length).fill(0);
}

/** Values that crowd where types end, rounding turns, and nodata values are. */
const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.integer({ min: -300, max: 300 }).map((n) => n / 2),
  fc.constantFrom(0, -0, 0.5, 1.5, 2.5, -0.5, -1.5, 127, 128, 255.5, 32767.5, 65535.5, 2147483647.5, 4294967295.5, 2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63), 3.4e38, 1e300, 7, 7.0000001, -9999),
);
const unlimited = fc.oneof(value, fc.constantFrom(NaN, Infinity, -Infinity));
const nodata = fc.constantFrom<Nodata>(null, 0, 7, 7.5, 255, 65535, -9999, 'nan', 'inf', 3.4028234663852886e38, 4294967295, 2 ** 63);

interface Layout {
  readonly before: number;
  readonly rows: number;
  readonly count: number;
  readonly step: number;
  readonly gap: number;
  readonly within: boolean;
}

/** Any tail behind vectors, any room between rows and samples. */
const layout: fc.Arbitrary<Layout> = fc.record({
  before: fc.nat(5),
  rows: fc.integer({ min: 1, max: 3 }),
  count: fc.integer({ min: 1, max: 37 }),
  step: fc.constantFrom(1, 1, 2, 3, 5),
  gap: fc.nat(4),
  within: fc.boolean(),
});

function rowsIn(data: Samples, { before, rows, count, step, gap }: Layout): StridedRows {
  return { data, start: before, rows, rowStep: count * step + gap, count, step };
}

const lengthOf = ({ before, rows, count, step, gap }: Layout): number => before + rows * (count * step + gap) + 9;

function placesOf({ start, rows, rowStep, count, step }: StridedRows): number[] {
  return Array.from({ length: rows * count }, (_, i) => start + Math.floor(i / count) * rowStep + (i % count) * step);
}

/** A run that something was in before. */
function usedRun(samples: number): Run {
  const [run] = runsIn(ROOMS.run, samples);
  run.values.fill(NaN);
  run.invalid.fill(3);
  return run;
}

describe('samples as doubles', () => {
  for (const dtype of DTYPE_NAMES) {
    test(`${dtype} is read as it is, and what is no valid sample is marked`, () => {
      fc.assert(
        fc.property(layout, nodata, fc.array(unlimited, { minLength: 1, maxLength: 40 }), (one, none, values) => {
          const data = makeSamples(dtype, lengthOf(one), one.within);
          for (let i = 0; i < data.length; i++) data[i] = values[i % values.length];
          const rows = rowsIn(data, one);
          const places = placesOf(rows);
          const run = usedRun(places.length);
          const found = new DoubleReader({ dtype, nodata: none }).read(rows, run);
          const unwanted = comparableNodata(dtype, none);
          const isInvalid = places.map((place) => data[place] === unwanted || !Number.isFinite(data[place]));
          assert.deepEqual([...run.values], places.map((place) => data[place]));
          assert.deepEqual(places.map((_, i) => run.invalid[i] !== 0), isInvalid);
          assert.equal(found, isInvalid.includes(true));
        }),
        { numRuns: 300 },
      );
    });

    test(`${dtype} is written as plain loops write it, and nothing beside`, () => {
      fc.assert(
        fc.property(layout, nodata, fc.array(fc.tuple(value, fc.boolean()), { minLength: 1, maxLength: 40 }), (one, none, results) => {
          const data = makeSamples(dtype, lengthOf(one), one.within);
          data.fill(77);
          const expected = data.slice();
          const rows = rowsIn(data, one);
          const run = usedRun(rows.rows * rows.count);
          const finish = finisher({ dtype, nodata: none });
          placesOf(rows).forEach((place, i) => {
            const [result, isInvalid] = results[i % results.length];
            run.values[i] = isInvalid ? NaN : result;
            run.invalid[i] = isInvalid ? 1 : 0;
            expected[place] = isInvalid ? fillOf(none) : finish(result);
          });
          new DoubleWriter({ dtype, nodata: none }).write(run, rows);
          // Whole numbers have one zero.
          const own = (all: Samples): number[] => Array.from(all, (sample) => (isFloat(dtype) ? sample : sample + 0));
          assert.deepEqual(own(data), own(expected));
        }),
        { numRuns: 600 },
      );
    });
  }

  test('floats that GDAL takes for nodata are moved off it', () => {
    const run = usedRun(3);
    const data = new Float32Array(3);
    run.invalid.fill(0);
    run.values.set([-9999, -9999.0005, -9999.1]);
    new DoubleWriter({ dtype: 'float32', nodata: -9999 }).write(run, { data, start: 0, rows: 1, rowStep: 3, count: 3, step: 1 });
    assert.ok(data[0] !== -9999 && data[1] !== Math.fround(-9999.0005) && data[2] === Math.fround(-9999.1), String(data));
  });
});

describe('a stretch of doubles', () => {
  const samples = fc.integer({ min: 1, max: 5 }).chain((bands) => fc.tuple(fc.constant(bands), fc.array(fc.array(unlimited, { minLength: bands, maxLength: bands }), { minLength: 1, maxLength: 30 })));

  test('widens pairs by what is valid', () => {
    fc.assert(
      fc.property(samples, ([bands, pixels]) => {
        const all = pixels.flat();
        const run = usedRun(all.length);
        run.values.set(all);
        all.forEach((one, i) => (run.invalid[i] = Number.isFinite(one) ? 0 : 1));
        const pairs = Float64Array.from({ length: bands * 2 }, (_, i) => (i % 2 === 0 ? 20 : 30));
        widen(run, all.length, bands, pairs);
        const expected = Array.from({ length: bands }, (_, band) => {
          const valid = pixels.map((pixel) => pixel[band]).filter(Number.isFinite);
          return [Math.min(20, ...valid) + 0, Math.max(30, ...valid) + 0];
        });
        assert.deepEqual([...pairs].map((one) => one + 0), expected.flat());
      }),
    );
  });

  test('is (v - min) * (b - a) / (max - min) + a, to the last bit', () => {
    const small = fc.double({ noNaN: true, min: -1e100, max: 1e100 });
    const pair = fc.tuple(small, small).map(([one, two]) => ({ min: Math.min(one, two), max: Math.max(one, two) }));
    const line = fc.oneof(pair, small.map((one) => ({ min: one, max: one })));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), fc.array(small, { minLength: 1, maxLength: 60 }), pair, fc.boolean(), (lines, values, range, beyond) => {
        const bands = lines.length;
        const all = Array.from({ length: Math.ceil(values.length / bands) * bands }, (_, i) => {
          const { min, max } = lines[i % bands];
          const one = values[i % values.length];
          return beyond ? one : Math.min(max, Math.max(min, one));
        });
        const run = usedRun(all.length);
        run.values.set(all);
        const own = { pairs: Float64Array.from(lines.flatMap(({ min, max }) => [min, max])), range, beyond };
        assert.ok(areStretchable(own));
        stretchDoubles(run, all.length, own);
        const expected = all.map((one, i) => {
          const { min, max } = lines[i % bands];
          if (one <= min) return range.min;
          if (beyond && one >= max) return range.max;
          return ((one - min) * (range.max - range.min)) / (max - min) + range.min;
        });
        assert.deepEqual([...run.values].map((one) => one + 0), expected.map((one) => one + 0));
      }),
      { numRuns: 500 },
    );
  });

  test('is not for products beyond float64', () => {
    const pairs = Float64Array.of(-1e308, 1e308);
    assert.equal(areStretchable({ pairs, range: { min: 0, max: 1 }, beyond: false }), false);
    assert.equal(areStretchable({ pairs: Float64Array.of(0, 1e300), range: { min: 0, max: 1e9 }, beyond: false }), false);
    assert.equal(areStretchable({ pairs: Float64Array.of(0, 1), range: { min: -1e308, max: 1e308 }, beyond: false }), false);
    assert.equal(areStretchable({ pairs: Float64Array.of(Infinity, -Infinity), range: { min: 0, max: 1 }, beyond: false }), true);
  });
});
