import { RastqError, WorkerError } from '../errors.js';
import type { Accumulator, Kernel } from '../ops/operation.js';
import { rescaleAlpha } from '../raster/alpha.js';
import { bandsOf, crop, type Pixels } from '../raster/block.js';
import { type CellRange, cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { cropMask } from '../raster/mask.js';
import { describeWindow, intersect, type Window } from '../raster/window.js';
import { windowGrid } from './pass.js';
import type { Patch } from './patch.js';
import { type Plan, seenBy } from './plan.js';

/** Statistics of the windows in a run of grid cells, row by row. */
export interface WindowStatistics {
  readonly range: CellRange;
  readonly values: readonly Float64Array[];
}

const NONE = new Float64Array(0);

/** Runs the plan's operation window by window. The alpha band is not its business: it is rescaled. Lives in one worker. */
export class StepRunner {
  /** How many bands the operation sees: all but alpha. */
  readonly bands: number;
  readonly #plan: Plan;
  readonly #kernel: Kernel;
  readonly #windows: Grid;

  constructor(plan: Plan, kernel: Kernel) {
    this.bands = seenBy(plan.input.profile).bands;
    this.#plan = plan;
    this.#kernel = kernel;
    this.#windows = windowGrid(plan);
  }

  /** Measures the windows that the patch touches, all of them whole. */
  measure(patch: Patch): WindowStatistics {
    return { range: cellsTouching(this.#windows, patch.window), values: this.#measured(patch).map((window) => window.finish()) };
  }

  /** Measures the parts of windows that are in the patch. */
  parts(patch: Patch): Float64Array[] {
    return this.#measured(patch).map((window) => window.part());
  }

  #measured(patch: Patch): Accumulator[] {
    const { measure } = this.#kernel;
    if (measure === undefined) return [];
    return [...cellsOf(cellsTouching(this.#windows, patch.window))].map((cell) => {
      const part = intersect(cellWindow(this.#windows, cell), patch.window)!;
      const pixels = bandsOf(crop(patch.pixels, patch.window, part), 0, this.bands);
      const mask = patch.mask && cropMask(patch.mask, patch.window, part);
      const window = measure.start();
      this.#guard(part, () => window.add(pixels, mask));
      return window;
    });
  }

  /** Computes the pixels of a tile. @param out all of the tile's bands */
  apply(patch: Patch, { range, values }: WindowStatistics, tile: Window, out: Pixels): void {
    for (const cell of cellsOf(cellsTouching(this.#windows, tile))) {
      const part = intersect(cellWindow(this.#windows, cell), tile)!;
      const statistics = values[(cell.row - range.row) * range.cols + cell.col - range.col] ?? NONE;
      const pixels = bandsOf(crop(patch.pixels, patch.window, part), 0, this.bands);
      const mask = patch.mask && cropMask(patch.mask, patch.window, part);
      const result = bandsOf(crop(out, tile, part), 0, this.bands);
      this.#guard(part, () => this.#kernel.apply(pixels, mask, statistics, result));
    }
    const { alpha, dtype } = this.#plan.input.profile;
    if (alpha === null) return;
    const source = bandsOf(crop(patch.pixels, patch.window, tile), alpha, 1);
    rescaleAlpha(source, dtype, bandsOf(out, alpha, 1), this.#plan.output.profile.dtype);
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
