import type { Scratches } from '../kernels/scratch.js';
import { cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { emptyMask, packMask } from '../raster/mask.js';
import type { Window } from '../raster/window.js';
import { isPlain } from '../tiff/block-decoder.js';
import type { TileEncoder } from '../tiff/tile-encoder.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { ensureRoom } from './buffers.js';
import { Chain, type StageSeconds, type StepInput } from './chain.js';
import { type MadeOverview, OverviewMaker, type OverviewRequest } from './overview-maker.js';
import type { MeasuringPass, PassKind } from './pass.js';
import { cutIntoCells, type Patch } from './patch.js';
import type { Plan } from './plan.js';
import type { LoadedTask } from './reader.js';
import { measuresInTask, measuresWholeWindows, stepGrid } from './region.js';
import { imagesOf } from './region-reader.js';
import type { Caches } from './shared-memory.js';
import type { PatchSource } from './stack.js';
import type { StatisticsCounts, StatisticsQuestion } from './statistics-worker.js';
import { inputOf, measuredCells, type StepRunner, type WindowStatistics } from './step-runner.js';
import { readsColumns } from './strip-columns.js';
import { openTally, type Tally } from './tally.js';
import { taskCells } from './task.js';

/** One task, and what it takes to do it. */
export interface TaskInHand {
  readonly loaded: LoadedTask;
  /** The window that its blocks were fetched for. */
  readonly footprint: Window;
  /** What is to be made, or measured. */
  readonly area: Window;
  readonly pass: PassKind;
  /** The number of the pass. */
  readonly number: number;
  /** By step: the statistics that passes before have measured. */
  readonly statistics: readonly (WindowStatistics | undefined)[];
  /** A buffer for the result, if it is large enough. */
  readonly spare: ArrayBuffer | undefined;
}

/** One task done: its encoded tiles, or the statistics it was asked for. */
export interface DoneTask {
  readonly task: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly byteCounts: Uint32Array;
  /** Where the run takes checksums: what the encoder says of each tile, row by row. */
  readonly checksums: Uint32Array | undefined;
  /** Of each tile, row by row, what the first overview is made of; empty where there is none. */
  readonly parts: readonly ArrayBuffer[];
  /**
   * The parts of the windows that the task touches, row by row, or the windows' statistics; of a raster that is surveyed
   * the moments of its cells.
   */
  readonly measured: readonly Float64Array[] | undefined;
  readonly seconds: StageSeconds;
}

/** One tile of an overview done. */
export interface DoneOverview extends MadeOverview {
  readonly seconds: StageSeconds;
}

/** What `StatisticsQuestion` asks, of a step's input. */
export interface SurveyQuestion {
  readonly question: StatisticsQuestion;
  readonly step: number;
}

export interface TaskWorkerParts {
  readonly patches: PatchSource;
  readonly runners: readonly StepRunner[];
  readonly caches: Caches;
  readonly scratches: Scratches;
  readonly encoder: TileEncoder;
  readonly takesChecksums: boolean;
}

/** What the encoder says of the tiles of a task. */
type TileCounts = Pick<DoneTask, 'byteCounts' | 'checksums'>;

/** Does tasks: decodes, measures or operates, encodes. Lives in one worker, and does one task at a time. */
export class TaskWorker {
  readonly #plan: Plan;
  readonly #parts: TaskWorkerParts;
  readonly #chain: Chain;
  readonly #tiles: Grid;
  readonly #isTileByTile: boolean;
  readonly #overviews: OverviewMaker;
  #valid: Uint8Array = new Uint8Array(0);
  #tally: Tally | undefined;
  #seconds = { decode: 0, operation: 0, encode: 0 };

  constructor(plan: Plan, parts: TaskWorkerParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#chain = new Chain(plan, parts, (what, action) => this.#timed(what, action));
    this.#tiles = tileGrid(plan.output.profile, plan.output.layout);
    this.#isTileByTile = isTileByTile(plan, this.#tiles);
    this.#overviews = new OverviewMaker(plan.output, { ...parts, timed: (what, action) => this.#timed(what, action) });
  }

  work(request: TaskInHand): DoneTask {
    const { blocks, windows } = this.#parts.caches;
    for (const cache of [blocks, ...windows]) cache?.startPass(request.number);
    return request.pass === 'apply' ? this.#apply(request) : this.#measure(request, request.pass);
  }

  /** Makes a tile of an overview. */
  makeOverview(request: OverviewRequest): DoneOverview {
    const made = this.#overviews.make(request);
    return { ...made, seconds: this.#takeSeconds() };
  }

  /** Measures the parts of windows in an area of a step's input. */
  #measure({ loaded, footprint, area, statistics }: TaskInHand, { measures: step, counts = false }: MeasuringPass): DoneTask {
    const patch = this.#chain.patch(step, area, { loaded, footprint, statistics });
    const measured = this.#timed('operation', () => (counts ? this.#counted(patch) : this.#measured(step, patch)));
    return this.#finish(loaded.task, { buffer: new ArrayBuffer(0), length: 0, byteCounts: new Uint32Array(0), checksums: undefined, parts: [], measured });
  }

  #measured(index: number, patch: Patch): Float64Array[] {
    const runner = this.#parts.runners[index];
    return measuresWholeWindows(runner.step) ? runner.measure(patch, cellsTouching(runner.grid, patch.window)) : runner.parts(patch);
  }

  #counted(patch: Patch): Float64Array[] {
    return [this.#tally!.add(cutIntoCells(patch, measuredCells(this.#plan.input.profile)))];
  }

  /** Begins to count anew, or tells what was counted. */
  survey({ question, step }: SurveyQuestion): StatisticsCounts | undefined {
    if (question.type === 'begin') {
      this.#tally = openTally(inputOf(this.#plan, step), question.pass);
      return undefined;
    }
    return this.#tally!.counts();
  }

  /** Makes the task's tiles. */
  #apply({ loaded, footprint, area, statistics, spare }: TaskInHand): DoneTask {
    const { encoder, takesChecksums } = this.#parts;
    const cells = taskCells(this.#tiles, this.#plan.tasks, loaded.task);
    const count = cells.cols * cells.rows;
    const buffer = ensureRoom(spare, encoder.boundOf(count));
    const byteCounts = new Uint32Array(count * encoder.countsPerCell);
    const checksums = takesChecksums ? new Uint32Array(byteCounts.length) : undefined;
    const counts = { byteCounts, checksums };
    const task = { loaded, footprint, statistics };
    const last = this.#plan.steps.length - 1;
    const whole = this.#isTileByTile ? undefined : this.#chain.inputOf(last, area, task);
    encoder.start(new Uint8Array(buffer));
    const parts: ArrayBuffer[] = [];
    let at = 0;
    for (const cell of cellsOf(cells)) {
      const tile = cellWindow(this.#tiles, cell);
      const part = this.#makeTile(tile, whole ?? this.#chain.inputOf(last, tile, task), counts, at);
      if (part !== undefined) parts.push(part);
      at += encoder.countsPerCell;
    }
    return this.#finish(loaded.task, { buffer, length: encoder.length, byteCounts, checksums, parts, measured: undefined });
  }

  #makeTile(tile: Window, { patch, statistics }: StepInput, { byteCounts, checksums }: TileCounts, at: number): ArrayBuffer | undefined {
    const { encoder, runners } = this.#parts;
    const { profile, layout } = this.#plan.output;
    const { pixels, mask } = encoder.begin(tile);
    const valid = profile.mask ? emptyMask(this.#valid, tile) : null;
    if (valid !== null) this.#valid = valid.data as Uint8Array;
    this.#timed('operation', () => {
      runners.at(-1)!.apply(patch, statistics, tile, { pixels, valid });
      if (valid !== null) packMask(valid, mask, layout.tile.width / 8);
    });
    const part = this.#overviews.part(0, tile, pixels, valid);
    this.#timed('encode', () => encoder.end(byteCounts, at, checksums));
    return part;
  }

  #timed<T>(what: keyof StageSeconds, action: () => T): T {
    const started = performance.now();
    const result = action();
    this.#seconds[what] += (performance.now() - started) / 1000;
    return result;
  }

  #finish(task: number, made: Omit<DoneTask, 'task' | 'seconds'>): DoneTask {
    return { task, ...made, seconds: this.#takeSeconds() };
  }

  #takeSeconds(): StageSeconds {
    const seconds = this.#seconds;
    this.#seconds = { decode: 0, operation: 0, encode: 0 };
    return seconds;
  }
}

/** Whether a tile needs no more than itself: then tiles are made one by one, each while it is in a cache. */
export function isTileByTile(plan: Plan, { cell }: Grid): boolean {
  return plan.steps.every((step) => {
    const grid = stepGrid(plan, step);
    const dividesTiles = cell.width % grid.cell.width === 0 && cell.height % grid.cell.height === 0;
    const isLocal = step.footprint.halo === 0 && step.footprint.pieces === undefined;
    return (isLocal || dividesTiles) && (!measuresInTask(step) || dividesTiles);
  });
}

/** Whether a tile is one block, or is copied from strips as it is: then the input need not be put together. */
export function readsTiles({ input }: Plan, { cell }: Grid): boolean {
  const { block } = input.layout;
  if (block.width === cell.width && block.height === cell.height) return true;
  return imagesOf(input).every((image) => readsColumns(image) && isPlain(image.layout, image.profile.dtype));
}
