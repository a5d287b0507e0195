import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesAt, Room } from '../../src/kernels/memory.js';
import { isPacked } from '../../src/kernels/packed.js';
import { StretchKernel } from '../../src/kernels/stretch.js';
import { bandsOf, createPixels, crop, type Pixels, pixelsOver } from '../../src/raster/block.js';
import { type DType, DTYPE_NAMES, DTYPES } from '../../src/raster/dtype.js';
import type { Window } from '../../src/raster/window.js';

/** The types the kernel has loops for. */
const TAKEN = ['uint8', 'int8', 'uint16', 'int16'] as const;

/** One kernel for each pair of types, as a worker would have it: what one call leaves behind must not show in the next. */
const kernels = new Map<string, StretchKernel>();
function kernelOf(input: DType, output: DType): StretchKernel {
  const key = `${input} ${output}`;
  const kernel = kernels.get(key) ?? new StretchKernel(input, output);
  kernels.set(key, kernel);
  return kernel;
}

interface Case {
  readonly input: (typeof TAKEN)[number];
  readonly output: DType;
  readonly bands: number;
  readonly whole: Window;
  readonly part: Window;
  readonly nodata: number;
  readonly samples: readonly number[];
  /** Whether the samples, and the results, are in the kernels' own memory. */
  readonly within: readonly [samples: boolean, results: boolean];
}

/** Packed pixels of any size about a vector's, whole or a part of more, with values that crowd at the type's ends. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    input: fc.constantFrom(...TAKEN),
    output: fc.constantFrom(...DTYPE_NAMES),
    bands: fc.integer({ min: 1, max: 9 }),
    cols: fc.integer({ min: 1, max: 70 }),
    rows: fc.integer({ min: 1, max: 4 }),
    left: fc.nat(5),
    right: fc.nat(5),
    above: fc.nat(2),
  })
  .chain(({ input, output, bands, cols, rows, left, right, above }) => {
    const { min, max } = DTYPES[input];
    const value = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, min + 1, max - 1, max, 0, 7));
    const whole: Window = { col: 0, row: 0, width: left + cols + right, height: above + rows };
    const length = whole.width * whole.height * bands;
    return fc
      .tuple(fc.array(value, { minLength: length, maxLength: length }), fc.oneof(fc.constant(NaN), fc.constantFrom(min, max, 0, 7)), fc.tuple(fc.boolean(), fc.boolean()))
      .map(([samples, nodata, within]) => ({ input, output, bands, whole, part: { col: left, row: above, width: cols, height: rows }, nodata, samples, within }));
  });

const ROOMS = { samples: new Room(), results: new Room() };

/** Pixels, all 1, in the kernels' memory or out of their reach. */
function makePixels(dtype: DType, { width, height }: Window, bands: number, room: Room | undefined): Pixels {
  const { over, bytes } = DTYPES[dtype];
  const length = width * height * bands;
  const at = room?.reserve(length * bytes);
  const samples = at === undefined ? over(new ArrayBuffer(length * bytes), 0, length) : over(bytesAt(at, length * bytes).buffer, at, length);
  return pixelsOver(samples.fill(1), { width, height }, bands, 'pixel');
}

function pixelsOf({ input, bands, whole, part, samples, within }: Case): Pixels {
  const pixels = makePixels(input, whole, bands, within[0] ? ROOMS.samples : undefined);
  pixels.data.set(samples);
  return crop(pixels, whole, part);
}

/** Room for results, and the part of it that they belong into. */
function resultsOf({ output, bands, whole, part, within }: Case): { readonly room: Pixels; readonly out: Pixels } {
  const room = makePixels(output, whole, bands, within[1] ? ROOMS.results : undefined);
  return { room, out: crop(room, whole, part) };
}

/** What is beside the part is as it was. */
function assertUntouched(room: Pixels, { part }: Case): void {
  const isInside = (row: number, col: number): boolean => row >= part.row && row < part.row + part.height && col >= part.col && col < part.col + part.width;
  eachSample(room, (band, row, col) => assert.ok(isInside(row, col) || room.get(band, row, col) === 1, `band ${band}, row ${row}, column ${col}`));
}

