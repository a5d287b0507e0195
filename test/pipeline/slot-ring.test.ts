import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlotRing } from '../../src/pipeline/slot-ring.js';

const SHAPE = { rows: 2, cols: 2, slotBytes: 8 };
const CELL = { col: 1, row: 0 };

/** What each of three workers sees of one ring. */
function ringOfThree(): [SlotRing, SlotRing, SlotRing] {
  const memory = SlotRing.allocate(SHAPE, 3);
  return [0, 1, 2].map((worker) => new SlotRing(SHAPE, memory, worker)) as [SlotRing, SlotRing, SlotRing];
}

describe('what a worker had that is gone', () => {
  test('and wrote half is nobody\'s to read, and another writes it', () => {
    const [gone, other, main] = ringOfThree();
    const slot = gone.slotOf(CELL);
    assert.ok(gone.startWriting(slot, 0));
    assert.ok(!other.startReading(slot, 0));
    assert.ok(!other.startWriting(slot, 2));
    main.reclaim(0);
    assert.ok(!other.startReading(slot, 0));
    assert.ok(other.startWriting(slot, 0));
    other.endWriting(slot);
    assert.ok(main.startReading(slot, 0));
  });

  for (const wrote of [true, false]) {
    test(`and ${wrote ? 'had written, and read' : 'read'} is free for what comes next, once the others have read it`, () => {
      const [gone, other, main] = ringOfThree();
      const slot = gone.slotOf(CELL);
      const writer = wrote ? gone : main;
      assert.ok(writer.startWriting(slot, 0));
      writer.endWriting(slot);
      assert.ok(gone.startReading(slot, 0));
      assert.ok(other.startReading(slot, 0));
      main.reclaim(0);
      assert.ok(!main.startWriting(slot, 2), 'it is being read');
      other.stopReading(slot);
      assert.ok(main.startWriting(slot, 2));
    });
  }

  test('stays whole where it had done with it', () => {
    const [gone, other, main] = ringOfThree();
    const slot = gone.slotOf(CELL);
    assert.ok(gone.startWriting(slot, 0));
    gone.endWriting(slot);
    main.reclaim(0);
    assert.ok(other.startReading(slot, 0));
    assert.ok(!main.startWriting(slot, 2));
  });

  test('and others have is theirs', () => {
    const [gone, other, main] = ringOfThree();
    const [mine, theirs] = [gone.slotOf(CELL), gone.slotOf({ col: 0, row: 1 })];
    assert.ok(gone.startWriting(mine, 0));
    assert.ok(other.startWriting(theirs, 1));
    main.reclaim(0);
    assert.ok(!main.startReading(theirs, 1));
    assert.ok(!main.startWriting(theirs, 3));
  });
});
