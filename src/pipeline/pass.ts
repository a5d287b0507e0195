import { type CellRange, cellCount, cellsTouching, gridColumns, type Grid } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import type { Plan } from './plan.js';

/** What a pass over the raster is for: window statistics only, or the output. */
export type PassKind = 'measure' | 'apply';

/** The windows of a plan. */
export function windowGrid(plan: Plan): Grid {
  return { image: plan.input.profile, cell: plan.window };
}

/** The windows that a task must hold whole, because it measures them itself; null where it measures none or parts. */
export function measuredGrid(plan: Plan, pass: PassKind): Grid | null {
  const [step] = plan.steps;
  return pass === 'apply' && step.scope === 'window' && plan.statistics === 'task' ? windowGrid(plan) : null;
}

/** The statistics of the windows of a raster, for plans that measure them in a pass of their own. */
export class StatisticsTable {
  readonly #grid: Grid;
  readonly #perWindow: number;
  readonly #values: Float64Array;

  /** @param perWindow numbers a window, all bands */
  constructor(grid: Grid, perWindow: number, clear: (statistics: Float64Array) => void) {
    this.#grid = grid;
    this.#perWindow = perWindow;
    this.#values = new Float64Array(cellCount(grid) * perWindow);
    clear(this.#values);
  }

  /** Adds what a task measured: the statistics of the parts of the windows that `area` touches, row by row. */
  merge(area: Window, statistics: Float64Array, merge: (into: Float64Array, from: Float64Array) => void): void {
    this.#forEachRow(cellsTouching(this.#grid, area), (own, start, length) => {
      merge(own, statistics.subarray(start, start + length));
    });
  }

  /** The statistics of the windows that `area` touches, row by row. */
  select(area: Window): Float64Array {
    const range = cellsTouching(this.#grid, area);
    const selected = new Float64Array(range.cols * range.rows * this.#perWindow);
    this.#forEachRow(range, (own, start) => selected.set(own, start));
    return selected;
  }

  #forEachRow(range: CellRange, visit: (own: Float64Array, start: number, length: number) => void): void {
    const length = range.cols * this.#perWindow;
    for (let row = 0; row < range.rows; row++) {
      const from = ((range.row + row) * gridColumns(this.#grid) + range.col) * this.#perWindow;
      visit(this.#values.subarray(from, from + length), row * length, length);
    }
  }
}
