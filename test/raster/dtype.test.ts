import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SAMPLE_TYPES } from '../../fixtures/tiff-spec.js';
import { UsageError } from '../../src/errors.js';
import { type DType, DTYPE_NAMES, DTYPES, holds, isDType, isFloat, isPacked64, parseDType, roundHalfToEven, saturate } from '../../src/raster/dtype.js';

/** The types that a typed array of numbers holds; 64-bit integers are worked on as float64. */
const ARRAY_TYPES = DTYPE_NAMES.filter((name): name is Exclude<DType, 'uint64' | 'int64'> => !isPacked64(name));
const dtypes = fc.constantFrom(...ARRAY_TYPES);

/** Below this, doubles have halves. */
const LIMIT = 2 ** 52;

/** The nearest whole number, of two the even one, by the decimal digits of the value, which toFixed gives exactly. */
function byDigits(value: number): number {
  // 52 fraction bits are 52 decimals.
  const [whole, fraction] = (Math.abs(value).toFixed(60)).split('.') as [string, string];
  const half = `5${'0'.repeat(59)}`;
  const below = BigInt(whole);
  const up = fraction > half || (fraction === half && below % 2n === 1n);
  const magnitude = Number(up ? below + 1n : below);
  return value < 0 ? -magnitude : magnitude;
}

describe('roundHalfToEven', () => {
  const values = fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((value) => Math.abs(value) > 2 ** -8 || value === 0),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => value / 2),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => value / 4),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => Math.sign(value) * 2 ** 51 + value / 2),
  );
  test('is what the digits say', () => {
    fc.assert(fc.property(values, (value) => assert.equal(roundHalfToEven(value) + 0, byDigits(value) + 0)), { numRuns: 1000 });
  });

  test('is a nearest whole number, and the even one of two', () => {
    const any = fc.double({ min: -LIMIT, max: LIMIT, noNaN: true, minExcluded: true, maxExcluded: true });
    fc.assert(
      fc.property(any, (value) => {
        const rounded = roundHalfToEven(value);
        const distance = Math.abs(value - rounded);
        assert.ok(Number.isInteger(rounded));
        assert.ok(distance <= 0.5);
        if (distance === 0.5) assert.ok(rounded % 2 === 0);
      }),
      { numRuns: 1000 },
    );
  });

  const cases: [value: number, wanted: number][] = [
    [0.5, 0], [1.5, 2], [2.5, 2], [-0.5, 0], [-1.5, -2], [-2.5, -2], [0.49999999999999994, 0], [0.5000000000000001, 1],
    [4095.5, 4096], [4094.5, 4094], [LIMIT - 0.5, LIMIT], [LIMIT - 1.5, LIMIT - 2], [-LIMIT + 0.5, -LIMIT], [2 ** 51 + 0.5, 2 ** 51], [2 ** 51 - 0.5, 2 ** 51], [1e300, 1e300],
    [Infinity, Infinity], [5e-324, 0],
  ];
  for (const [value, wanted] of cases) test(`${value} is ${wanted}`, () => assert.equal(roundHalfToEven(value) + 0, wanted));
});

describe('sample types', () => {
  test('are what TIFF has', () => {
    assert.deepEqual([...ARRAY_TYPES].sort(), Object.keys(SAMPLE_TYPES).sort());
    for (const name of ARRAY_TYPES) {
      const { bytes, kind, min, max, over } = DTYPES[name];
      const wanted = SAMPLE_TYPES[name];
      assert.equal(bytes, wanted.bytes);
      assert.equal(kind, ({ 1: 'uint', 2: 'int', 3: 'float' } as const)[wanted.format]);
      assert.equal(isFloat(name), wanted.format === 3);
      if (kind !== 'float') assert.deepEqual([min, max], [wanted.min, wanted.max]);
      const samples = over(new ArrayBuffer(4 * bytes), bytes, 2);
      assert.equal(samples.constructor, wanted.array(0).constructor);
      assert.deepEqual([samples.length, samples.byteOffset], [2, bytes]);
      samples[0] = max;
      samples[1] = min;
      assert.deepEqual([...samples], [max, min]);
    }
  });

  test('of 64 bits are float64 up to the largest double in their range', () => {
    assert.deepEqual([DTYPES.uint64.min, DTYPES.int64.min], [0, -(2 ** 63)]);
    for (const [name, end] of [['uint64', 2n ** 64n], ['int64', 2n ** 63n]] as const) {
      const { max, bytes, over } = DTYPES[name];
      assert.ok(BigInt(max) < end && BigInt(max + 2048) >= end);
      assert.equal(bytes, 8);
      assert.ok(over(new ArrayBuffer(16), 0, 2) instanceof Float64Array);
    }
  });

  test('are known by name', () => {
    for (const name of DTYPE_NAMES) assert.equal(parseDType(name), name);
    for (const name of ['uint128', 'Byte', '', 'toString', '__proto__']) {
      assert.ok(!isDType(name));
      assert.throws(() => parseDType(name), UsageError);
    }
  });

  test('hold the values that an array of theirs gives back', () => {
    const some = fc.oneof(fc.double(), fc.integer(), fc.float(), fc.constantFrom(0, -0, 255, 256, -129, 65535, 2 ** 32, NaN, Infinity, 0.5));
    fc.assert(
      fc.property(dtypes, some, (dtype, value) => {
        const [stored] = SAMPLE_TYPES[dtype].array(1).fill(value);
        assert.equal(holds(dtype, value), stored === value || (Number.isNaN(stored) && Number.isNaN(value)));
      }),
      { numRuns: 1000 },
    );
  });

  test('saturate to the nearest value they have', () => {
    const some = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: -70000, max: 70000, noNaN: true }), fc.integer());
    fc.assert(
      fc.property(dtypes, some, (dtype, value) => {
        const { kind, min, max } = DTYPES[dtype];
        const stored = saturate(dtype, value);
        assert.ok(holds(dtype, stored));
        if (holds(dtype, value)) assert.ok(stored === value);
        if (kind !== 'float' && value >= max) assert.equal(stored, max);
        else if (kind !== 'float' && value <= min) assert.equal(stored, min);
        else if (kind !== 'float') assert.ok(Math.abs(stored - value) <= 0.5);
        else if (Math.abs(value) <= max) assert.equal(stored, SAMPLE_TYPES[dtype].array(1).fill(value)[0]);
      }),
      { numRuns: 1000 },
    );
  });
});
