import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { INLINE, normalize, type NormalizeOptions } from '../oracle/support/run.js';
import { readDirectories } from '../oracle/support/tiff-reader.js';

const folder = temporaryFolder();

/** Noise, so that blocks are of different lengths; more tasks than one. */
const BASE = { width: 300, height: 260, bands: 2, dtype: 'uint16', pixel: grain(0, 4000), compression: 'deflate' } as const;

const CASES: readonly { readonly what: string; readonly spec: TiffSpec; readonly options: NormalizeOptions; readonly times: number }[] = [
  { what: 'windows that are tiles', spec: { ...BASE, layout: { tile: { width: 64, height: 64 } } }, options: { window: 64 }, times: 1 },
  { what: 'planes', spec: { ...BASE, layout: { tile: { width: 64, height: 64 } }, interleave: 'band' }, options: { window: 64 }, times: 1 },
  { what: 'blocks last one first', spec: { ...BASE, layout: { tile: { width: 64, height: 64 } }, reverseBlocks: true }, options: { window: 32 }, times: 1 },
  { what: 'strips as high as tiles', spec: { ...BASE, layout: { rowsPerStrip: 64 } }, options: { window: 64, co: ['BLOCKXSIZE=64', 'BLOCKYSIZE=64'] }, times: 1 },
  { what: 'tiles left out', spec: { ...BASE, pixel: (b, r, c) => (r < 64 && c < 64 ? 0 : BASE.pixel(b, r, c)), sparse: (i) => i === 0, layout: { tile: { width: 64, height: 64 } } }, options: { window: 64 }, times: 1 },
  // Once to measure, once to map.
  { what: 'one window', spec: { ...BASE, layout: { tile: { width: 64, height: 64 } } }, options: { window: 1000 }, times: 2 },
];

describe('every byte of a block is read once, and none between', () => {
  for (const { what, spec, options, times } of CASES) {
    test(`${what}${times === 1 ? '' : `: ${times} passes`}`, async () => {
      const input = join(folder, 'in.tif');
      const file = writeTiff(spec);
      writeFileSync(input, file);
      const [tags] = readDirectories(file);
      const blockBytes = (tags.get(325) ?? tags.get(279))!.reduce((sum, bytes) => sum + bytes, 0);
      const { plan, totals } = await normalize(input, join(folder, 'out.tif'), options, { ...INLINE, queue: { mode: 'bounded', size: 2 } });
      assert.ok(plan.tasks.count > 1);
      assert.equal(totals.bytes.read, times * blockBytes);
    });
  }
});
