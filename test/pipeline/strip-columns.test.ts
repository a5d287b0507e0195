import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, parseCreationOptions, planRequest, runPlan, type RunTotals } from '../../src/index.js';
import type { Plan } from '../../src/pipeline/plan.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { type HowToRun, INLINE } from '../oracle/support/run.js';
import { readDirectories } from '../oracle/support/tiff-reader.js';

const folder = temporaryFolder();

/** Wide enough that a task is less than a row of tiles. */
const BASE = { width: 500, height: 130, bands: 3, dtype: 'uint16', pixel: grain(0, 4000), nodata: '7' } as const;

const CASES: readonly (readonly [what: string, spec: TiffSpec])[] = [
  ['strips of a row', { ...BASE, layout: { rowsPerStrip: 1 } }],
  ['strips of some rows', { ...BASE, layout: { rowsPerStrip: 7 } }],
  ['one strip', { ...BASE, layout: { rowsPerStrip: 130 } }],
  ['the last one first', { ...BASE, layout: { rowsPerStrip: 5 }, reverseBlocks: true }],
  ['planes', { ...BASE, layout: { rowsPerStrip: 3 }, interleave: 'band' }],
  ['planes of floats', { ...BASE, dtype: 'float32', layout: { rowsPerStrip: 4 }, interleave: 'band' }],
  ['big-endian', { ...BASE, byteOrder: 'big', layout: { rowsPerStrip: 2 } }],
  ['bytes', { ...BASE, dtype: 'uint8', pixel: grain(0, 255), layout: { rowsPerStrip: 1 } }],
  ['some left out', { ...BASE, pixel: (b, r, c) => (r < 40 ? 7 : BASE.pixel(b, r, c)), sparse: (i) => i < 10, layout: { rowsPerStrip: 4 } }],
];

const STEPS = {
  normalize: [{ operation: 'normalize' }],
  'normalize by the raster': [{ operation: 'normalize', params: { scope: 'band' } }],
  sharpen: [{ operation: 'sharpen' }],
  'normalize and sharpen': [{ operation: 'normalize' }, { operation: 'sharpen' }],
} as const;

async function run(input: string, output: string, steps: (typeof STEPS)[keyof typeof STEPS], how: HowToRun): Promise<{ readonly plan: Plan; readonly totals: RunTotals; readonly bytes: Buffer }> {
  const creation = await parseCreationOptions(['BLOCKXSIZE=32', 'BLOCKYSIZE=32', 'COMPRESS=NONE']);
  const { plan } = await planRequest({ input, output, steps, window: 32, creation, overwrite: true });
  const totals = await runPlan(plan, { target: checkTarget(output, { overwrite: true }), ...how });
  return { plan, totals, bytes: readFileSync(output) };
}

describe('uncompressed strips, of which tasks have some columns, give what compressed ones give', () => {
  for (const [what, spec] of CASES) {
    for (const [name, steps] of Object.entries(STEPS)) {
      test(`${name}, ${what}`, async () => {
        const [plain, packed, output] = ['plain.tif', 'packed.tif', 'out.tif'].map((file) => join(folder, file));
        writeFileSync(plain, writeTiff(spec));
        writeFileSync(packed, writeTiff({ ...spec, compression: 'deflate' }));
        const wanted = await run(packed, output, steps, INLINE);
        const got = await run(plain, output, steps, INLINE);
        assert.ok(got.plan.tasks.cols < wanted.plan.tasks.cols);
        assert.ok(got.bytes.equals(wanted.bytes));
        const inThreads = await run(plain, output, steps, { ...INLINE, pool: 'threads', workers: 2 });
        assert.ok(inThreads.bytes.equals(wanted.bytes));
      });
    }
  }
});

test('every byte of a strip is read once, however many tasks have a part of it', async () => {
  const input = join(folder, 'in.tif');
  const file = writeTiff({ ...BASE, layout: { rowsPerStrip: 1 } });
  writeFileSync(input, file);
  const [tags] = readDirectories(file);
  const { totals } = await run(input, join(folder, 'out.tif'), STEPS.normalize, INLINE);
  assert.equal(totals.bytes.read, tags.get(279)!.reduce((sum, bytes) => sum + bytes, 0));
});
