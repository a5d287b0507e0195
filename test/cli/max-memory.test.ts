import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import { controlGroup } from '../../bench/control-group.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const MB = 2 ** 20;
const SCENE: TiffSpec = {
  width: 1536, height: 1024, bands: 4, dtype: 'uint16', pixel: grain(0, 9000), nodata: '0',
  layout: { tile: { width: 256, height: 256 } },
};

interface Told {
  readonly workers: number;
  readonly tasks: number;
  readonly queue: { readonly size: number; readonly inputHighWater: number; readonly outputHighWater: number };
  readonly memory: { readonly limitBytes: number; readonly plannedBytes: number; readonly peakBytes: number };
}

let scene: Uint8Array | undefined;

function folderWith(t: TestContext, spec = SCENE): Folder {
  const folder = new Folder(t);
  writeFileSync(folder.at('in.tif'), spec === SCENE ? (scene ??= writeTiff(SCENE)) : writeTiff(spec));
  return folder;
}

async function run(folder: Folder, words: readonly string[]): Promise<{ readonly told: Told; readonly bytes: Buffer }> {
  const result = await runCli([...words, '--json', '--overwrite'], { cwd: folder.path });
  assert.equal(result.code, 0, result.stderr);
  return { told: JSON.parse(result.stdout) as Told, bytes: readFileSync(folder.at('out.tif')) };
}

const FILES = ['in.tif', 'out.tif'];
const JOBS: readonly (readonly string[])[] = [
  ['normalize', ...FILES],
  // Windows that are measured in the tasks where these are large, and in a pass of their own where they are small.
  ['normalize', ...FILES, '--window', '512', '--pool', 'threads'],
  ['sharpen', ...FILES, '--co', 'COMPRESS=DEFLATE'],
  ['normalize', ...FILES, '--of', 'COG', '--co', 'BLOCKSIZE=128'],
  ['run', ...FILES, '--op', 'normalize', '--op', 'sharpen:amount=2'],
];

describe('a run takes no more than --max-memory', { concurrency: 1 }, () => {
  for (const job of JOBS) {
    test(`${job.join(' ')}: the same bytes in less`, async (t) => {
      const folder = folderWith(t);
      const free = await run(folder, [...job, '-j', '3', '--pool', 'threads']);
      assert.ok(free.told.memory.plannedBytes <= free.told.memory.limitBytes);
      const limits = [0.9, 0.8].map((share) => Math.floor((free.told.memory.plannedBytes * share) / MB));
      for (const limit of limits) {
        const { told, bytes } = await run(folder, [...job, '-j', '3', '--pool', 'threads', '--max-memory', `${limit}M`]);
        assert.equal(told.memory.limitBytes, limit * MB);
        assert.ok(told.memory.plannedBytes <= limit * MB);
        assert.ok(told.memory.peakBytes <= limit * MB, `${told.memory.peakBytes / MB} MB of ${limit} taken`);
        assert.ok(told.queue.inputHighWater <= told.queue.size && told.queue.outputHighWater <= told.queue.size);
        assert.ok(bytes.equals(free.bytes), `other bytes within ${limit} MB`);
      }
    });
  }

  for (const pool of ['processes', 'inline']) {
    test(`${pool}: what is planned is what is taken at most`, async (t) => {
      const { told } = await run(folderWith(t), [...JOBS[0], '-j', '2', '--pool', pool]);
      assert.ok(told.memory.peakBytes <= told.memory.plannedBytes, `${told.memory.peakBytes / MB} MB, ${told.memory.plannedBytes / MB} planned`);
    });
  }
});

