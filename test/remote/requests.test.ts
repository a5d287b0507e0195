import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan, STANDARD_ACCESS } from '../../src/index.js';
import { INLINE } from '../oracle/support/run.js';
import { placesOfBlocks } from '../support/blocks.js';
import { assertSilentSuccess, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const SCENE = { width: 1500, height: 1300, bands: 2, dtype: 'uint16', pixel: grain(0, 9000), compression: 'deflate', predictor: 2 } as const;
const TILES = { ...SCENE, layout: { tile: { width: 128, height: 128 } } } as const;
const STRIPS = { ...SCENE, layout: { rowsPerStrip: 100 } } as const;

interface Case {
  readonly what: string;
  readonly spec: TiffSpec;
  readonly words: readonly string[];
  /** How often the pixels are gone over. */
  readonly passes?: number;
}

const CASES: readonly Case[] = [
  { what: 'tiles', spec: TILES, words: ['normalize'] },
  { what: 'tiles one band behind the other', spec: { ...TILES, interleave: 'band' }, words: ['normalize'] },
  { what: 'strips that windows share', spec: STRIPS, words: ['normalize', '--window', '96'] },
  { what: 'neighbours of tiles', spec: TILES, words: ['sharpen'] },
  { what: 'neighbours of strips', spec: STRIPS, words: ['sharpen'] },
  { what: 'neighbours, twice', spec: TILES, words: ['run', '--op', 'sharpen', '--op', 'sharpen'] },
  { what: 'the whole raster, measured first', spec: TILES, words: ['normalize', '--scope', 'band'], passes: 2 },
  { what: 'neighbours, measured first', spec: TILES, words: ['run', '--op', 'sharpen', '--op', 'normalize:scope=dataset'], passes: 2 },
];

describe('the head in at most two requests, each block once a pass, and hardly a byte beside them', { concurrency: 2 }, () => {
  for (const { what, spec, words: [command, ...words], passes = 1 } of CASES) {
    test(what, async (t) => {
      const folder = new Folder(t);
      const file = writeTiff(spec);
      writeFileSync(folder.at('in.tif'), file);
      const served = await serveBytes(t, file);
      for (const [input, output] of [[folder.at('in.tif'), 'local.tif'], [served.url, 'out.tif']]) {
        assertSilentSuccess(await runCli([command, input, folder.at(output), ...words, '--pool', 'threads', '-j', '2']));
      }
      assert.ok(folder.read('out.tif').equals(folder.read('local.tif')));
      const blocks = placesOfBlocks(spec, file.length);
      const start = Math.min(...blocks.map((block) => block.start));
      const heads = served.ranges.filter(([first]) => first < start);
      assert.ok(heads.length <= 2, `${heads.length} requests for the head`);
      const [, opening] = served.ranges[0];
      for (const { start: first, end } of blocks) {
        const touching = served.ranges.filter((range) => range[0] < end && Math.min(range[1], file.length - 1) >= first);
        // What the first request ends in is two requests' block.
        const most = passes + (opening >= first && opening < end - 1 ? 1 : 0);
        assert.ok(touching.length >= 1 && touching.length <= most, `bytes ${first}..${end} in ${touching.length} requests`);
      }
      const blockBytes = blocks.reduce((sum, block) => sum + block.end - block.start, 0);
      assert.ok(served.bytesSent <= 1.05 * passes * blockBytes, `${served.bytesSent} bytes for ${blockBytes}, ${passes} times`);
    });
  }
});

describe('the head in two requests at most', () => {
  test('where the directory is at the end', async (t) => {
    const folder = new Folder(t);
    const file = writeTiff({ ...TILES, ifdAt: 'end' });
    writeFileSync(folder.at('in.tif'), file);
    const served = await serveBytes(t, file);
    for (const [input, output] of [[folder.at('in.tif'), 'local.tif'], [served.url, 'out.tif']]) assertSilentSuccess(await runCli(['normalize', input, folder.at(output)]));
    assert.ok(folder.read('out.tif').equals(folder.read('local.tif')));
    const directoryAt = new DataView(file.buffer).getUint32(4, true);
    const heads = served.ranges.filter(([, last], i) => i === 0 || Math.min(last, file.length - 1) >= directoryAt);
    assert.ok(heads.length <= 2, `${heads.length} requests for the head`);
  });

  test('where the index arrays have megabytes, of which so much is read as is needed', async (t) => {
    const edge = 16;
    const across = 1000;
    const file = writeTiff({ width: across * edge, height: 300 * edge, bands: 1, dtype: 'uint8', pixel: () => 0, sparse: () => true, bigTiff: true, layout: { tile: { width: edge, height: edge } }, compression: 'deflate' });
    assert.ok(file.length > 4e6);
    const served = await serveBytes(t, file);
    const { code, stderr } = await runCli(['info', served.url, '--json']);
    assert.equal(code, 0, stderr);
    assert.ok(served.asked.length <= 2 && served.bytesSent < 300_000, `${served.asked.length} requests, ${served.bytesSent} bytes`);
  });
});

test('as many requests at one time as --connections has, and no more', async (t) => {
  const folder = new Folder(t);
  let arrive = (): void => undefined;
  const areThere = new Promise<undefined>((resolve) => (arrive = () => resolve(undefined)));
  // Behind the head the first are answered when as many are there as may be.
  const served = await serveBytes(t, writeTiff(TILES), {
    fault: (n) => {
      if (n === 3) arrive();
      return n === 0 ? undefined : areThere;
    },
  });
  assertSilentSuccess(await runCli(['normalize', served.url, folder.at('out.tif'), '--pool', 'threads', '-j', '2', '--connections', '3']));
  assert.ok(served.asked.length > 6, `${served.asked.length} requests`);
  assert.equal(served.mostAtOnce, 3);
});

describe('neighbours where little is held', () => {
  // Rows of blocks, of eleven; two of them are needed by tasks of the rows before and behind.
  for (const [rows, most] of [[4, 1.05], [2, 2.5]] as const) {
    test(`${rows} rows of blocks: at most ${most} times the blocks`, async (t) => {
      const folder = new Folder(t);
      const file = writeTiff(TILES);
      const served = await serveBytes(t, file);
      const access = { ...STANDARD_ACCESS, aheadBytes: Math.ceil((rows * file.length) / 11) };
      const { plan, snapshots } = await planRequest({ input: served.url, output: folder.at('out.tif'), steps: [{ operation: 'sharpen' }], access });
      await runPlan(plan, { ...INLINE, workers: 2, pool: 'threads', target: checkTarget(folder.at('out.tif'), { overwrite: false }), access: { ...access, snapshots } });
      assert.ok(served.bytesSent <= most * file.length, `${served.bytesSent / file.length} times`);
    });
  }
});
