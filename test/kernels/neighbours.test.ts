import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { DoubleReader } from '../../src/kernels/double-reader.js';
import { Neighbours } from '../../src/kernels/neighbours.js';
import { pixelsOver } from '../../src/raster/block.js';
import type { Mask } from '../../src/raster/mask.js';

interface Case {
  readonly halo: number;
  readonly bands: number;
  readonly cols: number;
  readonly rows: number;
  readonly values: readonly number[];
  readonly masked: readonly boolean[];
}

const cases = (halos: readonly number[], values: fc.Arbitrary<number>): fc.Arbitrary<Case> =>
  fc.record({
    halo: fc.constantFrom(...halos),
    bands: fc.integer({ min: 1, max: 4 }),
    cols: fc.integer({ min: 1, max: 19 }),
    rows: fc.integer({ min: 1, max: 4 }),
    values: fc.array(values, { minLength: 1, maxLength: 90 }),
    masked: fc.array(fc.integer({ min: 0, max: 20 }).map((n) => n === 0), { minLength: 1, maxLength: 50 }),
  });

/** Visits the rows of results; `at` gives the sample of a band by its column and row in the window with its halo. */
function eachRow({ halo, bands, cols, rows, values, masked }: Case, visit: (neighbours: Neighbours, row: number, at: (band: number, row: number, col: number) => number, isMasked: (row: number, col: number) => boolean) => void): void {
  const [width, height] = [cols + 2 * halo, rows + 2 * halo];
  const data = Float64Array.from({ length: width * height * bands }, (_, i) => values[i % values.length]);
  const isMasked = (row: number, col: number): boolean => masked[(row * width + col) % masked.length];
  const mask: Mask | null = masked.length < 5 ? null : ndarray(Uint8Array.from({ length: width * height }, (_, i) => (isMasked(Math.floor(i / width), i % width) ? 0 : 1)), [height, width]);
  const pixels = pixelsOver(data, { width, height }, bands, 'pixel');
  const reader = new DoubleReader({ dtype: 'float64', nodata: 7 });
  const neighbours = new Neighbours(halo, bands, cols);
  for (let row = 0; row < 2 * halo; row++) neighbours.load(reader, pixels, mask, row);
  for (let row = 0; row < rows; row++) {
    neighbours.load(reader, pixels, mask, row + 2 * halo);
    neighbours.moveTo(row);
    visit(neighbours, row, (band, r, c) => data[(r * width + c) * bands + band], (r, c) => mask !== null && isMasked(r, c));
  }
}

const results = (neighbours: Neighbours): number[] => [...neighbours.results.values].map((one) => one + 0);

describe('rows of neighbours', () => {
  const small = fc.double({ noNaN: true, min: -1e6, max: 1e6 });

  test('are summed up by weight, in the order of the taps', () => {
    const weights = fc.array(fc.double({ noNaN: true, min: -10, max: 10 }), { minLength: 1, maxLength: 49 });
    fc.assert(
      fc.property(cases([1, 2, 3], small), weights, (one, own) => {
        const edge = 2 * one.halo + 1;
        const taps = own.slice(0, edge * edge).map((weight, i) => ({ row: Math.floor(i / edge), col: i % edge, weight }));
        eachRow(one, (neighbours, row, at) => {
          neighbours.correlate(taps);
          const expected = Array.from({ length: one.cols * one.bands }, (_, i) =>
            taps.reduce((sum, tap) => sum + tap.weight * at(i % one.bands, row + tap.row, Math.floor(i / one.bands) + tap.col), 0),
          );
          assert.deepEqual(results(neighbours), expected.map((sum) => sum + 0));
        });
      }),
    );
  });

  test('are sharpened by the 25 weights that add up to 273, exactly where all is whole', () => {
    const line = [1, 4, 7, 4, 1];
    const less = (row: number, col: number): number => [8, 2][Math.abs(row - 2) + Math.abs(col - 2)] ?? 0;
    fc.assert(
      fc.property(cases([2], fc.integer({ min: -100_000, max: 100_000 })), fc.constantFrom(2, 0.37, -3), (one, amount) => {
        eachRow(one, (neighbours, row, at) => {
          neighbours.unsharp(amount);
          const expected = Array.from({ length: one.cols * one.bands }, (_, i) => {
            const [band, col] = [i % one.bands, Math.floor(i / one.bands)];
            let sum = 0;
            for (let k = 0; k < 25; k++) sum += (line[Math.floor(k / 5)] * line[k % 5] - less(Math.floor(k / 5), k % 5)) * at(band, row + Math.floor(k / 5), col + (k % 5));
            return amount * (2 * at(band, row + 2, col + 2) - sum / 273);
          });
          assert.deepEqual(results(neighbours), expected.map((sum) => sum + 0));
        });
      }),
    );
  });

  test('have results replaced that invalid samples, and overflows, are part of', () => {
    const any = fc.oneof(small, fc.constantFrom(7, NaN, Infinity, 1.7e308, 1.7e308));
    fc.assert(
      fc.property(cases([1, 2], any), (one) => {
        const edge = 2 * one.halo + 1;
        const taps = Array.from({ length: edge * edge }, (_, i) => ({ row: Math.floor(i / edge), col: i % edge, weight: 1 }));
        eachRow(one, (neighbours, row, at, isMasked) => {
          neighbours.correlate(taps);
          const asked = new Set<number>();
          neighbours.replaceNearInvalid((i) => {
            asked.add(i);
            return 1e9 + i;
          });
          for (let i = 0; i < one.cols * one.bands; i++) {
            const [band, col] = [i % one.bands, Math.floor(i / one.bands)];
            const isInvalid = (r: number, c: number): boolean => isMasked(row + r, col + c) || !Number.isFinite(at(band, row + r, col + c)) || at(band, row + r, col + c) === 7;
            const near = taps.filter((tap) => isInvalid(tap.row, tap.col));
            const sum = taps.reduce((total, tap) => total + at(band, row + tap.row, col + tap.col), 0);
            const own = isInvalid(one.halo, one.halo);
            assert.equal(neighbours.results.invalid[i] !== 0, own);
            assert.equal(asked.has(i), !own && (near.length > 0 || !Number.isFinite(sum)));
            if (!own) assert.equal(neighbours.results.values[i], asked.has(i) ? 1e9 + i : sum);
            for (const tap of taps) {
              assert.equal(neighbours.isInvalid(tap.row, tap.col, i), isInvalid(tap.row, tap.col));
              assert.ok(Object.is(neighbours.value(tap.row, tap.col, i), at(band, row + tap.row, col + tap.col)));
            }
          }
        });
      }),
    );
  });
});
