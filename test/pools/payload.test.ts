import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { Assembly, join, largeOnes, part, type Parted, Rooms, viewOf } from '../../src/pools/payload.js';

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
            assembly.expect(left.shift()!, new Rooms(), (value) => got.push(value));
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
    assert.deepEqual(parted.buffers, [1, 2].map(() => ({ length: 1 << 20, room: 1 << 20 })));
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

  describe('and have room to spare', () => {
    const content = Uint8Array.of(1, 2, 3);
    /** What is sent of a buffer of 100,000 bytes with content at its start. */
    const sent = (): { readonly parted: Parted; readonly bytes: Uint8Array } => {
      const buffer = new ArrayBuffer(100_000);
      new Uint8Array(buffer).set(content);
      const movables = largeOnes([new Uint8Array(buffer, 0, content.length)]);
      return { parted: part({ buffer, length: content.length }, movables), bytes: Buffer.concat(movables.map(viewOf)) };
    };
    const received = (rooms: Rooms): ArrayBuffer => {
      const { parted, bytes } = sent();
      const got: { buffer: ArrayBuffer; length: number }[] = [];
      const assembly = new Assembly();
      assembly.expect(parted, rooms, (value) => got.push(value as (typeof got)[0]));
      assembly.take(bytes);
      const [{ buffer, length }] = got;
      assert.deepEqual(new Uint8Array(buffer, 0, length), content);
      return buffer;
    };

    test('send what is in them only, and arrive with as much room', () => {
      assert.deepEqual(sent().bytes, Buffer.from(content));
      assert.equal(received(new Rooms()).byteLength, 100_000);
    });

    test('arrive in a buffer that waits, if that is large enough', () => {
      const rooms = new Rooms();
      const room = new ArrayBuffer(20_000);
      rooms.give(room);
      assert.equal(rooms.take({ length: 20_001, room: 30_000 }).byteLength, 30_000);
      assert.equal(received(rooms), room);
      assert.notEqual(received(rooms), room);
    });

    test('no more than three wait, and no small one', () => {
      const rooms = new Rooms();
      const all = [16, 20, 30, 40, 1].map((kb) => new ArrayBuffer(kb * 1024));
      for (const room of all) rooms.give(room);
      assert.deepEqual([received(rooms), received(rooms), received(rooms)], all.slice(1, 4));
      assert.ok(!all.includes(received(rooms)));
    });

    test('one that is full never arrives in another', () => {
      const rooms = new Rooms();
      rooms.give(new ArrayBuffer(1 << 20));
      assert.equal(rooms.take({ length: 20_000, room: 20_000 }).byteLength, 20_000);
    });
  });
});
