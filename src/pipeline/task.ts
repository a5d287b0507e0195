import { type CellRange, type Grid, gridColumns, gridRows } from '../raster/grid.js';
import type { Size } from '../raster/window.js';

/** The decoded bytes of a task that passing it on costs nothing beside; measured, see docs/performance.md. */
export const TASK_BYTES = 2 * 1024 * 1024;
/** Tasks of less are many tiles' worth of messages. */
const LEAST_TASK_BYTES = 64 * 1024;
/** A raster is cut into at least this many tasks, tiles permitting, so that small ones keep every worker busy too. */
const LEAST_TASKS = 16;
/** Blocks higher than a tile are decoded once for all the tiles they touch, up to this many bytes a task. */
const HIGH_BLOCK_BYTES = 256 * 1024 * 1024;

/**
 * The division of the output into tasks, as a rule. A task is `cols` x `rows` tiles of the tile grid: a run within one
 * row of tiles, or whole rows. So tasks in their order are tiles in file order.
 */
export interface TaskRule {
  readonly cols: number;
  readonly rows: number;
  readonly count: number;
}

/** What tasks may have of decoded bytes, where memory is short: each half of the one before. */
export function* taskSizes(): Generator<number> {
  for (let bytes = TASK_BYTES; bytes >= LEAST_TASK_BYTES; bytes /= 2) yield bytes;
}

/**
 * Chooses the tasks of a raster. The output's bytes do not depend on it.
 * @param block the input's block size
 * @param pixelBytes bytes of one pixel, all bands, in the wider of input and output
 * @param taskBytes the decoded bytes of a task, where that makes whole tiles, and whole blocks
 */
export function chooseTasks(tiles: Grid, block: Size, pixelBytes: number, taskBytes = TASK_BYTES): TaskRule {
  const { image, cell } = tiles;
  const [allCols, allRows] = [gridColumns(tiles), gridRows(tiles)];
  const tileBytes = cell.width * cell.height * pixelBytes;
  const target = Math.min(taskBytes, (image.width * image.height * pixelBytes) / LEAST_TASKS);
  const run = Math.min(allCols, Math.max(1, Math.floor(target / tileBytes)));
  if (run < allCols && block.width <= run * cell.width) {
    return { cols: run, rows: 1, count: Math.ceil(allCols / run) * allRows };
  }
  const rowBytes = image.width * cell.height * pixelBytes;
  const blockRows = Math.ceil(block.height / cell.height);
  const least = blockRows * rowBytes <= HIGH_BLOCK_BYTES ? blockRows : 1;
  const rows = Math.min(allRows, Math.max(1, least, Math.floor(target / rowBytes)));
  return { cols: allCols, rows, count: Math.ceil(allRows / rows) };
}

/** The tiles of a task. */
export function taskCells(tiles: Grid, rule: TaskRule, index: number): CellRange {
  const perRow = Math.ceil(gridColumns(tiles) / rule.cols);
  const col = (index % perRow) * rule.cols;
  const row = Math.floor(index / perRow) * rule.rows;
  return {
    col,
    row,
    cols: Math.min(rule.cols, gridColumns(tiles) - col),
    rows: Math.min(rule.rows, gridRows(tiles) - row),
  };
}

/**
 * How window statistics come to a task: it holds the whole of every window it touches, or a pass over the raster
 * measures them first.
 */
export type StatisticsSource = 'task' | 'pass';

/**
 * Windows that tasks hold whole, or that are no larger than a tile so that reading them whole costs little, are
 * measured in the task. For others a pass of its own comes first, or each task would read its surroundings again.
 * @param isShared whether a task needs windows beside its own, because a later step has a halo
 */
export function chooseStatistics(tiles: Grid, windows: Grid, rule: TaskRule, isShared: boolean): StatisticsSource {
  const fits = (task: number, window: number, all: number): boolean => task >= all || task % window === 0;
  const { image, cell } = tiles;
  const held =
    fits(rule.cols * cell.width, windows.cell.width, image.width) &&
    fits(rule.rows * cell.height, windows.cell.height, image.height);
  const small = windows.cell.width <= cell.width && windows.cell.height <= cell.height;
  return (held && !isShared) || small ? 'task' : 'pass';
}
