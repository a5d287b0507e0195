import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remedy } from '../../src/pipeline/memory.js';

const MB = 2 ** 20;

test('a larger limit is advised as far as there is memory for it', () => {
  for (const [needed, most, advice] of [
    [313.5 * MB, 250 * MB, 'there are 250 MB, it needs a machine or a control group with more'],
    [250 * MB + 1, 250.9 * MB, 'there are 250 MB, it needs a machine or a control group with more'],
    [250 * MB, 250 * MB, 'give --max-memory 250M'],
    [200 * MB, 8192 * MB, 'give --max-memory 200M'],
  ] as const) {
    assert.equal(remedy(needed, most), advice);
  }
});
