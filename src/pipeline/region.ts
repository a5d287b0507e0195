import { coveringCells, type Grid } from '../raster/grid.js';
import { grown, spanned } from '../raster/reflect.js';
import { intersect, type Window } from '../raster/window.js';
import type { Plan } from './plan.js';
import type { Step } from './step.js';

/** The windows of a plan. */
export function windowGrid(plan: Plan): Grid {
  return { image: plan.input.profile, cell: plan.window };
}

/** What a step works through one by one: windows, where it measures them or ends at their edges; else the raster as one. */
export function stepGrid(plan: Plan, { footprint }: Step): Grid {
  const image = plan.input.profile;
  const sees = footprint.pieces === 'windows' || footprint.measures === 'window' || (footprint.edge === 'window' && footprint.halo > 0);
  return { image, cell: sees ? plan.window : { width: image.width, height: image.height } };
}

/** The pixels of a step's input that pixels of a window of its result are computed from, statistics apart. */
export function inputRegion(plan: Plan, step: Step, window: Window): Window {
  const { halo, edge, pieces } = step.footprint;
  const made = pieces === 'windows' ? coveringCells(stepGrid(plan, step), window) : window;
  if (halo === 0) return made;
  const domain = edge === 'window' ? coveringCells(stepGrid(plan, step), window) : { col: 0, row: 0, ...sizeOf(plan) };
  return intersect(grown(made, halo), domain)!;
}

/** The pixels of a step's input that a task may need for a window of its result: windows it measures, whole. */
function taskRegion(plan: Plan, step: Step, window: Window): Window {
  const region = inputRegion(plan, step, window);
  return measuresInTask(step) ? spanned(region, coveringCells(stepGrid(plan, step), window)) : region;
}

/** Whether the tasks measure what the step needs measured. */
export function measuresInTask({ footprint, statistics }: Step): boolean {
  return footprint.measures !== 'nothing' && statistics === 'task';
}

/** Whether windows are measured each as a whole, not in parts: their percentiles are. */
export function measuresWholeWindows({ footprint }: Pick<Step, 'footprint'>): boolean {
  return footprint.measures === 'window' && footprint.percentiles !== undefined;
}

/**
 * The windows that a task needs of each step's result, backwards from the last step's; the first is of the plan's
 * input, so there is one more than steps.
 * @param steps how many of the plan's steps are run
 * @param window of the result of the last of them
 */
export function taskRegions(plan: Plan, steps: number, window: Window): Window[] {
  const regions = [window];
  for (let k = steps - 1; k >= 0; k--) regions.unshift(taskRegion(plan, plan.steps[k], regions[0]));
  return regions;
}

function sizeOf({ input }: Plan): { readonly width: number; readonly height: number } {
  const { width, height } = input.profile;
  return { width, height };
}
