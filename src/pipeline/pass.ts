import type { Accumulator, Measure } from '../ops/operation.js';
import { cellCount, cellsOf, cellsTouching, gridColumns, type Grid } from '../raster/grid.js';
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
  return pass === 'apply' && step.footprint.measures === 'window' && plan.statistics === 'task' ? windowGrid(plan) : null;
}

/** The statistics of the windows of a raster, for plans that measure them in a pass of their own. */
export class StatisticsTable {
  readonly #grid: Grid;
  readonly #windows: Accumulator[];

  constructor(grid: Grid, measure: Measure) {
    this.#grid = grid;
    this.#windows = Array.from({ length: cellCount(grid) }, () => measure.start());
  }

  /** Adds what a task measured: the parts of the windows that `area` touches, row by row. */
  merge(area: Window, parts: readonly Float64Array[]): void {
    let i = 0;
    for (const cell of cellsOf(cellsTouching(this.#grid, area))) this.#windows[this.#number(cell)].merge(parts[i++]);
  }

  /** The statistics of the windows that `area` touches, row by row. */
  select(area: Window): Float64Array[] {
    return [...cellsOf(cellsTouching(this.#grid, area))].map((cell) => this.#windows[this.#number(cell)].finish());
  }

  #number({ col, row }: { readonly col: number; readonly row: number }): number {
    return row * gridColumns(this.#grid) + col;
  }
}
