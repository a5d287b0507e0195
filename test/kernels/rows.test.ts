import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HEAP, KernelScratches, type Scratches } from '../../src/kernels/scratch.js';
import { rowCopier } from '../../src/kernels/rows.js';
import { type DType, DTYPES, type Samples } from '../../src/raster/dtype.js';

/** Samples whose bytes are 0, 1, 2 …, or all 170. */
function samplesIn(scratches: Scratches, dtype: DType, length: number, isNumbered: boolean): Samples {
  const bytes = scratches.open().take(length * DTYPES[dtype].bytes);
  if (isNumbered) bytes.forEach((_, i) => (bytes[i] = i));
  else bytes.fill(170);
  return DTYPES[dtype].over(bytes.buffer, bytes.byteOffset, length);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Samples): number[] => [...new Uint8Array(buffer, byteOffset, byteLength)];

const shape = fc.record({
  dtype: fc.constantFrom<DType>('uint8', 'int16', 'float32', 'float64'),
  samples: fc.integer({ min: 0, max: 150 }),
  rows: fc.integer({ min: 0, max: 5 }),
  fromStart: fc.nat(9),
  fromGap: fc.nat(20),
  toStart: fc.nat(9),
  toGap: fc.nat(20),
});

for (const { memory, from, to } of [
  { memory: "the kernels'", from: new KernelScratches(), to: new KernelScratches() },
  { memory: "any code's", from: HEAP, to: HEAP },
  { memory: 'one in each', from: HEAP, to: new KernelScratches() },
]) {
  test(`rows of every length, in memory that is ${memory}, come where they should, and nothing else does`, () => {
    fc.assert(
      fc.property(shape, ({ dtype, samples, rows, fromStart, fromGap, toStart, toGap }) => {
        const [fromStep, toStep] = [samples + fromGap, samples + toGap];
        const source = samplesIn(from, dtype, fromStart + rows * fromStep, true);
        const target = samplesIn(to, dtype, toStart + rows * toStep + 9, false);
        const size = DTYPES[dtype].bytes;
        const wanted = bytesOf(target);
        for (let row = 0; row < rows; row++) {
          for (let i = 0; i < samples * size; i++) wanted[(toStart + row * toStep) * size + i] = ((fromStart + row * fromStep) * size + i) & 255;
        }
        rowCopier(source, target)({ start: fromStart, step: fromStep }, { start: toStart, step: toStep }, samples, rows);
        assert.deepEqual(bytesOf(target), wanted);
      }),
      { numRuns: 300 },
    );
    if (from instanceof KernelScratches) from.release();
    if (to instanceof KernelScratches) to.release();
  });
}
