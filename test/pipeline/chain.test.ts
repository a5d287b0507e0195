import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { parseCreationOptions, planRequest, prepareTarget, type Request, runPlan, UsageError } from '../../src/index.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { type HowToRun, INLINE } from '../oracle/support/run.js';

const folder = temporaryFolder();
const [INPUT, CHAINED] = [join(folder, 'in.tif'), join(folder, 'chained.tif')];

type Steps = Request['steps'];

async function run(input: string, output: string, steps: Steps, window: number, how: HowToRun): Promise<void> {
  const { plan } = await planRequest({ input, output, steps, window, creation: await parseCreationOptions([]), overwrite: true });
  await runPlan(plan, { target: prepareTarget(output, { overwrite: true }), ...how });
}

/** Runs the steps one after the other, a file between each two. */
async function runByFiles(steps: Steps, window: number): Promise<Buffer> {
  let from = INPUT;
  for (const [i, step] of steps.entries()) {
    const to = join(folder, `step-${i}.tif`);
    await run(from, to, [step], window, INLINE);
    from = to;
  }
  return readFileSync(from);
}

const STEPS: readonly Steps[number][] = [
  { operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } },
  { operation: 'normalize', params: { range: { min: 0, max: 255 }, dtype: 'uint8' } },
  { operation: 'normalize', params: { range: { min: -1, max: 1 }, dtype: 'float32' } },
  { operation: 'normalize', params: { range: { min: 0, max: 900 }, dtype: 'uint16', scope: 'band' } },
  { operation: 'normalize', params: { range: { min: 3, max: 200 }, dtype: 'uint8', scope: 'dataset', percentile: [2, 98] } },
  { operation: 'normalize', params: { range: { min: 0, max: 1 }, dtype: 'float32', scope: 'band', percentile: [5, 60.5] } },
  { operation: 'normalize', params: { range: { min: -50, max: 50 }, dtype: 'int16', percentile: [10, 90] } },
  { operation: 'sharpen', params: { amount: 2 } },
  { operation: 'sharpen', params: { amount: 1, seams: true } },
  { operation: 'sharpen', params: { amount: 2, dtype: 'int16', nodata: 3 } },
  { operation: 'convolve', params: { kernel: [[0, 0, 0, 0, 0, 0, 0], [1, 2, -3, 0, 4, -2, 0.5], [0, 0, 0, 0, 0, 0, 0]] } },
  { operation: 'clamp', params: { min: 10, max: 200 } },
  { operation: 'clamp', params: { min: 0, max: 90, dtype: 'uint8', nodata: 0 } },
  { operation: 'scale', params: { factor: -0.37, offset: 20 } },
  { operation: 'scale', params: { factor: 3, offset: 1, dtype: 'int64' } },
  { operation: 'reverse-bands', params: {} },
  { operation: 'select-bands', params: { bands: [1] } },
  { operation: 'select-bands', params: { bands: [1, 1] } },
];

const RGB = 2;
const holes: TiffSpec['pixel'] = (band, row, col) => (noise(9, row >> 2, col >> 3) < 0.2 ? 7 : hills(0, 250)(band, row, col));
const alpha: TiffSpec['pixel'] = (band, row, col) => (band === 3 ? Math.max(0, Math.floor(noise(1, row, col) * 400) - 144) : hills(5, 250)(band, row, col));
const METADATA = '<GDALMetadata>\n  <Item name="A">1</Item>\n  <Item name="DESCRIPTION" sample="0" role="description">first</Item>\n  <Item name="SCALE" sample="1" role="scale">2</Item>\n</GDALMetadata>\n';

const INPUTS: readonly (TiffSpec & { readonly what: string })[] = [
  { what: 'nodata', width: 90, height: 70, bands: 2, dtype: 'uint16', pixel: holes, nodata: '7', layout: { tile: { width: 32, height: 16 } }, compression: 'deflate', predictor: 2 },
  { what: 'nodata in one band only, all values in use', width: 61, height: 50, bands: 2, dtype: 'uint8', pixel: (b, r, c) => (b === 0 && c < 20 ? 0 : (r * 61 + c) % 256), nodata: '0', layout: { rowsPerStrip: 7 }, interleave: 'band' },
  { what: 'alpha', width: 70, height: 50, bands: 4, dtype: 'uint8', photometric: RGB, extraSamples: [2], pixel: alpha, layout: { tile: { width: 32, height: 32 } }, compression: 'lzw' },
  { what: 'floats', width: 50, height: 60, bands: 3, dtype: 'float32', pixel: (b, r, c) => (noise(b, r, c) < 0.05 ? NaN : hills(-90, 300)(b, r, c) / 3), layout: { tile: { width: 48, height: 32 } }, compression: 'deflate', predictor: 3 },
  { what: 'neither nodata nor alpha', width: 40, height: 33, bands: 3, dtype: 'int16', photometric: RGB, pixel: hills(-300, 300), layout: { rowsPerStrip: 40 }, compression: 'packbits' },
  { what: 'smaller than a halo', width: 2, height: 1, bands: 2, dtype: 'uint16', pixel: hills(0, 300), nodata: '9', layout: { tile: { width: 16, height: 16 } } },
];

const chains = fc.record({
  steps: fc.array(fc.constantFrom(...STEPS), { minLength: 2, maxLength: 4 }),
  window: fc.constantFrom(8, 20, 32, 48, 300),
});

describe('a chain gives the bytes that its steps give one after the other', () => {
  for (const { what, ...spec } of INPUTS) {
    test(what, async () => {
      writeFileSync(INPUT, writeTiff({ ...spec, extraTags: [{ tag: 42112, type: 'ASCII', values: METADATA }] }));
      await fc.assert(
        fc.asyncProperty(chains, async ({ steps, window }) => {
          const wanted = await runByFiles(steps, window).catch((error: unknown) => error);
          if (!Buffer.isBuffer(wanted)) {
            assert.ok(wanted instanceof UsageError, String(wanted));
            await assert.rejects(run(INPUT, CHAINED, steps, window, INLINE), { name: 'UsageError', message: wanted.message });
            return;
          }
          await run(INPUT, CHAINED, steps, window, INLINE);
          assert.ok(wanted.equals(readFileSync(CHAINED)), JSON.stringify({ steps, window }));
        }),
        { numRuns: 25 },
      );
    });
  }
});

describe('whatever pool it is run in', () => {
  const byName = (operation: string, scope?: string): Steps[number] => STEPS.find((step) => step.operation === operation && step.params?.['scope'] === scope)!;
  const steps = [STEPS[0], byName('sharpen'), byName('normalize', 'dataset'), byName('convolve'), byName('normalize', 'band'), STEPS[1]];
  for (const window of [16, 32, 50]) {
    for (const pool of ['threads', 'processes'] as const) {
      test(`${pool}, windows of ${window}`, async () => {
        writeFileSync(INPUT, writeTiff({ ...INPUTS[0], width: 400, height: 300 }));
        await run(INPUT, CHAINED, steps, window, { workers: 3, pool, queue: { mode: 'bounded', size: 2 } });
        assert.ok((await runByFiles(steps, window)).equals(readFileSync(CHAINED)));
      });
    }
  }
});
