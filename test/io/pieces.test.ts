import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Pieces } from '../../src/io/pieces.js';

const cutsOf = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 });

/** Parts of one memory, in its order. */
function partsOf(lengths: readonly number[]): { readonly memory: Uint8Array; readonly pieces: Pieces } {
  const memory = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  return { memory, pieces: new Pieces(lengths.map((length) => memory.subarray(at, (at += length)))) };
}

describe('pieces of memory that a run of bytes goes to', () => {
  test('are as one piece', () => {
    fc.assert(
      fc.property(cutsOf, fc.nat(60), fc.nat(60), (lengths, a, b) => {
        const { memory, pieces } = partsOf(lengths);
        assert.equal(pieces.length, memory.length);
        const [start, end] = [Math.min(a, b, memory.length), Math.min(Math.max(a, b), memory.length)];
        const bytes = Uint8Array.from({ length: end - start }, (_, i) => i + 1);
        const wanted = Uint8Array.from(memory);
        wanted.set(bytes, start);
        pieces.set(bytes, start);
        assert.deepEqual(memory, wanted);
        const slice = pieces.slice(start, end);
        assert.deepEqual(Buffer.concat(slice.all), Buffer.from(bytes));
        slice.set(new Uint8Array(end - start), 0);
        assert.deepEqual(memory, new Uint8Array(memory.length));
      }),
    );
  });

  test('a byte has its place, and what comes behind it in its piece', () => {
    const { memory, pieces } = partsOf([2, 0, 3]);
    pieces.at(3).set([7, 8]);
    assert.deepEqual(memory, Uint8Array.of(0, 0, 0, 7, 8));
    assert.equal(pieces.at(1).length, 1);
  });

  test('a byte too many has none', () => {
    const { pieces } = partsOf([2, 3]);
    assert.throws(() => pieces.at(5), RangeError);
    assert.throws(() => pieces.set(new Uint8Array(3), 3), RangeError);
  });
});
