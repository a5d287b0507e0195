import type { Handler, Reply } from '../pools/stage.js';
import { rangeWindow } from '../raster/grid.js';
import { comparableNodata } from '../raster/nodata.js';
import { type Patch, PatchReader } from './patch.js';
import type { PlanInput } from './plan.js';
import type { LoadedTask } from './reader.js';
import type { ScannedTask, ScanTasks } from './scan.js';
import { taskCells } from './task.js';

export interface CompareSetup extends ScanTasks {
  readonly a: PlanInput;
  readonly b: PlanInput;
  /** Valid samples differ when they are further apart than this. */
  readonly tolerance: number;
}

/** A sample that differs; its place is counted from 0. */
export interface Difference {
  readonly col: number;
  readonly row: number;
  readonly band: number;
  /** null: invalid. */
  readonly a: number | null;
  readonly b: number | null;
}

export interface ComparedTask extends ScannedTask {
  /** Samples valid in both and further apart than the tolerance, and the largest distance of all. */
  readonly samples: number;
  readonly largest: number;
  /** Samples valid in one only. */
  readonly masked: number;
  /** The first of each kind, in row order. */
  readonly firstSample: Difference | null;
  readonly firstMasked: Difference | null;
}

/** Opens a worker that compares two rasters of one shape. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { a, b, tiles, tasks, tolerance } = setup as CompareSetup;
  const readers = [await PatchReader.open(a), await PatchReader.open(b)];
  const nodata = [a, b].map(({ profile }) => comparableNodata(profile.dtype, profile.nodata));
  return {
    handle: (item): Reply => {
      const loaded = item as LoadedTask;
      const window = rangeWindow(tiles, taskCells(tiles, tasks, loaded.task));
      const left = readers[0].read(window, window, loaded);
      const right = readers[1].read(window, window, loaded, readers[0].blockCount(window));
      const value: ComparedTask = {
        task: loaded.task,
        ...comparePatches(left, right, nodata, tolerance),
        input: loaded.buffer,
      };
      return { value, transfer: loaded.buffer.byteLength > 0 ? [loaded.buffer] : [] };
    },
  };
}

function comparePatches(
  a: Patch,
  b: Patch,
  [nodataA, nodataB]: readonly number[],
  tolerance: number,
): Omit<ComparedTask, 'task' | 'input'> {
  const [bands, rows, cols] = a.pixels.shape;
  let samples = 0;
  let masked = 0;
  let largest = 0;
  let firstSample: Difference | null = null;
  let firstMasked: Difference | null = null;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const masksA = a.mask !== null && a.mask.get(row, col) === 0;
      const masksB = b.mask !== null && b.mask.get(row, col) === 0;
      for (let band = 0; band < bands; band++) {
        const valueA = a.pixels.get(band, row, col);
        const valueB = b.pixels.get(band, row, col);
        const isValidA = !masksA && valueA !== nodataA && valueA - valueA === 0;
        const isValidB = !masksB && valueB !== nodataB && valueB - valueB === 0;
        if (isValidA !== isValidB) {
          masked++;
          firstMasked ??= placed(a, { col, row, band }, isValidA ? valueA : null, isValidB ? valueB : null);
        } else if (isValidA) {
          const distance = Math.abs(valueA - valueB);
          if (distance > largest) largest = distance;
          if (distance > tolerance) {
            samples++;
            firstSample ??= placed(a, { col, row, band }, valueA, valueB);
          }
        }
      }
    }
  }
  return { samples, masked, largest, firstSample, firstMasked };
}

function placed(
  { window }: Patch,
  { col, row, band }: { readonly col: number; readonly row: number; readonly band: number },
  a: number | null,
  b: number | null,
): Difference {
  return { col: window.col + col, row: window.row + row, band, a, b };
}
