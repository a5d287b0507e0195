import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import calc from '../../src/ops/calc.js';
import { exp, log, log10, log2, pow } from '../../src/ops/expression/elementary.js';
import { parseExpression } from '../../src/ops/expression/parse.js';
import { createPixels } from '../../src/raster/block.js';
import type { DType } from '../../src/raster/dtype.js';
import { nodataNumber, type Nodata } from '../../src/raster/nodata.js';
import type { Profile } from '../../src/raster/profile.js';
import { missingModules, runPython } from '../oracle/support/python.js';

const SHAPE = { width: 1500, height: 2 };

/** Columns of a raster: whole numbers, small ones around 0, invalid ones. */
function columns(): Record<string, (number | null)[]> {
  const count = SHAPE.width * SHAPE.height;
  const [b1] = fc.sample(fc.array(fc.option(fc.integer({ min: -20, max: 300 }), { freq: 9 }), { minLength: count, maxLength: count }), { numRuns: 1, seed: 7 });
  const [b2] = fc.sample(fc.array(fc.option(fc.integer({ min: -5, max: 5 }), { freq: 9 }), { minLength: count, maxLength: count }), { numRuns: 1, seed: 8 });
  const b3 = b1.map((value, i) => (value === null ? null : value / 8 + (i % 3)));
  return { b1, b2, b3 };
}

/** The expression by rastq, and by Python where it is written otherwise there. */
const EXPRESSIONS: readonly (readonly [expr: string, python?: string])[] = [
  ['b1'],
  ['7.5'],
  ['-b1 + +b2 - 3 * b3 / 2'],
  ['(b1 - b2) / (b1 + b2)'],
  ['b1 % b2'],
  ['b3 % -3'],
  ['b2 ** 3 - 2 ** b2'],
  ['b2 ** 2 ** 2'],
  ['abs(b3) ** 0.7'],
  ['(-b3) ** 2 - ( ( +b1 ) ) ** 2 + 2 ** -b2'],
  ['-(b3 ** 2) - (-(b2)) ** 3'],
  ['pow(-b1, b2)', 'pow(-b1, b2)'],
  ['sqrt(b1)'],
  ['exp(b3 / 4) + log(b1) - log2(b1) * log10(b1)'],
  ['floor(b3) + ceil(b3) + round(b3) + sign(b2)'],
  ['min(b1, b2, b3) - max(b1, 12, b3)', 'min(min(b1, b2), b3) - max(max(b1, 12), b3)'],
  ['clip(b1, 0, 100 + b2)'],
  ['where(b1 > b3, b1, b2 / b2)'],
  ['b1 < 3 ? b2 : b3', 'where(b1 < 3, b2, b3)'],
  ['(b1 == b2) + 2 * (b1 != b2) + 4 * (b1 <= 7) + 8 * (b2 >= 1) + 16 * (b3 < b2)'],
  ['(b1 > 2) == (b2 > 2)'],
  ['(0 < (b1 < b2)) != ((b3 >= 7))'],
  ['b1 > 1 && b2 > 1 || !b2', 'logical_or(logical_and(b1 > 1, b2 > 1), logical_not(b2))'],
  ['where(b1 / b2 > 3, 1, 0)'],
  ['b1 & 12 | b2 ^ 5', 'int64(b1) & 12 | int64(b2) ^ 5'],
  ['b1 & 8 == 8', '(int64(b1) & 8) == 8'],
  ['(b1 << 3) + (b1 >> 2) + ~b2', '(int64(b1) << 3) + (int64(b1) >> 2) + ~int64(b2)'],
  ['b2 / 0'],
  ['b1 + 0 * (b1 / 0)'],
];

interface Calculated {
  readonly values: readonly (number | null)[];
}

