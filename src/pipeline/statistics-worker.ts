import type { Handler, Reply } from '../pools/stage.js';
import type { Bins } from '../raster/bins.js';
import { rangeWindow } from '../raster/grid.js';
import type { DigitTarget } from '../raster/digit-counts.js';
import { cutIntoCells, PatchReader } from './patch.js';
import type { PlanInput } from './plan.js';
import type { LoadedTask } from './reader.js';
import type { ScannedTask, ScanTasks } from './scan.js';
import { openTally, type Tally } from './tally.js';
import { taskCells } from './task.js';

export interface StatisticsSetup extends ScanTasks {
  readonly input: PlanInput;
}

/** What a pass over the raster is to find out: every value of some populations, or moments, digits and bins. */
export type StatisticsPass = ValuesPass | DigitsPass;

export interface ValuesPass {
  readonly kind: 'values';
  /** The bands of each: their samples are counted as one. */
  readonly populations: readonly (readonly number[])[];
}

export interface DigitsPass {
  readonly kind: 'digits';
  readonly bands: readonly number[];
  readonly moments: boolean;
  /** The digits to count, at place `level`. */
  readonly level: number;
  readonly targets: readonly DigitTarget[];
  /** The bins of each band's histogram, null where no sample is valid; none where none is wanted. */
  readonly bins: readonly (Bins | null)[];
}

export type StatisticsQuestion = { readonly type: 'begin'; readonly pass: StatisticsPass } | { readonly type: 'counts' };

/** What a worker has counted in a pass: values of each population or digits of each target; what is in each band's bins. */
export interface StatisticsCounts {
  readonly counts: Float64Array;
  readonly bins: readonly Float64Array[];
}

export interface MeasuredTask extends ScannedTask {
  /** Those of the task's cells row by row, of each cell's bands; empty where they were not asked for. */
  readonly moments: Float64Array;
}

/** Opens a worker that measures a raster. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { input, tiles, tasks } = setup as StatisticsSetup;
  const patches = await PatchReader.open(input);
  let tally: Tally | undefined;
  const measure = (loaded: LoadedTask): MeasuredTask => {
    const window = rangeWindow(tiles, taskCells(tiles, tasks, loaded.task));
    const cells = cutIntoCells(patches.read(window, window, loaded), tiles);
    return { task: loaded.task, moments: tally!.add(cells), input: loaded.buffer };
  };
  return {
    handle: (item): Reply => {
      const asked = item as StatisticsQuestion | LoadedTask;
      if (!('type' in asked)) {
        const value = measure(asked);
        return { value, transfer: value.input.byteLength > 0 ? [value.input] : [] };
      }
      if (asked.type === 'counts') return { value: tally!.counts() };
      tally = openTally(input.profile, asked.pass);
      return { value: undefined };
    },
  };
}
