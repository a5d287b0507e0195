import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { planRequest } from '../../src/pipeline/request.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { fixturePath } from '../oracle/support/run.js';

const output = join(temporaryFolder(), 'out.tif');
const normalized = (params: object) => ({ operation: 'normalize', params: params as Record<string, unknown> });

describe('a target range that the output type does not hold is warned of', () => {
  for (const [steps, warnings] of [
    [[normalized({})], []],
    [[normalized({ range: { min: -0.5, max: 255.4 }, dtype: 'uint8' })], []],
    [[normalized({ range: { min: -1e30, max: 1e30 }, dtype: 'float32' })], []],
    [[normalized({ dtype: 'uint8' })], ['normalize: uint8 holds 0..255, not all of the range 0..4096: results beyond are saturated']],
    [[normalized({ range: { min: 0, max: 70000 } })], ['normalize: uint16 holds 0..65535, not all of the range 0..70000: results beyond are saturated']],
    [[normalized({ range: { min: -1, max: 9 } })], ['normalize: uint16 holds 0..65535, not all of the range -1..9: results beyond are saturated']],
    [
      [{ operation: 'sharpen' }, normalized({ dtype: 'int8' }), { operation: 'reverse-bands' }],
      ['normalize: int8 holds -128..127, not all of the range 0..4096: results beyond are saturated'],
    ],
  ] as const) {
    test(JSON.stringify(steps), async () => {
      assert.deepEqual((await planRequest({ input: fixturePath('scene.tif'), output, steps })).warnings, warnings);
    });
  }
});
