import type { Accumulator, Measure } from '../ops/operation.js';
import { cellCount, cellsOf, cellsTouching, gridColumns, type Grid } from '../raster/grid.js';
import { DTYPES } from '../raster/dtype.js';
import type { Window } from '../raster/window.js';
import type { Plan } from './plan.js';
import type { WindowStatistics } from './step-runner.js';
import { chooseTasks, TASK_BYTES, type TaskRule } from './task.js';

/** What a pass over the raster is for: the output, or the statistics of one step. */
export type PassKind = 'apply' | { readonly measures: number };

/** The tasks of a pass: cells, and how many of them a task is. */
export interface PassTasks {
  readonly cells: Grid;
  readonly rule: TaskRule;
}

const MEASURED_CELL = { width: 256, height: 256 };

/** The tasks of a pass that measures: whole cells of a fixed size, so that what is measured does not depend on them. */
export function measuringTasks({ input, steps, output, tasks }: Plan): PassTasks {
  const pixelBytes = Math.max(...[input.profile, ...steps.map(({ output }) => output)].map(({ bands, dtype }) => bands * DTYPES[dtype].bytes));
  const cells: Grid = { image: input.profile, cell: MEASURED_CELL };
  const { width, height } = output.layout.tile;
  // Where the plan's tasks are smaller, because memory is short, so are these.
  const taskBytes = Math.min(TASK_BYTES, tasks.cols * width * tasks.rows * height * pixelBytes);
  return { cells, rule: chooseTasks(cells, input.layout.block, pixelBytes, taskBytes) };
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

  /** The statistics of the windows that `area` touches. */
  select(area: Window): WindowStatistics {
    const range = cellsTouching(this.#grid, area);
    return { range, values: [...cellsOf(range)].map((cell) => this.#windows[this.#number(cell)].finish()) };
  }

  #number({ col, row }: { readonly col: number; readonly row: number }): number {
    return row * gridColumns(this.#grid) + col;
  }
}
