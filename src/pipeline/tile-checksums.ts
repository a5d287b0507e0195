import { type CellRange, cellCount, cellsOf, gridColumns, type Grid } from '../raster/grid.js';
import { levelSizes, tileGrid, tilesPerCell, type TiffOutput } from '../tiff/tile-layout.js';

/** Bytes that the checksums of an output take. */
export function checksumBytes(output: TiffOutput): number {
  const cells = levelSizes(output).reduce((sum, size) => sum + cellCount(tileGrid(size, output.layout)), 0);
  return cells * tilesPerCell(output) * Uint32Array.BYTES_PER_ELEMENT;
}

/** What the tiles of an output, and of its overviews, were before they were encoded, as CRC-32s. Lives in the main thread. */
export class TileChecksums {
  readonly #levels: readonly { readonly grid: Grid; readonly sums: Uint32Array }[];
  readonly #perCell: number;

  constructor(output: TiffOutput) {
    this.#perCell = tilesPerCell(output);
    this.#levels = levelSizes(output).map((size) => {
      const grid = tileGrid(size, output.layout);
      return { grid, sums: new Uint32Array(cellCount(grid) * this.#perCell) };
    });
  }

  /** @param sums of each cell, row by row: its planes', then its mask's */
  put(level: number, cells: CellRange, sums: ArrayLike<number>): void {
    const { sums: all } = this.#levels[level];
    let i = 0;
    for (const at of this.#places(level, cells)) for (let j = 0; j < this.#perCell; j++) all[at + j] = sums[i++];
  }

  /** As they were put. */
  get(level: number, cells: CellRange): Uint32Array {
    const { sums: all } = this.#levels[level];
    const sums = new Uint32Array(cells.cols * cells.rows * this.#perCell);
    let i = 0;
    for (const at of this.#places(level, cells)) for (let j = 0; j < this.#perCell; j++) sums[i++] = all[at + j];
    return sums;
  }

  *#places(level: number, cells: CellRange): Generator<number> {
    const columns = gridColumns(this.#levels[level].grid);
    for (const { col, row } of cellsOf(cells)) yield (row * columns + col) * this.#perCell;
  }
}