function eachSample(pixels: Pixels, visit: (band: number, row: number, col: number) => void): void {
  const [bands, rows, cols] = pixels.shape as [number, number, number];
  for (let band = 0; band < bands; band++) for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) visit(band, row, col);
}

/** Two numbers a band: the plain twin of `measure`. */
function extremesOf(pixels: Pixels, nodata: number): number[] {
  const extremes = Array.from({ length: pixels.shape[0] }, () => [Infinity, -Infinity]).flat();
  eachSample(pixels, (band, row, col) => {
    const value = pixels.get(band, row, col);
    if (value === nodata) return;
    extremes[band * 2] = Math.min(extremes[band * 2], value);
    extremes[band * 2 + 1] = Math.max(extremes[band * 2 + 1], value);
  });
  return extremes;
}

const noExtremes = (bands: number): Float64Array => Float64Array.from({ length: bands * 2 }, (_, i) => (i % 2 === 0 ? Infinity : -Infinity));

describe('minimum and maximum', () => {
  test('of any packed pixels', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const pixels = pixelsOf(one);
        const statistics = noExtremes(one.bands);
        kernelOf(one.input, one.output).measure(pixels, one.nodata, statistics);
        assert.deepEqual([...statistics], extremesOf(pixels, one.nodata));
      }),
      { numRuns: 1500 },
    );
  });

  test('of every number of pixels that a vector, and a round of them, leaves over', () => {
    for (const dtype of TAKEN) {
      const kernel = kernelOf(dtype, 'uint16');
      for (let bands = 1; bands <= 9; bands++) {
        for (let count = 1; count <= 34; count++) {
          const pixels = createPixels(dtype, { width: count, height: 1 }, bands, 'pixel');
          // The extremes are the last pixel's, then the first one's.
          for (const [at, value] of [[count - 1, DTYPES[dtype].max], [0, DTYPES[dtype].min]] as const) {
            for (let band = 0; band < bands; band++) pixels.set(band, 0, at, value);
            const statistics = noExtremes(bands);
            kernel.measure(pixels, NaN, statistics);
            assert.deepEqual([...statistics], extremesOf(pixels, NaN), `${dtype}, ${bands} bands, ${count} pixels`);
          }
        }
      }
    }
  });

  test('widen what is known already, and leave it where nothing is valid', () => {
    const pixels = createPixels('int8', { width: 40, height: 2 }, 2, 'pixel');
    const statistics = Float64Array.of(5, 6, Infinity, -Infinity);
    const kernel = kernelOf('int8', 'uint8');
    kernel.measure(pixels, 0, statistics);
    assert.deepEqual([...statistics], [5, 6, Infinity, -Infinity]);
    kernel.measure(pixels, NaN, statistics);
    assert.deepEqual([...statistics], [0, 6, 0, 0]);
  });
});

describe('looking up', () => {
  test('any packed pixels gives each band its own results, and touches nothing beside them', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { input, output } = one;
        const pixels = pixelsOf(one);
        const before = [...pixels.data];
        const { room, out } = resultsOf(one);
        // A result that tells band and value apart, within the output's range.
        const resultOf = (band: number, pattern: number): number => ((band + 1) * 31 + pattern) % 100 + 2;
        kernelOf(input, output).map(pixels, ({ entries }, band) => entries.forEach((_: number, pattern: number) => (entries[pattern] = resultOf(band, pattern))), out);
        const mask = 2 ** (8 * DTYPES[input].bytes) - 1;
        eachSample(pixels, (band, row, col) => assert.equal(out.get(band, row, col), resultOf(band, pixels.get(band, row, col) & mask)));
        assertUntouched(room, one);
        assert.deepEqual([...pixels.data], before);
      }),
      { numRuns: 200 },
    );
  });
});

