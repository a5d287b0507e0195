import { codecByName } from '../codecs/load.js';
import { loadOperation } from '../ops/load.js';
import type { Handler, Reply } from '../pools/stage.js';
import { bandsOf, crop } from '../raster/block.js';
import { cellsOf, cellsTouching, cellWindow, type Grid, rangeWindow } from '../raster/grid.js';
import { cropMask, markValid } from '../raster/mask.js';
import { comparableNodata } from '../raster/nodata.js';
import type { Window } from '../raster/window.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { TileEncoder } from '../tiff/tile-encoder.js';
import { ensureRoom } from './buffers.js';
import { measuredGrid, type PassKind, windowGrid } from './pass.js';
import { type Patch, PatchReader } from './patch.js';
import { type Plan, seenBy } from './plan.js';
import type { LoadedTask } from './reader.js';
import { StepRunner, type WindowStatistics } from './step-runner.js';
import { taskCells, taskFootprint } from './task.js';

/** Asks for one task. */
export interface WorkRequest {
  readonly loaded: LoadedTask;
  readonly pass: PassKind;
  /** The statistics of the windows the task touches, where a pass has measured them. */
  readonly statistics: readonly Float64Array[] | undefined;
  /** A buffer for the result, if it is large enough. */
  readonly spare: ArrayBuffer | undefined;
}

export interface StageSeconds {
  readonly decode: number;
  readonly operation: number;
  readonly encode: number;
}

/** One task done: its encoded tiles, or the statistics it was asked for. */
export interface WorkedTask {
  readonly task: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly byteCounts: Uint32Array;
  readonly statistics: readonly Float64Array[] | undefined;
  /** The buffer the input came in, for the next one; absent where it was only a copy. */
  readonly input: ArrayBuffer | undefined;
  readonly seconds: StageSeconds;
}

export interface WorkerSetup {
  readonly plan: Plan;
  /** Whether buffers move between the stages, so that the input's goes back. */
  readonly returnsInput: boolean;
}

/** Opens a worker: decode, operation, encode. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { plan, returnsInput } = setup as WorkerSetup;
  const { input, output } = plan;
  const [step] = plan.steps;
  const encoding = (await codecByName(output.layout.codec))!.encoding!;
  const encode = await encoding.openEncoder(output.layout.level ?? 0);
  const operation = await loadOperation(step.operation);
  const worker = new Worker(plan, {
    patches: await PatchReader.open(input),
    step: new StepRunner(plan, operation.open(seenBy(input.profile), seenBy(output.profile), step.params)),
    encoder: new TileEncoder(output, { encode, bound: encoding.bound }),
  });
  return {
    handle: (item): Reply => {
      const request = item as WorkRequest;
      const done = request.pass === 'measure' ? worker.measure(request) : worker.apply(request);
      const value: WorkedTask = { ...done, input: returnsInput ? request.loaded.buffer : undefined };
      const moved = [value.buffer, value.byteCounts.buffer as ArrayBuffer];
      if (value.input !== undefined) moved.push(value.input);
      return { value, transfer: moved.filter(({ byteLength }) => byteLength > 0) };
    },
  };
}

interface WorkerParts {
  readonly patches: PatchReader;
  readonly step: StepRunner;
  readonly encoder: TileEncoder;
}

class Worker {
  readonly #plan: Plan;
  readonly #parts: WorkerParts;
  readonly #tiles: Grid;
  /** Each tile is one block and holds its windows whole: tile by tile, nothing is put together. */
  readonly #isTileByTile: boolean;
  #seconds = { decode: 0, operation: 0, encode: 0 };

  constructor(plan: Plan, parts: WorkerParts) {
    this.#plan = plan;
    this.#parts = parts;
    this.#tiles = tileGrid(plan.output.profile, plan.output.layout);
    const { cell } = this.#tiles;
    const { block } = plan.input.layout;
    const measured = measuredGrid(plan, 'apply')?.cell ?? { width: 1, height: 1 };
    this.#isTileByTile =
      block.width === cell.width &&
      block.height === cell.height &&
      cell.width % measured.width === 0 &&
      cell.height % measured.height === 0;
  }

  /** Measures the parts of windows that the task's tiles cover. */
  measure({ loaded }: WorkRequest): Omit<WorkedTask, 'input'> {
    const area = rangeWindow(this.#tiles, taskCells(this.#tiles, this.#plan.tasks, loaded.task));
    const statistics = this.#timed('operation', () => this.#parts.step.parts(this.#read(area, area, loaded)));
    return this.#finish(loaded.task, { buffer: new ArrayBuffer(0), length: 0, byteCounts: new Uint32Array(0), statistics });
  }

  /** Makes the task's tiles. */
  apply({ loaded, statistics, spare }: WorkRequest): Omit<WorkedTask, 'input'> {
    const { encoder } = this.#parts;
    const cells = taskCells(this.#tiles, this.#plan.tasks, loaded.task);
    const count = cells.cols * cells.rows;
    const buffer = ensureRoom(spare, encoder.boundOf(count));
    const byteCounts = new Uint32Array(count * encoder.countsPerCell);
    const footprint = taskFootprint(this.#tiles, cells, measuredGrid(this.#plan, 'apply'));
    const area = rangeWindow(this.#tiles, cells);
    const given = statistics && { range: cellsTouching(windowGrid(this.#plan), area), values: statistics };
    const whole = this.#isTileByTile ? undefined : this.#read(footprint, footprint, loaded);
    const measured = given ?? (whole && this.#measure(whole));
    encoder.start(new Uint8Array(buffer));
    let at = 0;
    for (const cell of cellsOf(cells)) {
      const tile = cellWindow(this.#tiles, cell);
      const patch = whole ?? this.#read(tile, footprint, loaded);
      this.#makeTile(tile, patch, measured ?? this.#measure(patch), byteCounts, at);
      at += encoder.countsPerCell;
    }
    return this.#finish(loaded.task, { buffer, length: encoder.length, byteCounts, statistics: undefined });
  }

  #makeTile(tile: Window, patch: Patch, statistics: WindowStatistics, byteCounts: Uint32Array, at: number): void {
    const { encoder, step } = this.#parts;
    const { pixels, mask } = encoder.begin(tile);
    this.#timed('operation', () => {
      step.apply(patch, statistics, tile, pixels);
      if (!this.#plan.output.profile.mask) return;
      const { dtype, nodata } = this.#plan.input.profile;
      const source = crop(patch.pixels, patch.window, tile);
      const valid = patch.mask && cropMask(patch.mask, patch.window, tile);
      const bands = bandsOf(source, 0, step.bands);
      markValid(bands, comparableNodata(dtype, nodata), valid, mask, this.#plan.output.layout.tile.width / 8);
    });
    this.#timed('encode', () => encoder.end(byteCounts, at));
  }

  #read(window: Window, footprint: Window, loaded: LoadedTask): Patch {
    return this.#timed('decode', () => this.#parts.patches.read(window, footprint, loaded));
  }

  #measure(patch: Patch): WindowStatistics {
    return this.#timed('operation', () => this.#parts.step.measure(patch));
  }

  #timed<T>(what: keyof StageSeconds, action: () => T): T {
    const started = performance.now();
    const result = action();
    this.#seconds[what] += (performance.now() - started) / 1000;
    return result;
  }

  #finish(task: number, made: Omit<WorkedTask, 'task' | 'input' | 'seconds'>): Omit<WorkedTask, 'input'> {
    const seconds = this.#seconds;
    this.#seconds = { decode: 0, operation: 0, encode: 0 };
    return { task, ...made, seconds };
  }
}
