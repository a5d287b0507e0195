import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { campaign } from './campaign.js';
import { mutate } from './mutate.js';

const SEED = 20_250_219;
const RUNS = 600;

describe('spoilt files', () => {
  it('are spoilt the same way by the same seed', () => {
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => i % 251);
    for (let seed = 0; seed < 50; seed++) {
      assert.deepEqual(mutate(bytes, seed), mutate(bytes, seed));
      assert.ok(mutate(bytes, seed).edits.length > 0);
    }
  });

  it('end in an output or a foreseen error, with nothing left and within bounds of time and memory', async () => {
    const { outcomes, failures } = await campaign({ runs: RUNS, seed: SEED });
    assert.deepEqual(failures, []);
    assert.ok(outcomes['FormatError'] > 0 && outcomes['same'] > 0, JSON.stringify(outcomes));
  });
});
