import type { Grid } from '../raster/grid.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { type Plan, pixelBytesOf } from './plan.js';
import { unitOf } from './region-reader.js';
import type { Step } from './step.js';
import { chooseStatistics, chooseTasks, type TaskRule } from './task.js';

/** A plan before its work is cut into tasks. */
export type Unplanned = Omit<Plan, 'steps' | 'tasks'> & { readonly steps: readonly Omit<Step, 'statistics'>[] };

/**
 * Cuts a plan's work into tasks, and says where each step's statistics come from. The output's bytes do not depend on it.
 * @param taskBytes the decoded bytes of a task, as `chooseTasks` has it
 */
export function withTasks(plan: Unplanned, taskBytes?: number): Plan {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  return cutInto(plan, chooseTasks(tiles, unitOf(plan.input), taskPixelBytes(plan), taskBytes));
}

/** As `withTasks`, into tasks that are chosen already. */
export function cutInto({ steps, ...plan }: Unplanned, tasks: TaskRule): Plan {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  const windows: Grid = { image: plan.output.profile, cell: plan.window };
  const cut = steps.map((step, i): Step => {
    const isShared = steps.slice(i + 1).some(({ footprint }) => footprint.halo > 0);
    const { measures } = step.footprint;
    return { ...step, statistics: measures === 'raster' ? 'pass' : measures === 'window' ? chooseStatistics(tiles, windows, tasks, isShared) : 'task' };
  });
  return { ...plan, steps: cut, tasks };
}

/** The bytes of one pixel in the widest file that a task holds a part of. */
export function taskPixelBytes({ input, steps }: Pick<Unplanned, 'input' | 'steps'>): number {
  return Math.max(...[input.profile, ...steps.map(({ output }) => output)].map(pixelBytesOf));
}
