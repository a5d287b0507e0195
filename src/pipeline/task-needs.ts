import { gridColumns, rangeWindow } from '../raster/grid.js';
import type { Size, Window } from '../raster/window.js';
import type { PassTasks } from './pass.js';
import type { Plan } from './plan.js';
import { taskRegions } from './region.js';
import { taskCells } from './task.js';

/**
 * The windows that the tasks of a pass need of each step's input, the raster's own first. Where tasks, blocks and windows do not
 * agree, some tasks touch more of them than others. How wide a task's windows are and where they begin from the left follows from
 * its column among the tasks, how high and from where downwards from its row: a task of each column and one of each row tell of all.
 */
export class TaskNeeds {
  readonly #columns: readonly (readonly Window[])[];
  readonly #rows: readonly (readonly Window[])[];

  /** @param steps how many of the plan's steps are run in the pass */
  constructor(plan: Plan, { cells, rule }: PassTasks, steps: number) {
    const perRow = Math.ceil(gridColumns(cells) / rule.cols);
    const regionsOf = (task: number): Window[] => taskRegions(plan, steps, rangeWindow(cells, taskCells(cells, rule, task)));
    this.#columns = Array.from({ length: perRow }, (_, col) => regionsOf(col));
    this.#rows = Array.from({ length: rule.count / perRow }, (_, row) => regionsOf(row * perRow));
  }

  /** The most that tasks need across, and downwards. @param measure of a task's windows, one by step */
  most(measure: (regions: readonly Window[]) => Size): Size {
    return {
      width: this.#columns.reduce((most, regions) => Math.max(most, measure(regions).width), 0),
      height: this.#rows.reduce((most, regions) => Math.max(most, measure(regions).height), 0),
    };
  }
}
