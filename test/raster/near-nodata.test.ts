import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextDown, nextUp, takenForNodata } from '../../src/raster/near-nodata.js';
import { chooseMarking, movedOff } from '../../src/raster/nodata.js';

/** GDAL's comparison, as a part of what it takes, about. */
const near = (sample: number, nodata: number): number => Math.abs(sample - nodata) / (2 ** -21 * Math.abs(nodata));

describe('floats that are taken for nodata', () => {
  for (const [dtype, values] of [
    ['float32', [7, 1, -9999, 1.5, Math.fround(0.1), Math.fround(-3.402823e38), Math.fround(1e-30)]],
    ['float64', [7, 1, -9999, 0.1, -1e300, 5e-200]],
  ] as const) {
    for (const value of values) {
      test(`${value} as ${dtype}`, () => {
        const { low, high } = takenForNodata(dtype, value);
        assert.ok(low < value && value < high);
        for (const end of [low, high]) assert.ok(near(end, value) < 1.001);
        for (const beyond of [nextDown(dtype, low), nextUp(dtype, high)]) assert.ok(near(beyond, value) > 0.999);
        assert.equal(movedOff(dtype, value), nextUp(dtype, high));
      });
    }
  }

  test('none is but 0 where it is 0', () => assert.deepEqual(takenForNodata('float32', 0), { low: 0, high: 0 }));

  test('the largest float32 is for a text of it with seven digits, and moves down', () => {
    const largest = 3.4028234663852886e38;
    assert.equal(takenForNodata('float32', Math.fround(3.402823e38)).high, largest);
    assert.ok(movedOff('float32', largest)! < largest);
  });
});

test('a nodata value so near to the target range that results are taken for it is none for it', () => {
  const choose = (wanted: number) => chooseMarking({ dtype: 'uint16', nodata: 0, mask: false, alpha: null }, { dtype: 'float32', bands: 1, range: { min: 0, max: 1 }, wanted });
  assert.throws(() => choose(Math.fround(1.00000012)), /lies in the target range/);
  assert.deepEqual(choose(1.5), { nodata: 1.5, mask: false });
});
