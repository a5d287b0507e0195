import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hills, noise } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { type HowToRun, normalize, type NormalizeOptions, normalizeWords } from '../oracle/support/run.js';

const folder = temporaryFolder();
const BIN = fileURLToPath(new URL('../../../bin/rastq.js', import.meta.url));

interface Case {
  readonly name: string;
  readonly spec: TiffSpec;
  readonly options: NormalizeOptions;
}

const withHoles: TiffSpec['pixel'] = (band, row, col) => (noise(9, row, col) < 0.05 ? NaN : hills(0, 1000)(band, row, col) / 3);

/** Layouts, windows, codecs and markings, each in one of them at least. */
const CASES: readonly Case[] = [
  {
    name: 'tiles as windows',
    spec: {
      width: 270, height: 240, bands: 3, dtype: 'uint16', pixel: hills(0, 9000),
      layout: { tile: { width: 64, height: 64 } }, compression: 'deflate', predictor: 2, nodata: '0',
    },
    options: { window: 64 },
  },
  {
    name: 'windows that straddle tiles',
    spec: {
      width: 290, height: 210, bands: 2, dtype: 'int16', pixel: hills(-500, 500),
      layout: { tile: { width: 64, height: 32 } }, compression: 'lzw', predictor: 2,
    },
    options: { window: 100, co: ['SPARSE_OK=YES'] },
  },
  {
    name: 'strips, windows of 300',
    spec: {
      width: 331, height: 303, bands: 3, dtype: 'uint8', pixel: hills(0, 255),
      layout: { rowsPerStrip: 7 },
    },
    options: { window: 300, co: ['BLOCKXSIZE=48', 'BLOCKYSIZE=16'] },
  },
  {
    name: 'planar bands, windows of 1',
    spec: {
      width: 61, height: 47, bands: 3, dtype: 'uint16', pixel: hills(0, 300),
      layout: { tile: { width: 16, height: 16 } }, interleave: 'band', compression: 'packbits', nodata: '7',
    },
    options: { window: 1 },
  },
  {
    name: 'floats with NaN, one window',
    spec: {
      width: 200, height: 160, bands: 2, dtype: 'float32', pixel: withHoles,
      layout: { rowsPerStrip: 20 }, compression: 'deflate', predictor: 3,
    },
    options: { window: 1000, dtype: 'float32', range: { min: 0, max: 1 }, co: ['BLOCKXSIZE=32', 'BLOCKYSIZE=32'] },
  },
  {
    name: 'a mask behind the image',
    spec: {
      width: 210, height: 190, bands: 2, dtype: 'uint8', pixel: hills(0, 9),
      layout: { tile: { width: 48, height: 32 } }, nodata: '0',
    },
    options: { dtype: 'uint8', range: { min: 0, max: 255 }, window: 100, co: ['COMPRESS=ZSTD', 'INTERLEAVE=BAND', 'BIGTIFF=YES'] },
  },
];

/** Every value of each setting with every value of each other one, in nine runs: an orthogonal array. */
const WAYS: readonly HowToRun[] = [0, 1, 2].flatMap((a) =>
  [0, 1, 2].map((b) => ({
    pool: (['threads', 'processes', 'inline'] as const)[a],
    workers: [1, 2, 3][b],
    queue: { size: [1, 2, 5][(a + b) % 3], mode: (['bounded', 'none', 'bounded'] as const)[(a + 2 * b) % 3] },
  })),
);

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Runs the command line, whose every call to a stage is delayed at random by a seed. */
async function runStalled(input: string, output: string, options: NormalizeOptions, { pool, workers, queue }: HowToRun, seed: number): Promise<void> {
  const how = ['--pool', pool, '-j', String(workers), '--queue', queue.mode, '--queue-size', String(queue.size)];
  const env = { ...process.env, RASTQ_STALL: String(seed) };
  const child = spawn(process.execPath, [BIN, ...normalizeWords(input, output, options), ...how], { env, stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  assert.equal(code, 0);
}

CASES.forEach(({ name, spec, options }, i) => {
  describe(`the same bytes however it is run: ${name}`, () => {
    const [input, output] = [`in-${i}.tif`, `out-${i}.tif`].map((file) => join(folder, file)) as [string, string];
    writeFileSync(input, writeTiff(spec));
    let wanted: Promise<string> | undefined;
    const reference = async (): Promise<string> => {
      const path = join(folder, `reference-${i}.tif`);
      const { plan } = await normalize(input, path, options);
      assert.ok(plan.tasks.count >= 5, `${plan.tasks.count} tasks are too few to come out of order`);
      return hashOf(path);
    };

    for (const how of WAYS) {
      const { pool, workers, queue } = how;
      test(`${workers} ${pool}, queue ${queue.mode} of ${queue.size}`, async () => {
        wanted ??= reference();
        const { totals } = await normalize(input, output, options, how);
        assert.equal(hashOf(output), await wanted);
        assert.ok(totals.queue.outputHighWater <= queue.size);
        if (queue.mode === 'bounded') assert.ok(totals.queue.inputHighWater <= queue.size);
      });
    }
    const stalled: readonly HowToRun[] = [
      { pool: 'threads', workers: 3, queue: { mode: 'bounded', size: [1, 2, 5][i % 3] } },
      { pool: 'processes', workers: 2, queue: { mode: i % 2 === 0 ? 'bounded' : 'none', size: 2 } },
    ];
    for (const [n, how] of stalled.entries()) {
      const seed = 1 + i * stalled.length + n;
      test(`${how.workers} ${how.pool} that stall, seed ${seed}`, async () => {
        wanted ??= reference();
        await runStalled(input, output, options, how, seed);
        assert.equal(hashOf(output), await wanted);
      });
    }
  });
});
