import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { type Inflate, inflateWhole, openInflate } from '../../src/codecs/deflate/inflate.js';

/** What comes of a stream: its bytes and how many there were, or why there are none. */
function verdict(inflate: Inflate, encoded: Uint8Array, expected: number): unknown {
  const into = new Uint8Array(expected);
  try {
    const count = inflate(encoded, into);
    return { count, bytes: into.subarray(0, Math.min(count, expected)) };
  } catch (error) {
    assert.ok(error instanceof Error);
    return 'damaged';
  }
}

/** Runs and noise, as predicted rasters have them. */
const content = fc
  .array(fc.record({ byte: fc.nat(255), length: fc.integer({ min: 1, max: 3000 }), isNoise: fc.boolean() }), { maxLength: 12 })
  .map((runs) => Uint8Array.from(runs.flatMap(({ byte, length, isNoise }) => Array.from({ length }, (_, i) => (isNoise ? (byte + i * i * 31) & 255 : byte)))));

test('one stream for all blocks gives what a stream for each gives, also of damaged ones and of those after them', () => {
  const inflate = openInflate();
  fc.assert(
    fc.property(
      content,
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: -5000, max: 5000 }),
      fc.option(fc.record({ at: fc.nat(), bit: fc.nat(7) })),
      fc.option(fc.nat()),
      (bytes, level, more, flip, cut) => {
        const encoded = new Uint8Array(deflateSync(bytes, { level }));
        if (flip !== null) encoded[flip.at % encoded.length] ^= 1 << flip.bit;
        const given = cut === null ? encoded : encoded.subarray(0, cut % (encoded.length + 1));
        const expected = Math.max(1, bytes.length + more);
        assert.deepEqual(verdict(inflate, given, expected), verdict(inflateWhole, given, expected));
      },
    ),
    { numRuns: 2000 },
  );
});

test('this Node has the inside that it needs', () => {
  assert.notEqual(openInflate(), inflateWhole);
});
