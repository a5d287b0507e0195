import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PartUses } from '../../src/pipeline/part-uses.js';

const isThere = ({ byteLength }: ArrayBuffer): boolean => byteLength > 0;

describe('parts that several tiles of an overview are made of', () => {
  test('one that was given for the last time stays for who was given it before', () => {
    const uses = new PartUses();
    const shared = new ArrayBuffer(8);
    const [earlier, later] = [[{ buffer: shared, isLast: false }], [{ buffer: shared, isLast: true }]];
    uses.begin(earlier);
    uses.begin(later);
    uses.end(later);
    assert.ok(isThere(shared));
    uses.end(earlier);
    assert.ok(!isThere(shared));
  });

  test('one that will be given again stays', () => {
    const uses = new PartUses();
    const shared = new ArrayBuffer(8);
    uses.begin([{ buffer: shared, isLast: false }]);
    uses.end([{ buffer: shared, isLast: false }]);
    assert.ok(isThere(shared));
    uses.begin([{ buffer: shared, isLast: true }]);
    uses.end([{ buffer: shared, isLast: true }]);
    assert.ok(!isThere(shared));
  });
});
