import assert from 'node:assert/strict';
import type { SampleArray } from '../../../fixtures/tiff-spec.js';
import type { Expected } from './expected.js';
import { readByGeotiff } from './geotiff.js';

/** Asserts that a file is what it must be, as geotiff reads it: every sample, the nodata value, the mask. */
export async function assertOutput(path: string, expected: Expected): Promise<void> {
  const read = await readByGeotiff(path);
  assert.equal(read.bands.length, expected.bands.length);
  expected.bands.forEach((band, i) => assertSameSamples(read.bands[i], band, `band ${i + 1}`));
  assert.ok(Object.is(read.nodata, expected.nodata), `nodata ${String(read.nodata)}, wanted ${String(expected.nodata)}`);
  assert.equal(read.mask !== null, expected.mask, 'a mask behind the image');
  if (read.mask === null) return;
  const seen = expected.valid.filter((_, band) => band !== expected.alpha);
  const anyValid = Uint8Array.from(expected.bands[0], (_, at) => (seen.some((band) => band[at]) ? 1 : 0));
  assertSameSamples(Uint8Array.from(read.mask), anyValid, 'mask');
}

/** Asserts that samples are of the same type and values. Says where the first other one is: whole bands fill screens. */
export function assertSameSamples(actual: SampleArray, expected: SampleArray, what: string): void {
  assert.equal(actual.constructor.name, expected.constructor.name, what);
  assert.equal(actual.length, expected.length, what);
  for (let at = 0; at < expected.length; at++) {
    if (actual[at] === expected[at] || (Number.isNaN(actual[at]) && Number.isNaN(expected[at]))) continue;
    assert.fail(`${what}: sample ${at} is ${actual[at]}, wanted ${expected[at]}`);
  }
}
