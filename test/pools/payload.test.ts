import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { Assembly, join, largeOnes, part, type Parted } from '../../src/pools/payload.js';

/** A value like those of tasks, with buffers of these lengths, some of them seen by views. */
function valueOf(lengths: readonly number[]): { value: unknown; buffers: ArrayBuffer[] } {
  const buffers = lengths.map((length, i) => Uint8Array.from({ length }, (_, at) => at * 7 + i).buffer);
  const value = {
    buffers,
    view: buffers.length > 0 ? new Uint8Array(buffers[0], 0, Math.min(3, lengths[0])) : undefined,
    own: Float64Array.of(1, Number.NaN, -0),
    text: 'é',
    nothing: null,
    map: new Map([[1, new Uint16Array([1, 2])]]),
  };
  return { value, buffers };
}

const lengthsOf = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3000 })), { maxLength: 4 });

describe('values that are parted from their buffers', () => {
  test('are what structured clone makes of them, in whatever pieces and order they come', () => {
    const cutting = fc.record({ pieces: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 }), order: fc.array(fc.boolean(), { minLength: 1 }) });
    fc.assert(
      fc.property(fc.array(lengthsOf, { minLength: 1, maxLength: 6 }), cutting, (all, { pieces, order }) => {
        const values = all.map(valueOf);
        const messages: Parted[] = values.map(({ value, buffers }) => part(value, buffers));
        const stream = Buffer.concat(values.flatMap(({ buffers }) => buffers.map((buffer) => new Uint8Array(buffer))));
        const assembly = new Assembly();
        const got: unknown[] = [];
        let [at, piece, turn] = [0, 0, 0];
        const left = [...messages];
        while (left.length > 0 || at < stream.length) {
          const isMessage = at === stream.length || (left.length > 0 && order[turn++ % order.length]);
          if (isMessage) {
            assembly.expect(left.shift()!, (value) => got.push(value));
          } else {
            const end = Math.min(stream.length, at + pieces[piece++ % pieces.length]);
            assembly.take(stream.subarray(at, end));
            at = end;
          }
        }
        assert.deepEqual(got, values.map(({ value }) => deserialize(serialize(value)) as unknown));
      }),
      { numRuns: 300 },
    );
  });

  test('carry none of the bytes of their buffers', () => {
    const { value, buffers } = valueOf([1 << 20, 1 << 20]);
    const parted = part(value, buffers);
    assert.ok(parted.rest.length < 1000);
    assert.deepEqual(parted.lengths, [1 << 20, 1 << 20]);
    assert.deepEqual(join(parted, buffers), value);
    assert.equal(buffers[0].byteLength, 1 << 20, 'the sender keeps its own');
  });

  test('that cannot be cloned are refused', () => {
    assert.throws(() => part({ act: () => 1 }, []), /could not be cloned/);
  });

  test('small buffers go with the message', () => {
    const [small, large] = [new ArrayBuffer(100), new ArrayBuffer(1 << 20)];
    assert.deepEqual(largeOnes([small, large]), [large]);
  });
});
