import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyPredictor, type PredictedRows, undoPredictor } from '../../src/tiff/predictor.js';

const rows = (predictor: 2 | 3): fc.Arbitrary<{ rows: PredictedRows; data: Uint8Array }> =>
  fc
    .record({
      bytes: fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8),
      bands: fc.integer({ min: 1, max: 9 }),
      pixels: fc.integer({ min: 1, max: 12 }),
      count: fc.integer({ min: 1, max: 4 }),
    })
    .chain(({ bytes, bands, pixels, count }) => {
      const length = bytes * bands * pixels * count;
      // Words of extreme bytes too: they carry and borrow most.
      const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 255, 127, 128));
      return fc.array(byte, { minLength: length, maxLength: length }).map((data) => ({
        rows: { predictor, bytes, bands, rowSamples: bands * pixels },
        data: Uint8Array.from(data),
      }));
    });

/** Predictor 2 by whole numbers of any size: each sample less the same band's of the pixel before. */
function differNaively(data: Uint8Array, { bytes, bands, rowSamples }: PredictedRows): Uint8Array {
  const sample = (at: number): bigint => {
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = value * 256n + BigInt(data[at * bytes + i]);
    return value;
  };
  const out = data.slice();
  for (let at = 0; at < data.length / bytes; at++) {
    if (at % rowSamples < bands) continue;
    let rest = BigInt.asUintN(8 * bytes, sample(at) - sample(at - bands));
    for (let i = 0; i < bytes; i++, rest /= 256n) out[at * bytes + i] = Number(rest % 256n);
  }
  return out;
}

/** Predictor 3: each row its samples' first bytes, then second bytes …, most significant first; all differenced. */
function planesNaively(data: Uint8Array, { bytes, bands, rowSamples }: PredictedRows): Uint8Array {
  const rowBytes = rowSamples * bytes;
  const out: number[] = [];
  for (let start = 0; start < data.length; start += rowBytes) {
    const planes: number[] = [];
    for (let byte = bytes - 1; byte >= 0; byte--) {
      for (let at = 0; at < rowSamples; at++) planes.push(data[start + at * bytes + byte]);
    }
    planes.forEach((value, i) => out.push(i < bands ? value : value - planes[i - bands]));
  }
  return Uint8Array.from(out);
}

for (const [predictor, naively] of [[2, differNaively], [3, planesNaively]] as const) {
  describe(`predictor ${predictor}`, () => {
    test('makes what the naive twin makes', () => {
      fc.assert(
        fc.property(rows(predictor), ({ rows, data }) => {
          const made = data.slice();
          applyPredictor(made, rows);
          assert.deepEqual(made, naively(data, rows));
        }),
        { numRuns: 500 },
      );
    });

    test('is undone', () => {
      fc.assert(
        fc.property(rows(predictor), ({ rows, data }) => {
          const made = naively(data, rows);
          undoPredictor(made, rows);
          assert.deepEqual(made, data);
        }),
        { numRuns: 500 },
      );
    });
  });
}

test('predictor 1 leaves everything as it is', () => {
  const data = Uint8Array.of(1, 2, 3, 4);
  for (const change of [applyPredictor, undoPredictor]) {
    change(data, { predictor: 1, bytes: 2, bands: 1, rowSamples: 2 });
    assert.deepEqual([...data], [1, 2, 3, 4]);
  }
});

test('data inside a larger buffer is changed there alone', () => {
  const room = new Uint8Array(32).fill(9);
  const data = room.subarray(8, 24);
  const row: PredictedRows = { predictor: 2, bytes: 4, bands: 1, rowSamples: 4 };
  applyPredictor(data, row);
  assert.deepEqual([...room.subarray(0, 8), ...room.subarray(24)], new Array(16).fill(9));
  assert.deepEqual([...data], [9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
