import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { grain } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { planRequest } from '../../src/index.js';
import type { PlanImage } from '../../src/pipeline/plan.js';
import { loadTask, open } from '../../src/pipeline/reader.js';
import { imagesOf } from '../../src/pipeline/region-reader.js';
import type { Window } from '../../src/raster/window.js';
import { temporaryFolder } from '../oracle/support/folder.js';

const folder = temporaryFolder();
const WIDTH = 200;
const HEIGHT = 60;

const SPECS = [
  { width: WIDTH, height: HEIGHT, bands: 3, dtype: 'uint16', pixel: grain(0, 4000), layout: { rowsPerStrip: 1 } },
  { width: WIDTH, height: HEIGHT, bands: 2, dtype: 'uint8', pixel: grain(0, 250), layout: { rowsPerStrip: 7 }, interleave: 'band' },
  { width: WIDTH, height: HEIGHT, bands: 1, dtype: 'uint16', pixel: grain(0, 900), layout: { tile: { width: 32, height: 32 } } },
] as const satisfies readonly TiffSpec[];
type Spec = (typeof SPECS)[number];

const images: PlanImage[] = [];

before(async () => {
  for (const [i, spec] of SPECS.entries()) {
    const path = join(folder, `${i}.tif`);
    writeFileSync(path, writeTiff(spec));
    const { plan } = await planRequest({ input: path, output: join(folder, 'out.tif'), steps: [{ operation: 'normalize' }] });
    images.push(...imagesOf(plan.input));
  }
});

/** The bytes of a strip's rows in a window, as they come: its columns, plane by plane. */
function stripsOf(spec: Spec, { col, row, width, height }: Window): Uint8Array[] {
  const { rowsPerStrip } = spec.layout as { readonly rowsPerStrip: number };
  const isPlanar = 'interleave' in spec;
  const groups = isPlanar ? Array.from({ length: spec.bands }, (_, band) => [band]) : [Array.from({ length: spec.bands }, (_, band) => band)];
  const [first, last] = [Math.floor(row / rowsPerStrip), Math.floor((row + height - 1) / rowsPerStrip)];
  return groups.flatMap((bands) =>
    Array.from({ length: last - first + 1 }, (_, k) => {
      const bytes: number[] = [];
      for (let r = (first + k) * rowsPerStrip; r < Math.min(HEIGHT, (first + k + 1) * rowsPerStrip); r++) {
        for (let c = col; c < col + width; c++) {
          for (const band of bands) bytes.push(...(spec.dtype === 'uint16' ? [spec.pixel(band, r, c) & 255, spec.pixel(band, r, c) >> 8] : [spec.pixel(band, r, c)]));
        }
      }
      return Uint8Array.from(bytes);
    }),
  );
}

/** Tasks row by row, as wide as each other, with a halo, some of them left out. */
const tasks = fc.record({ width: fc.integer({ min: 1, max: 90 }), height: fc.integer({ min: 1, max: 40 }), halo: fc.constantFrom(0, 0, 2, 30), kept: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), again: fc.nat(20) });

function windowsOf({ width, height, halo, kept }: { readonly width: number; readonly height: number; readonly halo: number; readonly kept: readonly boolean[] }): Window[] {
  const windows: Window[] = [];
  for (let row = 0; row < HEIGHT; row += height) {
    for (let col = 0; col < WIDTH; col += width) {
      const [left, top] = [Math.max(0, col - halo), Math.max(0, row - halo)];
      const [right, bottom] = [Math.min(WIDTH, col + width + halo), Math.min(HEIGHT, row + height + halo)];
      windows.push({ col: left, row: top, width: right - left, height: bottom - top });
    }
  }
  const some = windows.filter((_, i) => kept[i % kept.length]);
  return some.length > 0 ? some : windows;
}

describe('columns of strips come whatever windows are asked for', () => {
  for (const [what, numbers] of [
    ['of one image', [0]],
    ['of planes', [1]],
    ['of two images', [0, 1]],
    ['beside tiles', [2, 0]],
  ] as const) {
    test(what, async () => {
      await fc.assert(
        fc.asyncProperty(tasks, async (shape) => {
          const reader = await open({ images: numbers.map((i) => images[i]) });
          const windows = windowsOf(shape);
          let spare: ArrayBuffer | undefined;
          const check = async (task: number, coming: readonly Window[] | null): Promise<void> => {
            const window = windows[task];
            const loaded = await loadTask(reader, { task, window, coming, spare });
            const got = Array.from(loaded.starts, (start, i) => new Uint8Array(loaded.buffer, start, loaded.lengths[i]).slice());
            let first = 0;
            for (const i of numbers) {
              if (i === 2) {
                const across = Math.floor((window.col + window.width - 1) / 32) - Math.floor(window.col / 32) + 1;
                first += across * (Math.floor((window.row + window.height - 1) / 32) - Math.floor(window.row / 32) + 1);
                continue;
              }
              const wanted = stripsOf(SPECS[i], window);
              assert.deepEqual(got.slice(first, first + wanted.length), wanted);
              first += wanted.length;
            }
            assert.equal(got.length, first);
            spare = loaded.buffer;
          };
          for (let task = 0; task < windows.length; task++) {
            await check(task, task % 50 === 0 ? windows.slice(task, task + 50) : []);
            if (task === shape.again) await check(task, null);
          }
          await reader.dispose!();
        }),
        { numRuns: 40 },
      );
    });
  }
});

test('rows are read once for the tasks beside each other, however wide their halo is', async () => {
  for (const halo of [0, 2, 30, 90]) {
    const reader = await open({ images: [images[0]] });
    const windows = windowsOf({ width: 16, height: 20, halo, kept: [true] });
    let bytes = 0;
    for (const [task, window] of windows.entries()) bytes += (await loadTask(reader, { task, window, coming: task === 0 ? windows : [], spare: undefined })).bytesRead;
    await reader.dispose!();
    const across = Math.ceil(WIDTH / 16);
    const rows = windows.filter((_, i) => i % across === 0).reduce((sum, { height }) => sum + height, 0);
    assert.equal(bytes, rows * WIDTH * 6, `${halo}`);
  }
});
