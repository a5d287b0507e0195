import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createPixels, crop } from '../../src/raster/block.js';
import { DTYPE_NAMES, DTYPES } from '../../src/raster/dtype.js';
import { emptyMask, markValid, packMask } from '../../src/raster/mask.js';
import type { Interleave } from '../../src/raster/profile.js';

const cases = fc.record({
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 6 }),
  bands: fc.integer({ min: 1, max: 3 }),
  dtype: fc.constantFrom(...DTYPE_NAMES),
  interleave: fc.constantFrom<Interleave>('pixel', 'band'),
  nodata: fc.constantFrom(0, 1, NaN),
  spareBytes: fc.nat(3),
  samples: fc.infiniteStream(fc.constantFrom(0, 1, 2, NaN, Infinity, -Infinity)),
});

describe('mask bits', () => {
  test('are set where any band is valid, the leftmost pixel in the highest bit', () => {
    fc.assert(
      fc.property(cases, ({ width, height, bands, dtype, interleave, nodata, spareBytes, samples }) => {
        // The pixels are a part of more, as in a tile at the image's edge.
        const whole = { col: 0, row: 0, width: width + 3, height: height + 2 };
        const part = { col: 2, row: 1, width, height };
        const all = createPixels(dtype, whole, bands, interleave);
        for (let i = 0; i < all.data.length; i++) {
          const value = samples.next().value as number;
          all.data[i] = DTYPES[dtype].kind === 'float' || Number.isFinite(value) ? value : 2;
        }
        const pixels = crop(all, whole, part);
        const rowBytes = Math.ceil(width / 8) + spareBytes;
        const mask = new Uint8Array(rowBytes * height);
        const valid = emptyMask(new Uint8Array(0), part);
        markValid(pixels, nodata, null, valid);
        packMask(valid, mask, rowBytes);

        for (let row = 0; row < height; row++) {
          const bits = [...mask.subarray(row * rowBytes, (row + 1) * rowBytes)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
          for (let col = 0; col < rowBytes * 8; col++) {
            const values = col < width ? Array.from({ length: bands }, (_, band) => pixels.get(band, row, col)) : [];
            const isValid = values.some((value) => Number.isFinite(value) && value !== nodata);
            assert.equal(bits[col], isValid ? '1' : '0', `row ${row}, column ${col}`);
          }
        }
      }),
    );
  });
});
