import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { SharpenKernel } from '../../src/kernels/sharpen.js';
import { fillOf, finisher } from '../../src/ops/loops/finish.js';
import sharpen, { sharpenDoubles } from '../../src/ops/sharpen.js';
import { createPixels, crop, type Pixels } from '../../src/raster/block.js';
import { type DType, DTYPES } from '../../src/raster/dtype.js';
import type { Mask } from '../../src/raster/mask.js';
import { comparableNodata, type Nodata } from '../../src/raster/nodata.js';
import type { Interleave } from '../../src/raster/profile.js';
import type { Size } from '../../src/raster/window.js';
import { assertSameSamples } from '../oracle/support/check.js';

/** The types the kernel has loops for. */
const TAKEN = ['uint8', 'int8', 'uint16', 'int16'] as const;
const NONE = new Float64Array(0);

interface Case {
  readonly input: DType;
  readonly output: DType;
  readonly size: Size;
  readonly bands: number;
  /** Bands that lie beside those that are sharpened. */
  readonly beside: number;
  readonly interleave: Interleave;
  readonly amount: number;
  readonly nodata: Nodata;
  readonly made: Nodata;
  readonly masked: boolean;
  readonly value: (at: number) => number;
}

/** Sharpens by the kernel, as doubles or by plain loops: out of a larger window, into a larger one, which shows what is touched beside. */
function sharpened(run: 'kernel' | 'doubles' | 'loops', { input, output, size, bands, beside, interleave, amount, nodata, made, masked, value }: Case): Pixels['data'] {
  const around = { col: 0, row: 0, width: size.width + 4, height: size.height + 4 };
  const larger = { col: -3, row: -1, width: around.width + 5, height: around.height + 3 };
  const source = createPixels(input, larger, bands + beside, interleave);
  for (let i = 0; i < source.data.length; i++) source.data[i] = value(i);
  const pixels = crop(source, larger, around);
  const result = createPixels(output, larger, bands + beside, interleave);
  result.data.fill(77);
  const out = crop(result, larger, { col: 0, row: 0, ...size });
  const valid = Uint8Array.from({ length: around.width * around.height }, (_, i) => (value(i * 3 + 1) % 11 === 0 ? 0 : 1));
  const mask: Mask | null = masked ? ndarray(valid, [around.height, around.width]) : null;
  const own = (all: Pixels): Pixels => ndarray(all.data, [bands, all.shape[1], all.shape[2]], all.stride, all.offset);
  const before = source.data.slice();
  const types = [{ bands, dtype: input, nodata }, { bands, dtype: output, nodata: made, mask: masked }] as const;
  if (run === 'kernel') new SharpenKernel(types[0], types[1], { amount, weights: WEIGHTS }).apply(own(pixels), mask, own(out));
  else if (run === 'doubles') sharpenDoubles(...types, amount).apply(own(pixels), mask, NONE, own(out));
  else sharpenPlainly(types[0], types[1], amount, own(pixels), mask, own(out));
  assert.deepEqual(source.data, before);
  return result.data;
}

/** A (2 v - G v / 273), G over the valid neighbours by their shares where some are invalid. */
function sharpenPlainly(input: { readonly dtype: DType; readonly nodata: Nodata }, output: { readonly dtype: DType; readonly nodata: Nodata }, amount: number, pixels: Pixels, mask: Mask | null, out: Pixels): void {
  const none = comparableNodata(input.dtype, input.nodata);
  const finish = finisher(output);
  const [bands, rows, cols] = out.shape;
  for (let band = 0; band < bands; band++) {
    for (let i = 0; i < rows * cols; i++) {
      const [row, col] = [Math.floor(i / cols), i % cols];
      const around = WEIGHTS.map((weight, k) => {
        const [r, c] = [row + Math.floor(k / 5), col + (k % 5)];
        const value = pixels.get(band, r, c);
        return { weight, value, isValid: value !== none && (mask === null || mask.get(r, c) !== 0) };
      });
      const valid = around.filter(({ isValid }) => isValid);
      const all = valid.reduce((sum, { weight }) => sum + weight, 0);
      const blurred = valid.length === 25 ? valid.reduce((sum, { weight, value }) => sum + weight * value, 0) / 273 : valid.reduce((sum, { weight, value }) => sum + (weight / all) * value, 0);
      out.set(band, row, col, around[12].isValid ? finish(amount * (2 * around[12].value - blurred)) : fillOf(output.nodata));
    }
  }
}