function calculate(expr: string, data: Record<string, (number | null)[]>, dtype: DType = 'float64', input: DType = 'float64', nodata: Nodata = null): Calculated {
  const names = Object.keys(data);
  const pixels = createPixels(input, SHAPE, names.length, 'pixel');
  names.forEach((name, band) => {
    data[name].forEach((value, i) => pixels.set(band, Math.floor(i / SHAPE.width), i % SHAPE.width, value ?? nodataNumber(nodata) ?? NaN));
  });
  const profile: Profile = { ...SHAPE, bands: names.length, dtype: input, nodata, mask: false, alpha: null, interleave: 'pixel', compression: 'none', predictor: 1 };
  const params = { expr, dtype, nodata: undefined };
  assert.deepEqual(calc.describe(profile, params).bands, [null]);
  const fill = dtype.startsWith('float') ? 'nan' : 99;
  const kernel = calc.open(profile, { bands: 1, dtype, nodata: fill, mask: false }, params);
  const out = createPixels(dtype, SHAPE, 1, 'band');
  kernel.apply(pixels, null, new Float64Array(0), out);
  return { values: Array.from(out.data, (value) => (Number.isNaN(value) || value === fill ? null : value)) };
}

describe('calc computes what numpy does', { skip: missingModules('numpy') }, () => {
  const data = columns();
  const wanted = runPython('calc.py', { columns: data, expressions: EXPRESSIONS.map(([expr, python]) => python ?? expr) }) as (number | null)[][];
  EXPRESSIONS.forEach(([expr], at) => {
    test(expr, () => {
      const { values } = calculate(expr, data);
      values.forEach((value, i) => {
        const by = wanted[at][i];
        const isSame = by === null || value === null ? value === by : Math.abs(value - by) <= 1e-13 * Math.abs(by);
        assert.ok(isSame, `pixel ${i} is ${value}, numpy has ${by}, of ${JSON.stringify([data['b1'][i], data['b2'][i], data['b3'][i]])}`);
      });
    });
  });
});

describe('results as samples', () => {
  const constant = (b1: (number | null)[]): Record<string, (number | null)[]> => ({ b1: Array.from({ length: 3000 }, (_, i) => b1[i % b1.length]) });
  const first = (expr: string, b1: (number | null)[], dtype: DType): (number | null)[] => calculate(expr, constant(b1), dtype, 'int16', -1).values.slice(0, b1.length);

  test('integers are rounded half to even and saturated, after arithmetic that does not overflow', () => {
    assert.deepEqual(first('b1 / 2', [1, 3, 5, null], 'uint8'), [0, 2, 2, null]);
    assert.deepEqual(first('b1 * 300 / 300', [1, 200, 300, null], 'uint8'), [1, 200, 255, null]);
    assert.deepEqual(first('b1 - 200', [100, 199, 201], 'uint8'), [0, 0, 1]);
  });

  test('a result that equals nodata moves to the next value', () => assert.deepEqual(first('b1', [98, 99, 100], 'uint8'), [98, 100, 100]));

  test('what is undefined is nodata, in integers too', () => {
    assert.deepEqual(first('b1 / 0', [0, 1], 'uint8'), [null, null]);
    assert.deepEqual(first('log(b1)', [0, 1], 'int16'), [null, 0]);
  });

  test('finite results beyond float32 stay finite', () => assert.deepEqual(first('b1 * 1e300', [2], 'float32'), [3.4028234663852886e38]));
});