/** The stretch as its formula has it, in float64: its plain twin. */
function stretchOf(value: number, min: number, max: number, range: { readonly min: number; readonly max: number }): number {
  if (value <= min || !(max > min)) return value > min ? range.max : range.min;
  if (value >= max) return range.max;
  const exact = ((value - min) * (range.max - range.min)) / (max - min) + range.min;
  const floor = Math.floor(exact);
  // -0 is 0 in every integer type.
  return (exact - floor === 0.5 ? floor + Math.abs(floor % 2) : Math.round(exact)) + 0;
}

describe('stretching whole numbers', () => {
  const WHOLE = ['uint8', 'int8', 'uint16', 'int16'] as const;
  const stretches = cases.chain((one) => {
    const { min, max } = DTYPES[one.input];
    const output = fc.constantFrom(...WHOLE);
    const pair = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    return fc.record({ output, pairs: fc.array(pair, { minLength: one.bands, maxLength: one.bands }), ends: fc.tuple(fc.nat(65535), fc.nat(65535)) }).map(({ output, pairs, ends }) => {
      const { min: low, max: high } = DTYPES[output];
      const [from, to] = ends.map((end) => low + (end % (high - low + 1))).sort((a, b) => a - b);
      return { ...one, output, pairs, range: { min: from, max: to } };
    });
  });

  test('gives what float64 gives, of any packed pixels, and touches nothing beside them', () => {
    fc.assert(
      fc.property(stretches, (one) => {
        const { input, output, nodata, pairs, range } = one;
        const kernel = kernelOf(input, output);
        const lines = { statistics: Float64Array.from(pairs.flat()), range, nodata, fill: range.max };
        assert.equal(kernel.isWhole(lines), DTYPES[input].bytes === 2);
        if (!kernel.isWhole(lines)) return;
        const pixels = pixelsOf(one);
        const before = [...pixels.data];
        const { room, out } = resultsOf(one);
        kernel.stretchWhole(pixels, lines, out);
        eachSample(pixels, (band, row, col) => {
          const value = pixels.get(band, row, col);
          const [min, max] = pairs[band];
          assert.equal(out.get(band, row, col), value === nodata ? range.max : stretchOf(value, min, max, range), `${value} of ${min}..${max}`);
        });
        assertUntouched(room, one);
        assert.deepEqual([...pixels.data], before);
      }),
      { numRuns: 600 },
    );
  });

  test('of every value, by spans and ranges with halves, primes and the largest products', () => {
    const every = { uint16: Uint16Array.from({ length: 65536 }, (_, i) => i), int16: Int16Array.from({ length: 65536 }, (_, i) => i - 32768) };
    const spans = [1, 2, 3, 255, 256, 4373, 4374, 32768, 65521, 65534, 65535];
    for (const input of ['uint16', 'int16'] as const) {
      const out = pixelsOver(new Uint16Array(65536), { width: 256, height: 256 }, 1, 'pixel');
      for (const span of spans) {
        for (const range of [{ min: 0, max: 65535 }, { min: 0, max: 4096 }, { min: 1, max: 65534 }, { min: 7, max: 7 }, { min: 3, max: 10 }]) {
          const min = DTYPES[input].min + Math.min(65535 - span, 117);
          kernelOf(input, 'uint16').stretchWhole(pixelsOver(every[input], { width: 256, height: 256 }, 1, 'pixel'), { statistics: Float64Array.of(min, min + span), range, nodata: NaN, fill: 0 }, out);
          for (let i = 0; i < 65536; i++) {
            const wanted = stretchOf(every[input][i], min, min + span, range);
            if (out.data[i] !== wanted) assert.equal(out.data[i], wanted, `${every[input][i]} of ${min} and ${span} more to ${range.min}..${range.max}`);
          }
        }
      }
    }
  });

  test('leaves bands without valid samples to the fill, and what is not whole to others', () => {
    const kernel = kernelOf('uint16', 'uint16');
    const range = { min: 0, max: 10 };
    const out = createPixels('uint16', { width: 9, height: 1 }, 1, 'pixel');
    kernel.stretchWhole(createPixels('uint16', { width: 9, height: 1 }, 1, 'pixel'), { statistics: noExtremes(1), range, nodata: 0, fill: 65535 }, out);
    assert.deepEqual([...out.data], new Array(9).fill(65535));
    const lines = { statistics: Float64Array.of(0, 9), range, nodata: NaN, fill: 0 };
    assert.ok(kernel.isWhole(lines));
    assert.ok(!kernel.isWhole({ ...lines, statistics: Float64Array.of(0.5, 9) }));
    assert.ok(!kernel.isWhole({ ...lines, range: { min: 0, max: 0.5 } }));
    assert.ok(!kernel.isWhole({ ...lines, range: { min: -1, max: 10 } }));
    assert.ok(!kernelOf('uint16', 'float32').isWhole(lines));
    assert.ok(!kernelOf('uint8', 'uint16').isWhole(lines));
  });
});

