import { rowCopier, type Rows } from '../kernels/rows.js';
import type { Scratch } from '../kernels/scratch.js';
import { type Pixels, pixelsOver } from '../raster/block.js';
import { DTYPES, type Samples } from '../raster/dtype.js';
import { cellsOf, cellsTouching, cellWindow, coveringCells, type Grid } from '../raster/grid.js';
import type { Profile } from '../raster/profile.js';
import { intersect, type Window } from '../raster/window.js';

/** Puts the pixels of a part of a block, so many samples a row, into a cell. */
type PutRows = (part: Window, to: Rows, samples: number) => void;

/**
 * The pixels of a task, spread over the cells of a grid: each cell's lie together, so that what works cell by cell finds them
 * in a cache, where rows as wide as the raster would lie too far apart. Lives in one worker.
 */
export class SpreadCells {
  readonly #grid: Grid;
  readonly #profile: Profile;
  readonly #room: Scratch;
  #area: Window = { col: 0, row: 0, width: 0, height: 0 };
  #samples: Samples = new Uint8Array(0);

  constructor(grid: Grid, profile: Profile, room: Scratch) {
    this.#grid = grid;
    this.#profile = profile;
    this.#room = room;
  }

  /** Whether a window is a cell. */
  hasCell(window: Window): boolean {
    const { col, row, cols, rows } = cellsTouching(this.#grid, window);
    const cell = cellWindow(this.#grid, { col, row });
    return cols === 1 && rows === 1 && cell.width === window.width && cell.height === window.height;
  }

  /** Makes room for the cells that a window touches; what is in them may be anything. */
  start(window: Window): void {
    const { dtype, bands } = this.#profile;
    this.#area = coveringCells(this.#grid, window);
    const length = this.#area.width * this.#area.height * bands;
    const bytes = this.#room.take(length * DTYPES[dtype].bytes);
    this.#samples = DTYPES[dtype].over(bytes.buffer, bytes.byteOffset, length);
  }

  /**
   * Puts a block's pixels where they belong.
   * @param block packed pixels of the window; a number: what all of them are
   * @param plane the block's first band
   */
  put(block: Pixels | number, plane: number, window: Window, bands: number): void {
    const wanted = intersect(window, this.#area)!;
    const put = typeof block === 'number' ? this.#filler(block) : this.#copier(block, window, bands);
    for (const cell of cellsOf(cellsTouching(this.#grid, wanted))) {
      const whole = cellWindow(this.#grid, cell);
      const shared = intersect(whole, wanted)!;
      const step = whole.width * bands;
      const start = this.#startOf(whole) + plane * whole.width * whole.height + (shared.row - whole.row) * step + (shared.col - whole.col) * bands;
      put(shared, { start, step }, shared.width * bands);
    }
  }

  #filler(value: number): PutRows {
    return ({ height }, { start, step }, samples) => {
      for (let i = 0, to = start; i < height; i++, to += step) this.#samples.fill(value, to, to + samples);
    };
  }

  #copier({ data, offset, stride }: Pixels, { col, row }: Window, bands: number): PutRows {
    const copy = rowCopier(data, this.#samples);
    const [, step] = stride;
    return (part, to, samples) => copy({ start: offset + (part.row - row) * step + (part.col - col) * bands, step }, to, samples, part.height);
  }

  /** The pixels of a cell. */
  at(window: Window): Pixels {
    const { bands, interleave } = this.#profile;
    const start = this.#startOf(window);
    return pixelsOver(this.#samples.subarray(start, start + window.width * window.height * bands), window, bands, interleave);
  }

  /** Rows of cells follow each other, in them the cells: all of them take what their pixels take. */
  #startOf({ col, row, height }: Window): number {
    return ((row - this.#area.row) * this.#area.width + (col - this.#area.col) * height) * this.#profile.bands;
  }
}
