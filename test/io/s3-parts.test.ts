import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.js';
import { planPartBytes } from '../../src/io/s3-target.js';

const MIB = 2 ** 20;
/** What S3 takes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const STORE = { mostParts: 10_000, leastPart: 5 * MIB, largestPart: 5 * 1024 * MIB, largestObject: 5 * 1024 ** 2 * MIB };

test('parts have 8 MiB, or as much as lets 10,000 of them hold the largest output', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
      const boundBytes = Math.floor(STORE.largestObject ** share);
      const partBytes = planPartBytes(boundBytes);
      assert.ok(partBytes >= 8 * MIB && partBytes >= STORE.leastPart && partBytes <= STORE.largestPart);
      // One more for what an insertion at the head cuts in two.
      assert.ok(Math.ceil(boundBytes / partBytes) + 1 <= STORE.mostParts, `${boundBytes} bytes in parts of ${partBytes}`);
    }),
  );
  assert.equal(planPartBytes(0), 8 * MIB);
  assert.equal(planPartBytes(70e9), 8 * MIB);
  assert.equal(planPartBytes(2 ** 40), 105 * MIB);
});

test('what 10,000 parts of 1 GiB cannot hold is refused before the start', () => {
  assert.throws(() => planPartBytes(11 * 1024 ** 2 * MIB), UsageError);
});
