import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  cellCount,
  cellsOf,
  cellsTouching,
  cellWindow,
  coveringCells,
  type Grid,
  gridColumns,
  gridRows,
  gridWindows,
  rangeWindow,
} from '../../src/raster/grid.js';
import { contains, describeWindow, intersect, type Size, type Window } from '../../src/raster/window.js';

const size = (most: number): fc.Arbitrary<Size> => fc.record({ width: fc.integer({ min: 1, max: most }), height: fc.integer({ min: 1, max: most }) });

/** Windows anywhere, also before row and column 0. */
const windows: fc.Arbitrary<Window> = fc
  .record({ col: fc.integer({ min: -20, max: 20 }), row: fc.integer({ min: -20, max: 20 }), size: size(20) })
  .map(({ col, row, size: { width, height } }) => ({ col, row, width, height }));

const grids: fc.Arbitrary<Grid> = fc.record({ image: size(40), cell: size(45) });

/** A grid, and a window inside its image. */
const gridsWithWindow = grids.chain((grid) => {
  const { width, height } = grid.image;
  const corners = fc.tuple(fc.nat(width - 1), fc.nat(width - 1), fc.nat(height - 1), fc.nat(height - 1));
  return corners.map(([left, right, top, bottom]) => {
    const [col, row] = [Math.min(left, right), Math.min(top, bottom)];
    const window: Window = { col, row, width: Math.abs(left - right) + 1, height: Math.abs(top - bottom) + 1 };
    return { grid, window };
  });
});

function* pixelsOf({ col, row, width, height }: Window): Generator<[col: number, row: number]> {
  for (let r = row; r < row + height; r++) for (let c = col; c < col + width; c++) yield [c, r];
}

const has = (window: Window, [col, row]: readonly [number, number]): boolean =>
  col >= window.col && col < window.col + window.width && row >= window.row && row < window.row + window.height;

describe('windows', () => {
  test('share the pixels that lie in both, and commute', () => {
    fc.assert(
      fc.property(windows, windows, (a, b) => {
        const shared = intersect(a, b);
        assert.deepEqual(intersect(b, a), shared);
        const count = [...pixelsOf(a)].filter((pixel) => has(b, pixel)).length;
        assert.equal(shared === null ? 0 : shared.width * shared.height, count);
        if (shared !== null) for (const pixel of pixelsOf(shared)) assert.ok(has(a, pixel) && has(b, pixel));
      }),
    );
  });

  test('contain another where all of its pixels lie in them', () => {
    fc.assert(
      fc.property(windows, windows, (a, b) => {
        assert.equal(contains(a, b), [...pixelsOf(b)].every((pixel) => has(a, pixel)));
        const shared = intersect(a, b);
        if (shared !== null) assert.ok(contains(a, shared) && contains(b, shared));
      }),
    );
  });

  test('are told in words', () => {
    assert.equal(describeWindow({ col: 0, row: 1024, width: 512, height: 256 }), '512 x 256 pixels at column 0, row 1024');
  });
});

describe('grids', () => {
  test('cover every pixel of the image once', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const { width, height } = grid.image;
        const counts = new Uint8Array(width * height);
        for (const window of gridWindows(grid)) {
          assert.ok(contains({ col: 0, row: 0, width, height }, window));
          for (const [col, row] of pixelsOf(window)) counts[row * width + col]++;
        }
        assert.ok(counts.every((count) => count === 1));
      }),
    );
  });

  test('count their cells, row by row', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const all = [...gridWindows(grid)];
        assert.equal(all.length, cellCount(grid));
        all.forEach((window, i) => {
          const [col, row] = [i % gridColumns(grid), Math.floor(i / gridColumns(grid))];
          assert.deepEqual(window, cellWindow(grid, { col, row }));
          assert.ok(row < gridRows(grid));
          assert.equal(window.col, col * grid.cell.width);
          assert.equal(window.row, row * grid.cell.height);
        });
      }),
    );
  });

  test('tell the cells that a window touches', () => {
    fc.assert(
      fc.property(gridsWithWindow, ({ grid, window }) => {
        const touched = new Set([...cellsOf(cellsTouching(grid, window))].map(({ col, row }) => `${col} ${row}`));
        for (let row = 0; row < gridRows(grid); row++) {
          for (let col = 0; col < gridColumns(grid); col++) {
            assert.equal(touched.has(`${col} ${row}`), intersect(cellWindow(grid, { col, row }), window) !== null);
          }
        }
      }),
    );
  });

  test('cover a window with whole cells, and no more of them than it touches', () => {
    fc.assert(
      fc.property(gridsWithWindow, ({ grid, window }) => {
        const covering = coveringCells(grid, window);
        assert.ok(contains(covering, window));
        assert.ok(contains({ col: 0, row: 0, ...grid.image }, covering));
        assert.deepEqual(coveringCells(grid, covering), covering);
        for (const cell of gridWindows(grid)) assert.equal(contains(covering, cell), intersect(cell, window) !== null);
      }),
    );
  });

  test('join a run of cells into one window', () => {
    fc.assert(
      fc.property(gridsWithWindow, ({ grid, window }) => {
        const range = cellsTouching(grid, window);
        const joined = rangeWindow(grid, range);
        const pixels = [...cellsOf(range)].map((at) => cellWindow(grid, at)).reduce((sum, { width, height }) => sum + width * height, 0);
        assert.equal(joined.width * joined.height, pixels);
      }),
    );
  });
});
