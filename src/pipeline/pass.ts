import type { Measure } from '../ops/operation.js';
import { cellCount, type CellRange, cellsOf, cellsTouching, gridColumns, type Grid } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { type Plan, pixelBytesOf } from './plan.js';
import { measuresWholeWindows, stepGrid } from './region.js';
import { unitOf } from './region-reader.js';
import { measuredCells, type WindowStatistics } from './step-runner.js';
import type { Step } from './step.js';
import { chooseTasks, TASK_BYTES, type TaskRule } from './task.js';

/** What a pass over the raster is for: the output, or the statistics of one step. */
export type PassKind = 'apply' | MeasuringPass;

export interface MeasuringPass {
  /** The number of the step. */
  readonly measures: number;
  /** Whether workers count what they are asked to, for percentiles, and tell it at the end. */
  readonly counts?: boolean;
}

/** The tasks of a pass: cells, and how many of them a task is. */
export interface PassTasks {
  readonly cells: Grid;
  readonly rule: TaskRule;
}

/**
 * The tasks of a pass that measures: whole cells of a fixed size, so that what is measured does not depend on them. Where
 * windows are measured whole, the windows themselves.
 */
export function measuringTasks(plan: Plan, step: Step): PassTasks {
  const { input, steps, output, tasks } = plan;
  const pixelBytes = Math.max(...[input.profile, ...steps.map(({ output }) => output)].map(pixelBytesOf));
  const cells = measuresWholeWindows(step) ? stepGrid(plan, step) : measuredCells(input.profile);
  const { width, height } = output.layout.tile;
  // Where the plan's tasks are smaller, because memory is short, so are these.
  const taskBytes = Math.min(TASK_BYTES, tasks.cols * width * tasks.rows * height * pixelBytes);
  return { cells, rule: chooseTasks(cells, unitOf(input), pixelBytes, taskBytes) };
}

/** The statistics of the windows of a raster, for steps that have them measured in a pass of their own. */
export interface StatisticsTable {
  /** Those of the windows that `area` touches. */
  select(area: Window): WindowStatistics;
}

/** A table that is measured task by task. */
export interface MeasuredTable extends StatisticsTable {
  /** Takes what a task measured of the windows that `area` touches, row by row. */
  take(area: Window, measured: readonly Float64Array[]): void;
}

/** Windows that come in parts. */
export function mergedTable(grid: Grid, measure: Measure): MeasuredTable {
  const windows = Array.from({ length: cellCount(grid) }, () => measure.start());
  return {
    take: (area, parts) => eachNumber(grid, cellsTouching(grid, area), (number, i) => windows[number].merge(parts[i])),
    select: (area) => selected(grid, area, (number) => windows[number].finish()),
  };
}

/** Windows that come as a whole. */
export function wholeTable(grid: Grid): MeasuredTable {
  const windows: Float64Array[] = [];
  return {
    take: (area, statistics) => eachNumber(grid, cellsTouching(grid, area), (number, i) => (windows[number] = statistics[i])),
    select: (area) => selected(grid, area, (number) => windows[number]),
  };
}

/** The raster as one window, of which all is known. */
export function rasterTable(statistics: Float64Array): StatisticsTable {
  return { select: () => ({ range: { col: 0, row: 0, cols: 1, rows: 1 }, values: [statistics] }) };
}

function selected(grid: Grid, area: Window, statistics: (number: number) => Float64Array): WindowStatistics {
  const range = cellsTouching(grid, area);
  const values: Float64Array[] = [];
  eachNumber(grid, range, (number) => values.push(statistics(number)));
  return { range, values };
}

function eachNumber(grid: Grid, range: CellRange, visit: (number: number, i: number) => void): void {
  let i = 0;
  for (const { col, row } of cellsOf(range)) visit(row * gridColumns(grid) + col, i++);
}
