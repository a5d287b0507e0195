import type { Size, Window } from './window.js';

/**
 * An image divided into cells of one size from the top left; cells at the right and bottom edge are clipped to the
 * image. Blocks (input), windows (operation) and tiles (output) are all cells of such grids. Cells are numbered row
 * by row. This is the only place where cells are counted.
 */
export interface Grid {
  readonly image: Size;
  readonly cell: Size;
}

/** A run of cells of a grid: columns `col … col + cols - 1`, rows likewise. */
export interface CellRange {
  readonly col: number;
  readonly row: number;
  readonly cols: number;
  readonly rows: number;
}

export function gridColumns({ image, cell }: Grid): number {
  return Math.ceil(image.width / cell.width);
}

export function gridRows({ image, cell }: Grid): number {
  return Math.ceil(image.height / cell.height);
}

export function cellCount(grid: Grid): number {
  return gridColumns(grid) * gridRows(grid);
}

/** The pixels of a run of cells, clipped to the image. */
export function rangeWindow({ image, cell }: Grid, range: CellRange): Window {
  const col = range.col * cell.width;
  const row = range.row * cell.height;
  return {
    col,
    row,
    width: Math.min(range.cols * cell.width, image.width - col),
    height: Math.min(range.rows * cell.height, image.height - row),
  };
}

/** The pixels of one cell, clipped to the image. */
export function cellWindow(grid: Grid, at: { readonly col: number; readonly row: number }): Window {
  return rangeWindow(grid, { col: at.col, row: at.row, cols: 1, rows: 1 });
}

/** The run of cells that a window (inside the image) touches. */
export function cellsTouching({ cell }: Grid, window: Window): CellRange {
  const col = Math.floor(window.col / cell.width);
  const row = Math.floor(window.row / cell.height);
  return {
    col,
    row,
    cols: Math.floor((window.col + window.width - 1) / cell.width) - col + 1,
    rows: Math.floor((window.row + window.height - 1) / cell.height) - row + 1,
  };
}

/** The window grown until it covers every cell it touches whole. */
export function coveringCells(grid: Grid, window: Window): Window {
  return rangeWindow(grid, cellsTouching(grid, window));
}

/** The cells of a run, row by row. */
export function* cellsOf(range: CellRange): Generator<{ readonly col: number; readonly row: number }> {
  for (let row = range.row; row < range.row + range.rows; row++) {
    for (let col = range.col; col < range.col + range.cols; col++) yield { col, row };
  }
}

/** Every cell's window, row by row. */
export function* gridWindows(grid: Grid): Generator<Window> {
  for (const at of cellsOf({ col: 0, row: 0, cols: gridColumns(grid), rows: gridRows(grid) })) {
    yield cellWindow(grid, at);
  }
}
