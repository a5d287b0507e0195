import { RastqError, WorkerError } from '../errors.js';
import type { Kernel } from '../ops/operation.js';
import { rescaleAlpha } from '../raster/alpha.js';
import { bandsOf, crop, type Pixels } from '../raster/block.js';
import { type CellRange, cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { cropMask } from '../raster/mask.js';
import { describeWindow, intersect, type Window } from '../raster/window.js';
import { windowGrid } from './pass.js';
import type { Patch } from './patch.js';
import type { Plan } from './plan.js';

/** Statistics of the windows in a run of grid cells, row by row. */
export interface WindowStatistics {
  readonly range: CellRange;
  readonly values: Float64Array;
}

/** Runs the plan's operation window by window. The alpha band is not its business: it is rescaled. Lives in one worker. */
export class StepRunner {
  /** The runs of bands that the operation sees: all but alpha. */
  readonly groups: readonly { readonly from: number; readonly count: number }[];
  readonly #plan: Plan;
  readonly #kernel: Kernel;
  readonly #windows: Grid;
  readonly #perWindow: number;

  constructor(plan: Plan, kernel: Kernel) {
    const { bands, alpha } = plan.input.profile;
    this.#plan = plan;
    this.#kernel = kernel;
    this.#windows = windowGrid(plan);
    this.#perWindow = kernel.statistics * bands;
    const ends = alpha === null ? [{ from: 0, count: bands }] : [{ from: 0, count: alpha }, { from: alpha + 1, count: bands - alpha - 1 }];
    this.groups = ends.filter(({ count }) => count > 0);
  }

  /** Measures the windows that the patch touches, or the parts of them in it. */
  measure(patch: Patch): WindowStatistics {
    const range = cellsTouching(this.#windows, patch.window);
    const values = new Float64Array(range.cols * range.rows * this.#perWindow);
    if (this.#perWindow === 0) return { range, values };
    this.#kernel.clear(values);
    let at = 0;
    for (const cell of cellsOf(range)) {
      const part = intersect(cellWindow(this.#windows, cell), patch.window)!;
      const own = values.subarray(at, at + this.#perWindow);
      const pixels = crop(patch.pixels, patch.window, part);
      const mask = patch.mask && cropMask(patch.mask, patch.window, part);
      this.#forGroups(own, (from, count, statistics) => {
        this.#guard(part, () => this.#kernel.measure(bandsOf(pixels, from, count), mask, statistics));
      });
      at += this.#perWindow;
    }
    return { range, values };
  }

  /** Computes the pixels of a tile. @param out all of the tile's bands */
  apply(patch: Patch, { range, values }: WindowStatistics, tile: Window, out: Pixels): void {
    for (const cell of cellsOf(cellsTouching(this.#windows, tile))) {
      const part = intersect(cellWindow(this.#windows, cell), tile)!;
      const number = (cell.row - range.row) * range.cols + cell.col - range.col;
      const own = values.subarray(number * this.#perWindow, (number + 1) * this.#perWindow);
      const pixels = crop(patch.pixels, patch.window, part);
      const mask = patch.mask && cropMask(patch.mask, patch.window, part);
      const result = crop(out, tile, part);
      this.#forGroups(own, (from, count, statistics) => {
        this.#guard(part, () =>
          this.#kernel.apply(bandsOf(pixels, from, count), mask, statistics, bandsOf(result, from, count)),
        );
      });
    }
    const { alpha, dtype } = this.#plan.input.profile;
    if (alpha === null) return;
    const source = bandsOf(crop(patch.pixels, patch.window, tile), alpha, 1);
    rescaleAlpha(source, dtype, bandsOf(out, alpha, 1), this.#plan.output.profile.dtype);
  }

  #forGroups(statistics: Float64Array, visit: (from: number, count: number, own: Float64Array) => void): void {
    const each = this.#kernel.statistics;
    for (const { from, count } of this.groups) {
      visit(from, count, statistics.subarray(from * each, (from + count) * each));
    }
  }

  /** Runs part of the operation; what it throws names the operation and the window. */
  #guard(window: Window, run: () => void): void {
    try {
      run();
    } catch (cause) {
      if (cause instanceof RastqError) throw cause;
      const [step] = this.#plan.steps;
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new WorkerError(`operation ${step.operation} failed on ${describeWindow(window)}: ${what}`, { cause });
    }
  }
}