describe('a table of stretched values', () => {
  const lines = fc
    .record({ input: fc.constantFrom(...TAKEN), output: fc.constantFrom(...DTYPE_NAMES), halves: fc.boolean() })
    .chain(({ input, output, halves }) => {
      const { min, max } = DTYPES[input];
      const ends = fc.uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 2 }).map((two) => two.sort((a, b) => a - b));
      // Twice the span up or down makes every second result a half.
      const scale = halves ? fc.constantFrom(0.5, -0.5) : fc.double({ min: -1e6, max: 1e6, noNaN: true });
      return fc.record({ input: fc.constant(input), output: fc.constant(output), halves: fc.constant(halves), ends, scale, offset: fc.integer({ min: -1000, max: 70000 }) });
    });

  test('is the formula in float64, value by value', () => {
    fc.assert(
      fc.property(lines, ({ input, output, halves, ends: [min, max], scale: some, offset }) => {
        const scale = halves ? some * (max - min) : some;
        const { bytes, over, kind, min: low, max: high } = DTYPES[output];
        const out = createPixels(output, { width: 1, height: 1 }, 1, 'pixel');
        let entries: readonly number[] = [];
        kernelOf(input, output).map(createPixels(input, { width: 1, height: 1 }, 1, 'pixel'), (table) => {
          table.stretch({ min, max, scale, offset });
          entries = [...table.entries] as number[];
        }, out);
        const one = over(new ArrayBuffer(bytes), 0, 1);
        for (let value = min; value <= max; value += Math.max(1, Math.floor((max - min) / 300))) {
          const exact = ((value - min) * scale) / (max - min) + offset;
          const floor = Math.floor(exact);
          const even = floor % 2 === 0 ? floor : floor + 1;
          const whole = exact - floor === 0.5 ? even : Math.round(exact);
          one[0] = Math.min(high, Math.max(low, kind === 'float' ? exact : whole));
          // -0 is 0 in every integer type.
          assert.ok(entries[value & (entries.length - 1)] === one[0], `${value} of ${min}..${max}`);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('packed pixels', () => {
  const window: Window = { col: 0, row: 0, width: 5, height: 4 };
  test('are those of all bands side by side, cropped or not', () => {
    const pixels = createPixels('uint8', window, 3, 'pixel');
    assert.ok(isPacked(pixels));
    assert.ok(isPacked(crop(pixels, window, { col: 1, row: 1, width: 2, height: 2 })));
    assert.ok(isPacked(createPixels('uint8', window, 1, 'band')));
  });
  test('are not those of planes, nor one band of several', () => {
    assert.ok(!isPacked(createPixels('uint8', window, 3, 'band')));
    assert.ok(!isPacked(bandsOf(createPixels('uint8', window, 3, 'pixel'), 1, 1)));
  });
  test('have loops for 8- and 16-bit integers', () => {
    assert.deepEqual(DTYPE_NAMES.filter((dtype) => StretchKernel.takes(dtype)), [...TAKEN]);
  });
});