const ROW = [1, 4, 7, 4, 1];
const LESS = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
const WEIGHTS = LESS.map((less, i) => ROW[Math.floor(i / 5)] * ROW[i % 5] - less);

const cases: fc.Arbitrary<Case> = fc
  .record({
    input: fc.constantFrom(...TAKEN),
    output: fc.constantFrom(...TAKEN),
    size: fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 9 }) }),
    bands: fc.integer({ min: 1, max: 5 }),
    beside: fc.constantFrom(0, 0, 1),
    interleave: fc.constantFrom<Interleave>('pixel', 'band'),
    amount: fc.constantFrom(2, 2, 1, -3, 16, -16, 17, 1000, 1001, 0.37, 0.5, -1.5, 0, 1e300),
    masked: fc.boolean(),
    share: fc.constantFrom(0, 0.02, 0.3, 1),
    nodata: fc.constantFrom<Nodata>(null, 0, 7, 'nan', 255, 127, -128),
    made: fc.constantFrom<Nodata>(null, 0, 7, 127, 'nan', 0.5),
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
  })
  .map(({ share, seed, ...one }) => {
    const { min, max } = DTYPES[one.input];
    const bits = (at: number): number => Math.imul((at + 1) ^ seed, 0x9e3779b1) >>> 0;
    const value = (at: number): number => {
      const random = Math.imul(bits(at), 0x85ebca6b) >>> 0;
      if ((random % 1000) / 1000 < share) return typeof one.nodata === 'number' ? Math.min(max, Math.max(min, one.nodata)) : 3;
      return random % 5 === 0 ? [min, max, 0, 1][random % 4] : min + (bits(at * 7) % (max - min + 1));
    };
    return { ...one, value };
  });

describe('the kernel of sharpen', () => {
  test('gives what plain loops give, and touches nothing beside', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const expected = sharpened('loops', one);
        assertSameSamples(sharpened('kernel', one), expected, 'samples');
        assertSameSamples(sharpened('doubles', one), expected, 'samples as doubles');
      }),
      { numRuns: 1500 },
    );
  });

  test('of every number of samples that a vector leaves over', () => {
    for (const input of TAKEN) {
      for (let bands = 1; bands <= 5; bands++) {
        for (let width = 1; width <= 34; width++) {
          const { min, max } = DTYPES[input];
          const value = (at: number): number => min + ((at * 7919 + ((at * at) % 31)) % (max - min + 1));
          const one: Case = { input, output: 'int16', size: { width, height: 3 }, bands, beside: 0, interleave: 'pixel', amount: 2, nodata: 9, made: 9, masked: false, value };
          assertSameSamples(sharpened('kernel', one), sharpened('loops', one), `${input}, ${bands} bands, ${width} pixels`);
        }
      }
    }
  });

  test('is what the operation runs, for its types and no others', () => {
    const params = { amount: 2 };
    const open = (dtype: DType) => sharpen.open({ bands: 1, dtype, nodata: null }, { bands: 1, dtype, nodata: null, mask: false }, params);
    for (const dtype of Object.keys(DTYPES) as DType[]) {
      assert.equal(SharpenKernel.takes(dtype, dtype), (TAKEN as readonly DType[]).includes(dtype), dtype);
      const pixels = createPixels(dtype, { width: 6, height: 6 }, 1, 'pixel');
      pixels.data.fill(100);
      const out = createPixels(dtype, { width: 2, height: 2 }, 1, 'pixel');
      open(dtype).apply(pixels, null, NONE, out);
      // A surface without relief is multiplied by the amount, up to the type's end.
      assert.deepEqual([...out.data], Array<number>(4).fill(Math.min(200, DTYPES[dtype].max)));
    }
  });
});
