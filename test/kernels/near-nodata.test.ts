import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NearNodata } from '../../src/kernels/near-nodata.js';
import { HEAP, KernelScratches } from '../../src/kernels/scratch.js';
import { crop, pixelsOver } from '../../src/raster/block.js';
import { DTYPES } from '../../src/raster/dtype.js';
import { nextDown, nextUp, takenForNodata } from '../../src/raster/near-nodata.js';

const NODATA = -9999;

const raster = fc.record({
  dtype: fc.constantFrom('float32' as const, 'float64' as const),
  bands: fc.integer({ min: 1, max: 5 }),
  interleave: fc.constantFrom('pixel' as const, 'band' as const),
  width: fc.integer({ min: 1, max: 19 }),
  height: fc.integer({ min: 1, max: 4 }),
  left: fc.nat(6),
  seed: fc.nat(1000),
});

for (const { memory, scratches } of [
  { memory: "the kernels'", scratches: new KernelScratches() },
  { memory: "any code's", scratches: HEAP },
]) {
  test(`in memory that is ${memory} samples of a part become nodata that are taken for it, and no others`, () => {
    fc.assert(
      fc.property(raster, ({ dtype, bands, interleave, width, height, left, seed }) => {
        const { low, high } = takenForNodata(dtype, NODATA);
        const values = [low, high, nextDown(dtype, low), nextUp(dtype, high), NODATA, NaN, -Infinity, 0, 9999, (low + NODATA) / 2];
        const window = { col: 0, row: 0, width: width + left, height };
        const length = window.width * height * bands;
        const bytes = scratches.open().take(length * DTYPES[dtype].bytes);
        const data = DTYPES[dtype].over(bytes.buffer, bytes.byteOffset, length);
        for (let i = 0; i < length; i++) data[i] = values[(i * 7 + seed + (i >> 3)) % values.length];
        const before = Float64Array.from(data);
        const part = { col: left, row: 0, width, height };
        NearNodata.of(dtype, NODATA)!.unify(crop(pixelsOver(data, window, bands, interleave), window, part));
        for (let i = 0; i < length; i++) {
          const col = interleave === 'pixel' ? Math.floor(i / bands) % window.width : i % window.width;
          const isTaken = col >= left && before[i] >= low && before[i] <= high;
          assert.ok(Object.is(data[i], isTaken ? NODATA : before[i]), `sample ${i}: ${before[i]} became ${data[i]}`);
        }
      }),
      { numRuns: 500 },
    );
    if (scratches instanceof KernelScratches) scratches.release();
  });
}
