import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesAt, Room } from '../../src/kernels/memory.js';
import { KernelScratches } from '../../src/kernels/scratch.js';

const reachOf = (): number => bytesAt(0, 0).buffer.byteLength;

describe('rooms in the memory of kernels', () => {
  test('never overlap, whatever is taken, grown and given back', () => {
    const steps = fc.array(fc.record({ room: fc.nat(7), bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const rooms = Array.from({ length: 8 }, () => new Room());
        const held = new Map<number, { readonly pointer: number; readonly bytes: number }>();
        all.forEach(({ room, bytes }) => {
          if (bytes === 0) {
            rooms[room].release();
            held.delete(room);
            return;
          }
          const most = Math.max(bytes, held.get(room)?.bytes ?? 0);
          const pointer = rooms[room].reserve(bytes);
          assert.equal(pointer % 16, 0);
          assert.ok(pointer > 0);
          held.set(room, { pointer, bytes: most });
          bytesAt(pointer, most).fill(room + 1);
        });
        for (const [room, { pointer, bytes }] of held) assert.ok(bytesAt(pointer, bytes).every((byte) => byte === room + 1), `room ${room}`);
        for (const room of rooms) room.release();
      }),
      { numRuns: 500 },
    );
  });

  test('take no more than what is held at a time, however many sizes came before', () => {
    const largest = 400 * 4096;
    const before = reachOf();
    for (let run = 1; run <= 400; run++) {
      const scratches = new KernelScratches();
      const rooms = Array.from({ length: 4 }, () => scratches.open());
      rooms.forEach((room, i) => room.take(run * 4096 + i * 100));
      rooms[run % 4].take(run * 4096 + 5000);
      scratches.release();
    }
    assert.ok(reachOf() - before <= 6 * largest, `${reachOf() - before} bytes more`);
  });
});

describe('what is held for kernels', () => {
  test('is the same bytes, as far from a multiple of 8 as before', () => {
    const scratches = new KernelScratches();
    const scratch = scratches.open();
    const all = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
    for (let start = 0; start < 9; start++) {
      const bytes = all.subarray(start);
      const held = scratch.hold(bytes);
      assert.deepEqual([...held], [...bytes]);
      assert.equal(held.byteOffset % 8, start % 8);
      assert.equal(scratch.hold(held), held);
    }
    scratches.release();
  });
});