describe('what cannot be done in so much memory is refused before it begins, with the figure needed', () => {
  const ONE_STRIP: TiffSpec = {
    width: 2000, height: 1500, bands: 3, dtype: 'float64', pixel: (band, row, col) => band + row + col,
    layout: { rowsPerStrip: 1500 }, compression: 'deflate',
  };
  /** A tile is decoded whole, however few rows of it are the image's. */
  const TALL_TILE: TiffSpec = {
    width: 1500, height: 20, bands: 1, dtype: 'uint16', byteOrder: 'big', pixel: grain(0, 9000),
    layout: { tile: { width: 4096, height: 8192 } },
  };
  const REFUSED: readonly (readonly [name: string, spec: TiffSpec, words: readonly string[], says: RegExp])[] = [
    ['less than Node itself takes', SCENE, ['--max-memory', '50M'], /in\.tif: cannot be done in 50 MB of memory, it takes (\d+) MB/],
    ['a number of bytes', SCENE, ['--max-memory', '10'], /in\.tif: cannot be done in 10 bytes of memory, it takes (\d+) MB/],
    ['one compressed strip for the whole image', ONE_STRIP, ['--max-memory', '200MB'], /in\.tif: cannot be done in 200 MB of memory, it takes (\d+) MB/],
    ['a tile much taller than the image', TALL_TILE, ['--max-memory', '100M'], /in\.tif: cannot be done in 100 MB of memory, it takes (\d+) MB/],
    ['--queue none', SCENE, ['--max-memory', '120M', '-q', 'none'], /it takes (\d+) MB with --queue none/],
  ];
  for (const [name, spec, words, says] of REFUSED) {
    test(name, async (t) => {
      const folder = folderWith(t, spec);
      const line = failureOf(await runCli([...JOBS[0], ...words], { cwd: folder.path }), 3);
      assert.match(line, says);
      assert.deepEqual(folder.list(), ['in.tif']);
      const needed = says.exec(line)![1];
      const { told } = await run(folder, [...JOBS[0], ...words, '--max-memory', `${needed}M`]);
      assert.ok(told.memory.peakBytes <= Number(needed) * MB, `${told.memory.peakBytes / MB} MB of ${needed} taken`);
      failureOf(await runCli([...JOBS[0], '--overwrite', ...words, '--max-memory', `${Number(needed) - 1}M`], { cwd: folder.path }), 3);
    });
  }

  for (const size of ['0', '-1G', 'much', '1.5X']) {
    test(`--max-memory ${size} is no size`, async (t) => {
      assert.match(failureOf(await runCli([...JOBS[0], '--max-memory', size], { cwd: folderWith(t).path }), 2), /wanted a size, as in 500M or 20G/);
    });
  }
});

test('without it a run takes half of what its control group leaves', async (t) => {
  const most = 1024 * MB;
  const group = controlGroup(most);
  if (group === undefined) {
    t.skip('no control group can be made here');
    return;
  }
  try {
    const result = await runCli([...JOBS[0], '--json'], { cwd: folderWith(t).path, through: group.entering });
    assertSilentSuccess(result);
    const { limitBytes } = (JSON.parse(result.stdout) as Told).memory;
    // Node itself is in the group too.
    assert.ok(limitBytes < most / 2 && limitBytes > most / 4, `${limitBytes / MB} MB of ${most / MB}`);
  } finally {
    group.remove();
  }
});

test('more than there is is not advised', async (t) => {
  const group = controlGroup(200 * MB);
  if (group === undefined) {
    t.skip('no control group can be made here');
    return;
  }
  try {
    const words = [...JOBS[0], '-q', 'none', '--pool', 'processes', '-j', '1'];
    const line = failureOf(await runCli(words, { cwd: folderWith(t).path, through: group.entering }), 3);
    assert.match(line, /in\.tif: cannot be done in [\d.]+ MB of memory, it takes \d+ MB with --queue none: there are \d+ MB, it needs a machine or a control group with more$/);
  } finally {
    group.remove();
  }
});

test('a run that is resumed and complete needs none, however little there is', async (t) => {
  const folder = folderWith(t);
  const words = [...JOBS[0], '--resume'];
  assertSilentSuccess(await runCli(words, { cwd: folder.path }));
  const { ino } = statSync(folder.at('out.tif'));
  assertSilentSuccess(await runCli([...words, '--max-memory', '10M'], { cwd: folder.path }));
  assert.equal(statSync(folder.at('out.tif')).ino, ino);
  rmSync(folder.at('out.tif'));
  failureOf(await runCli([...words, '--max-memory', '10M'], { cwd: folder.path }), 3);
});

test('a run that is resumed in less memory keeps its tasks', async (t) => {
  const folder = folderWith(t);
  const words = [...JOBS[0], '-j', '3', '--pool', 'threads', '--resume', '--quiet'];
  const { told } = await run(folder, words);
  const again = await run(folder, [...words, '--max-memory', `${Math.ceil(told.memory.plannedBytes / MB) + 1}M`]);
  assert.equal(again.told.tasks, told.tasks);
});