describe('functions of our own', () => {
  const near = (a: number, b: number, tolerance: number): boolean => a === b || Math.abs(a - b) <= tolerance * Math.abs(b);

  test('come within a few units in the last place of the engine\'s', () => {
    fc.assert(
      fc.property(fc.double({ min: -745, max: 709, noNaN: true }), fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x, y) => {
        assert.ok(near(exp(x), Math.exp(x), 4e-16) || Math.abs(x) > 708, `exp ${x}`);
        assert.ok(near(log(y), Math.log(y), 4e-16), `log ${y}`);
        assert.ok(near(log2(y), Math.log2(y), 5e-16), `log2 ${y}`);
        assert.ok(near(log10(y), Math.log10(y), 7e-16), `log10 ${y}`);
      }),
      { numRuns: 2000 },
    );
  });

  test('powers below the least normal number are as near as such numbers are', () => {
    const least = 2 ** -1074;
    assert.deepEqual([[4, -537], [-8, -357], [1e300, -2], [-1e300, -3], [-Infinity, -3], [Infinity, -1]].map(([x, y]) => pow(x, y)), [least, -(2 ** -1071), 0, -0, -0, 0]);
    assert.equal(pow(10, -310) * 1e300, 1e-310 * 1e300);
    fc.assert(
      fc.property(fc.double({ min: 2.2, max: 1e9, noNaN: true }), fc.double({ min: 1022, max: 1076, noNaN: true }), (x, digits) => {
        const n = Math.round(digits / Math.log2(x));
        assert.ok(Math.abs(pow(x, -n) - Math.pow(x, -n)) <= 1e-13 * Math.pow(x, -n) + least, `${x} to the power of -${n}`);
      }),
      { numRuns: 2000 },
    );
  });

  test('at their ends', () => {
    assert.deepEqual([-Infinity, -746, 0, 710, Infinity, NaN].map(exp), [0, 0, 1, Infinity, Infinity, NaN]);
    assert.deepEqual([-1, 0, 1, Infinity, NaN].map(log), [NaN, -Infinity, 0, Infinity, NaN]);
    assert.deepEqual([1, 1000, 1e22].map(log10), [0, 3, 22]);
    assert.deepEqual([2 ** -1074, 0.5, 2 ** 1000].map(log2), [-1074, -1, 1000]);
    const powers = [[0, 0], [0, -1], [0, 0.3], [-8, 3], [-8, 1 / 3], [4, 0.5], [4, -0.5], [2, 1023], [NaN, 0], [1, NaN]];
    assert.deepEqual(powers.map(([x, y]) => pow(x, y)), [1, Infinity, 0, -512, NaN, 2, 0.5, 2 ** 1023, 1, 1]);
  });
});

describe('an expression that is none is refused in words', () => {
  for (const [expr, says] of [
    ['', /is empty/],
    ['b1 b2', /several/],
    ['b1 = 2', /Unexpected "="/],
    ['(b1', /Unclosed \(/],
    ['"b1"', /is no finite number/],
    ['1e999', /is no finite number/],
    ['this', /no meaning/],
    ['[b1]', /no meaning/],
    ['b1 === 2', /./],
    ['a[1]', /NAME\.b1/],
    ['a?.b1', /NAME\.b1/],
    ['sin(b1)', /no function sin: there are abs, .*where/],
    ['numpy.where(b1 > 1, 1, 0)', /no function numpy\.where: there are/],
    ['(b1 + 1)(2)', /no function \(\.\.\.\): there are/],
    ['constructor(b1)', /no function constructor/],
    ['toString(b1)', /no function toString/],
    ['clip(b1, 2)', /clip takes 3 values, got 2/],
    ['min(b1)', /min takes 2 or more/],
    ['-b1 ** 2', /two ways/],
    ['-(b1) ** 2', /two ways: write -\(x \*\* y\) or \(-x\) \*\* y/],
    ['(-b1 ** 2)', /two ways/],
    ['(1) - ~b1 ** (2)', /two ways: write ~/],
    ['1 < b1 < 3', /two ways/],
    ['(1 < (b1) == (b2))', /two ways/],
    ['(b1 > 2) == b2 > 2', /two ways/],
    ['('.repeat(3000) + '1' + ')'.repeat(3000), /nested deeper/],
    ['-'.repeat(9900) + '1', /nested deeper/],
    ['1' + '+1'.repeat(3000), /nested deeper/],
    ['1' + '+1'.repeat(9000), /characters/],
  ] as const) {
    test(expr.slice(0, 30), () => assert.throws(() => parseExpression(expr), { name: 'UsageError', message: says }));
  }

  test('a band that is not there', () => {
    assert.throws(() => calculate('b1 + b9', { b1: [1] }), { name: 'UsageError', message: /there is no b9: the bands are b1/ });
  });
});
