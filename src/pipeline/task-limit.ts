import { UnsupportedError, UsageError } from '../errors.js';
import { cellWindow, gridColumns, gridRows, rangeWindow } from '../raster/grid.js';
import type { Size, Window } from '../raster/window.js';
import { shellWord } from '../tiff/shell-word.js';
import { tileGrid } from '../tiff/tile-layout.js';
import type { Plan } from './plan.js';
import { measuresWholeWindows, stepGrid, taskRegions } from './region.js';
import { taskCells } from './task.js';

const TASK_LIMIT = 1024 * 1024 * 1024;
const MIB = 2 ** 20;

/**
 * A task is held in memory whole, with all around it that it needs: of a raster wide enough a single row of tiles is
 * too much, and so are large windows.
 * @param pixelBytes bytes of one pixel, all bands, in the widest type of the plan
 * @throws UnsupportedError, UsageError
 */
export function refuseHugeTasks(plan: Plan, pixelBytes: number): void {
  const { path } = plan.input;
  const bytesOf = ({ width, height }: Size): number => width * height * pixelBytes;
  const [own, whole] = largestTask(plan).map(bytesOf);
  if (own > TASK_LIMIT) {
    throw new UnsupportedError(
      `${path}: a row of its blocks takes ${Math.ceil(own / MIB)} MiB of pixels, wanted at most ${TASK_LIMIT / MIB} MiB, ` +
        `convert with: gdal_translate -co TILED=YES -co BIGTIFF=YES ${shellWord(path)} converted.tif`,
    );
  }
  if (whole > TASK_LIMIT) {
    throw new UsageError(
      `a task takes ${Math.ceil(whole / MIB)} MiB of pixels with the neighbours and windows that it needs, wanted at most ` +
        `${TASK_LIMIT / MIB} MiB: give a smaller --window, or operations with a smaller halo`,
    );
  }
  for (const step of plan.steps.filter(measuresWholeWindows)) {
    const window = cellWindow(stepGrid(plan, step), { col: 0, row: 0 });
    if (bytesOf(window) <= TASK_LIMIT) continue;
    throw new UsageError(
      `a window takes ${Math.ceil(bytesOf(window) / MIB)} MiB of pixels, and percentiles are those of whole windows, wanted at most ` +
        `${TASK_LIMIT / MIB} MiB: give a smaller --window, or --scope band`,
    );
  }
}

/** What a task in the raster's middle makes, and what it needs of the input. */
export function largestTask(plan: Plan): [made: Window, needed: Window] {
  const { tasks, steps, output } = plan;
  const tiles = tileGrid(output.profile, output.layout);
  const perRow = Math.ceil(gridColumns(tiles) / tasks.cols);
  const rows = Math.ceil(gridRows(tiles) / tasks.rows);
  const middle = Math.floor((rows - 1) / 2) * perRow + Math.floor((perRow - 1) / 2);
  const area = rangeWindow(tiles, taskCells(tiles, tasks, middle));
  return [area, taskRegions(plan, steps.length, area)[0]];
}
