import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bandsOf, copyPixels, createPixels, crop, fillPixels, type Pixels, pixelsOver } from '../../src/raster/block.js';
import { DTYPE_NAMES } from '../../src/raster/dtype.js';
import type { Interleave } from '../../src/raster/profile.js';
import type { Window } from '../../src/raster/window.js';

const interleaves = fc.constantFrom<Interleave>('pixel', 'band');

/** A view's samples by the plainest way: element by element. */
function samplesOf(pixels: Pixels): number[] {
  const [bands, rows, cols] = pixels.shape as [number, number, number];
  const samples: number[] = [];
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) samples.push(pixels.get(band, row, col));
  }
  return samples;
}

/** New pixels of a window, numbered in an order that does not depend on how they lie. */
function numbered(window: Window, bands: number, interleave: Interleave): Pixels {
  const pixels = createPixels('float64', window, bands, interleave);
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < window.height; row++) {
      for (let col = 0; col < window.width; col++) pixels.set(band, row, col, valueAt(band, window.row + row, window.col + col));
    }
  }
  return pixels;
}

const valueAt = (band: number, row: number, col: number): number => band * 1e6 + row * 1e3 + col + 1;

/** A window and a part of it, anywhere in a raster. */
const nested: fc.Arbitrary<{ whole: Window; part: Window }> = fc
  .record({ col: fc.nat(50), row: fc.nat(50), width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain((whole) =>
    fc.tuple(fc.nat(whole.width - 1), fc.nat(whole.width - 1), fc.nat(whole.height - 1), fc.nat(whole.height - 1)).map(([a, b, c, d]) => ({
      whole,
      part: {
        col: whole.col + Math.min(a, b),
        row: whole.row + Math.min(c, d),
        width: Math.abs(a - b) + 1,
        height: Math.abs(c - d) + 1,
      },
    })),
  );

describe('views of pixels', () => {
  test('see samples where the interleave puts them', () => {
    // Two bands of three columns and two rows: in each, the samples' order in memory.
    const size = { width: 3, height: 2 };
    const memory = Float64Array.from({ length: 12 }, (_, i) => i);
    assert.deepEqual(samplesOf(pixelsOver(memory, size, 2, 'pixel')), [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    assert.deepEqual(samplesOf(pixelsOver(memory, size, 2, 'band')), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('start as zeros of their type', () => {
    for (const dtype of DTYPE_NAMES) {
      const pixels = createPixels(dtype, { width: 3, height: 2 }, 2, 'pixel');
      assert.deepEqual(pixels.shape, [2, 2, 3]);
      assert.equal(pixels.data.length, 12);
      assert.ok(samplesOf(pixels).every((value) => value === 0));
    }
  });

  test('are cropped to the pixels of a part, and share their memory', () => {
    fc.assert(
      fc.property(nested, fc.integer({ min: 1, max: 4 }), interleaves, ({ whole, part }, bands, interleave) => {
        const pixels = numbered(whole, bands, interleave);
        const cropped = crop(pixels, whole, part);
        assert.equal(cropped.data, pixels.data);
        assert.deepEqual(samplesOf(cropped), samplesOf(numbered(part, bands, interleave)));
      }),
    );
  });

  test('are cropped again as they would be at once', () => {
    fc.assert(
      fc.property(nested, interleaves, ({ whole, part }, interleave) => {
        const pixels = numbered(whole, 2, interleave);
        const corner: Window = { ...part, width: 1, height: 1 };
        assert.deepEqual(samplesOf(crop(crop(pixels, whole, part), part, corner)), samplesOf(crop(pixels, whole, corner)));
      }),
    );
  });

  test('give some of their bands', () => {
    fc.assert(
      fc.property(nested, interleaves, fc.nat(2), fc.integer({ min: 1, max: 2 }), ({ whole, part }, interleave, from, count) => {
        const pixels = crop(numbered(whole, 4, interleave), whole, part);
        const perBand = part.width * part.height;
        const wanted = samplesOf(pixels).slice(from * perBand, (from + count) * perBand);
        assert.deepEqual(samplesOf(bandsOf(pixels, from, count)), wanted);
      }),
    );
  });
});

describe('copies between views', () => {
  test('are sample by sample, whatever the interleaves, and touch nothing else', () => {
    fc.assert(
      fc.property(nested, nested, fc.integer({ min: 1, max: 4 }), interleaves, interleaves, (a, b, bands, fromInterleave, toInterleave) => {
        const size = { width: Math.min(a.part.width, b.part.width), height: Math.min(a.part.height, b.part.height) };
        const [fromPart, toPart] = [{ ...a.part, ...size }, { ...b.part, ...size }];
        const source = numbered(a.whole, bands, fromInterleave);
        const before = samplesOf(source);
        const target = createPixels('float64', b.whole, bands, toInterleave);
        copyPixels(crop(source, a.whole, fromPart), crop(target, b.whole, toPart));

        const wanted = createPixels('float64', b.whole, bands, toInterleave);
        for (let band = 0; band < bands; band++) {
          for (let row = 0; row < size.height; row++) {
            for (let col = 0; col < size.width; col++) {
              const value = valueAt(band, fromPart.row + row, fromPart.col + col);
              wanted.set(band, toPart.row - b.whole.row + row, toPart.col - b.whole.col + col, value);
            }
          }
        }
        assert.deepEqual(samplesOf(target), samplesOf(wanted));
        assert.deepEqual(samplesOf(source), before);
      }),
      { numRuns: 500 },
    );
  });

  test('of single bands into an image of several', () => {
    fc.assert(
      fc.property(nested, interleaves, fc.nat(2), ({ whole }, interleave, band) => {
        const target = createPixels('float64', whole, 3, interleave);
        copyPixels(numbered(whole, 1, 'pixel'), bandsOf(target, band, 1));
        const perBand = whole.width * whole.height;
        const wanted = samplesOf(numbered(whole, 1, 'band'));
        assert.deepEqual(samplesOf(target).slice(band * perBand, (band + 1) * perBand), wanted);
        assert.equal(samplesOf(target).filter((value) => value !== 0).length, perBand);
      }),
    );
  });

  test('filling sets every sample of a part and no other', () => {
    fc.assert(
      fc.property(nested, interleaves, ({ whole, part }, interleave) => {
        const pixels = createPixels('int16', whole, 2, interleave);
        fillPixels(crop(pixels, whole, part), -7);
        assert.ok(samplesOf(crop(pixels, whole, part)).every((value) => value === -7));
        assert.equal(samplesOf(pixels).filter((value) => value !== 0).length, part.width * part.height * 2);
      }),
    );
  });
});
