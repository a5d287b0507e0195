import type { Scratch, Scratches } from '../kernels/scratch.js';
import { type Pixels, pixelsOver } from '../raster/block.js';
import { DTYPES } from '../raster/dtype.js';
import { type CellRange, cellsOf, cellsTouching, rangeWindow } from '../raster/grid.js';
import { emptyMask, type Mask, maskOf } from '../raster/mask.js';
import type { Profile } from '../raster/profile.js';
import { spanned } from '../raster/reflect.js';
import { area, type Size, type Window } from '../raster/window.js';
import type { Patch } from './patch.js';
import type { Plan } from './plan.js';
import type { LoadedTask } from './reader.js';
import { inputRegion, measuresInTask } from './region.js';
import { type StepRunner, type WindowStatistics } from './step-runner.js';
import type { Caches } from './shared-memory.js';
import type { PatchSource } from './stack.js';

/** Seconds of a task's work. */
export interface StageSeconds {
  readonly decode: number;
  readonly operation: number;
  readonly encode: number;
}

/** Runs an action and counts its time. */
export type Timed = <T>(what: keyof StageSeconds, action: () => T) => T;

export interface ChainParts {
  readonly patches: PatchSource;
  readonly runners: readonly StepRunner[];
  readonly caches: Caches;
  /** Where results are put that a next step takes. */
  readonly scratches: Scratches;
}

/** What a task brings along: its blocks, and the statistics that passes of their own have measured. */
export interface TaskInput {
  readonly loaded: LoadedTask;
  /** The window that the blocks were fetched for. */
  readonly footprint: Window;
  /** By step; undefined where the task measures, or nothing does. */
  readonly statistics: readonly (WindowStatistics | undefined)[];
}

/** What a step works on for one window of its result. */
export interface StepInput {
  readonly patch: Patch;
  readonly statistics: WindowStatistics | null;
}

/**
 * Runs the steps of a plan one after the other on any window. What lies between two steps is what a file between them
 * would hold. Lives in one worker; a patch is good until the next one of its step.
 */
export class Chain {
  readonly #plan: Plan;
  readonly #parts: ChainParts;
  readonly #timed: Timed;
  readonly #rooms: Room[];

  constructor(plan: Plan, parts: ChainParts, timed: Timed) {
    this.#plan = plan;
    this.#parts = parts;
    this.#timed = timed;
    this.#rooms = plan.steps.map(({ output }) => new Room(output, parts.scratches.open()));
  }

  /** The result of the first `steps` steps; of none of them, the input. */
  patch(steps: number, window: Window, task: TaskInput): Patch {
    if (steps === 0) return this.#timed('decode', () => this.#parts.patches.read(window, task.footprint, task.loaded));
    const { patch, statistics } = this.inputOf(steps - 1, window, task);
    const made = this.#rooms[steps - 1].take(window);
    this.#timed('operation', () => this.#parts.runners[steps - 1].apply(patch, statistics, window, made));
    return { window, pixels: made.pixels, mask: this.#rooms[steps - 1].maskOf(made) };
  }

  /** What step `index` needs to make a window of its result. */
  inputOf(index: number, window: Window, task: TaskInput): StepInput {
    const step = this.#plan.steps[index];
    const region = inputRegion(this.#plan, step, window);
    if (!measuresInTask(step)) return { patch: this.patch(index, region, task), statistics: task.statistics[index] ?? null };
    const runner = this.#parts.runners[index];
    const cache = this.#parts.caches.windows[index];
    const range = cellsTouching(runner.grid, window);
    const values = cache === null ? new Array<undefined>(range.cols * range.rows) : cache.read(range);
    const missing = missingIn(range, values);
    if (missing === null) return { patch: this.patch(index, region, task), statistics: { range, values: values as Float64Array[] } };
    const measure = (patch: Patch, cells: CellRange): void =>
      this.#timed('operation', () => runner.measure(patch, cells)).forEach((statistics, i) => {
        const cell = { col: cells.col + (i % cells.cols), row: cells.row + Math.floor(i / cells.cols) };
        values[(cell.row - range.row) * range.cols + cell.col - range.col] = statistics;
        cache?.write(cell, statistics);
      });
    const missingWindow = rangeWindow(runner.grid, missing);
    const both = spanned(region, missingWindow);
    if (area(both) <= area(region) + area(missingWindow)) {
      const patch = this.patch(index, both, task);
      measure(patch, missing);
      return { patch, statistics: { range, values: values as Float64Array[] } };
    }
    // Each by itself is small enough for the caches, and often a block that is decoded just then.
    for (const { col, row } of cellsOf(missing)) {
      const cells = { col, row, cols: 1, rows: 1 };
      measure(this.patch(index, rangeWindow(runner.grid, cells), task), cells);
    }
    return { patch: this.patch(index, region, task), statistics: { range, values: values as Float64Array[] } };
  }
}

/** The smallest run of cells that holds all whose statistics are not there; null where all are. */
function missingIn(range: CellRange, values: readonly (Float64Array | undefined)[]): CellRange | null {
  let missing: Window | null = null;
  let i = 0;
  for (const { col, row } of cellsOf(range)) {
    if (values[i++] !== undefined) continue;
    const cell = { col, row, width: 1, height: 1 };
    missing = missing === null ? cell : spanned(missing, cell);
  }
  return missing && { col: missing.col, row: missing.row, cols: missing.width, rows: missing.height };
}

/** The memory that a step's result is put into, window after window. */
class Room {
  readonly #profile: Profile;
  readonly #samples: Scratch;
  #valid: Uint8Array = new Uint8Array(0);

  constructor(profile: Profile, samples: Scratch) {
    this.#profile = profile;
    this.#samples = samples;
  }

  take(size: Size): { readonly pixels: Pixels; readonly valid: Mask | null } {
    const { dtype, bands, interleave, mask } = this.#profile;
    const length = size.width * size.height * bands;
    const bytes = this.#samples.take(length * DTYPES[dtype].bytes);
    const pixels = pixelsOver(DTYPES[dtype].over(bytes.buffer, bytes.byteOffset, length), size, bands, interleave);
    if (!mask) return { pixels, valid: null };
    const valid = emptyMask(this.#valid, size);
    if (valid.data.length > this.#valid.length) this.#valid = valid.data as Uint8Array;
    return { pixels, valid };
  }

  /** Which pixels are valid at all, as a reader of the step's file would say. */
  maskOf({ pixels, valid }: { readonly pixels: Pixels; readonly valid: Mask | null }): Mask | null {
    const { alpha } = this.#profile;
    return valid ?? (alpha === null ? null : maskOf(pixels, alpha));
  }
}
