import { DTYPES } from '../raster/dtype.js';
import { cellsTouching, gridColumns, gridRows, rangeWindow } from '../raster/grid.js';
import type { Kernel } from '../ops/operation.js';
import { bandsPerBlock, blockGrid, planeCount } from '../tiff/block-layout.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { BlockCache } from './block-cache.js';
import type { Plan } from './plan.js';
import { measuresInTask, stepGrid, taskRegions } from './region.js';
import { type RingShape, SlotRing } from './slot-ring.js';
import { inputOf, statisticsOf } from './step-runner.js';
import { seenBy } from './step.js';
import { taskCells } from './task.js';
import { WindowCache } from './window-cache.js';

/** What the tasks of a run keep for each other. Its memory grows with the raster's width, never its area. */
export interface SharedMemory {
  readonly blocks: SharedArrayBuffer | null;
  /** By step. */
  readonly windows: readonly (SharedArrayBuffer | null)[];
}

export interface Caches {
  readonly blocks: BlockCache | null;
  readonly windows: readonly (WindowCache | null)[];
}

/** Rasters whose rows of blocks are larger do without. */
const LARGEST_BYTES = 512 * 1024 * 1024;
/** Rows of tasks that are looked at to see how many rows of blocks a task needs: where grids do not agree, it varies. */
const LOOKED_AT = 16;

/** Allocates what tasks keep for each other: something only where they need the same pixels. @param workers who share it */
export function allocateShared(plan: Plan, kernels: readonly Kernel[], workers: number): SharedMemory {
  const blocks = blockShape(plan);
  return {
    blocks: blocks && SlotRing.allocate(blocks, workers),
    windows: kernels.map((kernel, step) => {
      const shape = windowShape(plan, step, kernel);
      return shape && SlotRing.allocate(shape, workers);
    }),
  };
}

/** Whether workers that share memory keep blocks decoded for each other. */
export const sharesBlocks = (plan: Plan): boolean => plan.input.stack === undefined && blockShape(plan) !== null;

/** The bytes that `allocateShared` allocates. */
export function sharedBytes(plan: Plan, kernels: readonly Kernel[]): number {
  const shapes = [blockShape(plan), ...kernels.map((kernel, step) => windowShape(plan, step, kernel))];
  return shapes.reduce((sum, shape) => sum + (shape === null ? 0 : SlotRing.bytesOf(shape)), 0);
}

/** What a worker, from 0, sees of it. */
export function openShared(plan: Plan, kernels: readonly Kernel[], memory: SharedMemory, worker: number): Caches {
  const { dtype } = plan.input.stored;
  return {
    blocks: memory.blocks && new BlockCache(blockShape(plan)!, memory.blocks, { dtype, worker }),
    windows: memory.windows.map((shared, step) => shared && new WindowCache(windowShape(plan, step, kernels[step])!, shared, worker)),
  };
}

/** Frees what a worker that is gone had in it. Called by the main thread. */
export function reclaimShared(plan: Plan, kernels: readonly Kernel[], memory: SharedMemory, worker: number): void {
  const { blocks, windows } = openShared(plan, kernels, memory, worker);
  for (const cache of [blocks, ...windows]) cache?.reclaim(worker);
}

function blockShape(plan: Plan): RingShape | null {
  const { stored, layout } = plan.input;
  // What is not packed is not worth keeping.
  if (layout.codec === 'none' || !plan.steps.some(sharesPixels)) return null;
  const grid = blockGrid(stored, layout);
  const { width, height } = layout.block;
  const shape = {
    rows: rowsOfTask(plan, grid, 0),
    cols: gridColumns(grid) * planeCount(layout, stored.bands),
    slotBytes: Math.ceil((Math.min(height, stored.height) * width * bandsPerBlock(layout, stored.bands) * DTYPES[stored.dtype].bytes) / 8) * 8,
  };
  return SlotRing.bytesOf(shape) <= LARGEST_BYTES ? shape : null;
}

function windowShape(plan: Plan, step: number, kernel: Kernel): RingShape | null {
  const behind = plan.steps.slice(step + 1);
  if (!measuresInTask(plan.steps[step]) || !behind.some(sharesPixels)) return null;
  const grid = stepGrid(plan, plan.steps[step]);
  const shape = {
    rows: rowsOfTask(plan, grid, step + 1),
    cols: gridColumns(grid),
    slotBytes: statisticsOf(plan.steps[step], kernel) * seenBy(inputOf(plan, step)).bands * Float64Array.BYTES_PER_ELEMENT,
  };
  return SlotRing.bytesOf(shape) <= LARGEST_BYTES ? shape : null;
}

const sharesPixels = ({ footprint }: Plan['steps'][number]): boolean => footprint.halo > 0 && footprint.edge === 'raster';

/** The most rows of a grid that a task touches with what it needs of the result of the first `steps` steps. */
function rowsOfTask(plan: Plan, grid: ReturnType<typeof blockGrid>, steps: number): number {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  const perRow = Math.ceil(gridColumns(tiles) / plan.tasks.cols);
  const { count } = plan.tasks;
  let most = 1;
  for (let task = 0; task < Math.min(count, perRow * LOOKED_AT); task += perRow) {
    const area = rangeWindow(tiles, taskCells(tiles, plan.tasks, task));
    most = Math.max(most, cellsTouching(grid, taskRegions(plan, plan.steps.length, area)[steps]).rows);
  }
  return Math.min(most, gridRows(grid));
}
