import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Plan } from '../../src/pipeline/plan.js';
import { taskRegions } from '../../src/pipeline/region.js';
import { chooseStatistics, chooseTasks, taskCells } from '../../src/pipeline/task.js';
import { type CellRange, cellsOf, cellWindow, coveringCells, type Grid, gridColumns, gridRows, rangeWindow } from '../../src/raster/grid.js';
import { contains, type Size, type Window } from '../../src/raster/window.js';

const size = (most: number): fc.Arbitrary<Size> => fc.record({ width: fc.integer({ min: 1, max: most }), height: fc.integer({ min: 1, max: most }) });

/** Tiles of 16, 32 … pixels over images of up to some thousand tiles, blocks of any size in the image, pixels of up to 64 bytes. */
const divisions = fc
  .record({
    image: fc.oneof(size(100), size(1500)),
    tile: fc.record({ width: fc.constantFrom(16, 64, 256, 1024), height: fc.constantFrom(16, 32, 512) }),
    block: size(1500),
    isStrip: fc.boolean(),
    pixelBytes: fc.constantFrom(1, 2, 6, 8, 64),
    window: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 100, 256, 300, 5000)),
  })
  .map(({ image, tile, block, isStrip, pixelBytes, window }) => {
    const tiles: Grid = { image, cell: tile };
    const rule = chooseTasks(tiles, isStrip ? { ...block, width: image.width } : block, pixelBytes);
    return { tiles, rule, windows: { image, cell: { width: window, height: window } } satisfies Grid };
  });

const tasksOf = (tiles: Grid, rule: { readonly count: number; readonly cols: number; readonly rows: number }) =>
  Array.from({ length: rule.count }, (_, task) => taskCells(tiles, rule, task));

/** What a task reads of its input for one operation, which measures windows or nothing. */
function taskFootprint(tiles: Grid, task: CellRange, measured: Grid | null): Window {
  const footprint = { halo: 0, edge: 'raster', measures: measured === null ? 'nothing' : 'window' };
  const plan = { input: { profile: tiles.image }, window: measured?.cell, steps: [{ footprint, statistics: 'task' }] };
  return taskRegions(plan as unknown as Plan, 1, rangeWindow(tiles, task))[0];
}

describe('tasks', () => {
  test('hold each tile once, in the order of the file', () => {
    fc.assert(
      fc.property(divisions, ({ tiles, rule }) => {
        const cells = tasksOf(tiles, rule).flatMap((task) => [...cellsOf(task)]);
        const numbers = cells.map(({ col, row }) => row * gridColumns(tiles) + col);
        assert.equal(numbers.length, gridColumns(tiles) * gridRows(tiles));
        numbers.forEach((number, i) => assert.equal(number, i));
      }),
    );
  });

  test('are a run within one row of tiles, or whole rows', () => {
    fc.assert(
      fc.property(divisions, ({ tiles, rule }) => {
        for (const { cols, rows } of tasksOf(tiles, rule)) {
          assert.ok(cols >= 1 && rows >= 1);
          assert.ok(rows === 1 || cols === gridColumns(tiles));
        }
      }),
    );
  });

  test('read all of their own pixels and none outside the image', () => {
    fc.assert(
      fc.property(divisions, fc.boolean(), ({ tiles, rule, windows }, measures) => {
        const image: Window = { col: 0, row: 0, ...tiles.image };
        for (const task of tasksOf(tiles, rule)) {
          const footprint = taskFootprint(tiles, task, measures ? windows : null);
          assert.ok(contains(image, footprint));
          assert.ok(contains(footprint, rangeWindow(tiles, task)));
          if (!measures) assert.deepEqual(footprint, rangeWindow(tiles, task));
        }
      }),
    );
  });

  test('that measure read every window they touch whole', () => {
    fc.assert(
      fc.property(divisions, ({ tiles, rule, windows }) => {
        for (const task of tasksOf(tiles, rule)) {
          const footprint = taskFootprint(tiles, task, windows);
          assert.deepEqual(coveringCells(windows, footprint), footprint);
          for (const tile of cellsOf(task)) {
            assert.ok(contains(footprint, coveringCells(windows, cellWindow(tiles, tile))));
          }
        }
      }),
    );
  });
});

describe('the statistics of windows', () => {
  test('come from the task only where it reads little beside its own pixels', () => {
    fc.assert(
      fc.property(divisions, ({ tiles, rule, windows }) => {
        if (chooseStatistics(tiles, windows, rule, false) === 'pass') return;
        for (const task of tasksOf(tiles, rule)) {
          const own = rangeWindow(tiles, task);
          const footprint = taskFootprint(tiles, task, windows);
          const beyond = { cols: footprint.width - own.width, rows: footprint.height - own.height };
          assert.ok(beyond.cols <= 2 * (tiles.cell.width - 1) && beyond.rows <= 2 * (tiles.cell.height - 1), JSON.stringify({ own, footprint }));
        }
      }),
    );
  });

  const tiles = (edge: number): Grid => ({ image: { width: 1000, height: 900 }, cell: { width: edge, height: edge } });
  const windows = (edge: number): Grid => ({ image: { width: 1000, height: 900 }, cell: { width: edge, height: edge } });
  const cases: [what: string, tile: number, window: number, rule: { cols: number; rows: number }, wanted: 'task' | 'pass'][] = [
    ['windows that are tiles', 256, 256, { cols: 1, rows: 1 }, 'task'],
    ['windows that divide tiles', 256, 64, { cols: 2, rows: 1 }, 'task'],
    ['windows smaller than a tile', 256, 100, { cols: 1, rows: 1 }, 'task'],
    ['windows of several tiles, tasks of as many', 64, 128, { cols: 16, rows: 2 }, 'task'],
    ['windows of several tiles, tasks of one row', 64, 128, { cols: 16, rows: 1 }, 'pass'],
    ['windows a little larger than a tile', 256, 257, { cols: 4, rows: 1 }, 'pass'],
    ['one window, many tasks', 256, 5000, { cols: 4, rows: 1 }, 'pass'],
    ['one window, one task', 256, 5000, { cols: 4, rows: 4 }, 'task'],
  ];
  for (const [what, tile, window, rule, wanted] of cases) {
    test(`${what}: from the ${wanted}`, () => {
      assert.equal(chooseStatistics(tiles(tile), windows(window), { ...rule, count: 1 }, false), wanted);
    });
  }
});
