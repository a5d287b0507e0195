import { codecByName } from '../codecs/load.js';
import { RastqError, WorkerError } from '../errors.js';
import { loadOperation } from '../ops/load.js';
import type { Kernel } from '../ops/operation.js';
import type { Handler, Reply } from '../pools/stage.js';
import { crop, type Pixels } from '../raster/block.js';
import { type CellRange, cellsOf, cellsTouching, cellWindow, type Grid, rangeWindow } from '../raster/grid.js';
import { markValid } from '../raster/mask.js';
import { comparableNodata } from '../raster/nodata.js';
import { describeWindow, intersect, type Window } from '../raster/window.js';
import { BlockDecoder } from '../tiff/block-decoder.js';
import { blockGrid, encodedImage } from '../tiff/block-layout.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { TileEncoder } from '../tiff/tile-encoder.js';
import { ensureRoom } from './buffers.js';
import { measuredGrid, type PassKind, windowGrid } from './pass.js';
import type { Plan } from './plan.js';
import type { LoadedTask } from './reader.js';
import { blockNumber, type EncodedBlocks, RegionReader } from './region-reader.js';
import { taskCells, taskFootprint } from './task.js';

/** Asks for one task. */
export interface WorkRequest {
  readonly loaded: LoadedTask;
  readonly pass: PassKind;
  /** The statistics of the windows the task touches, where a pass has measured them. */
  readonly statistics: Float64Array | undefined;
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
  readonly statistics: Float64Array | undefined;
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
  const readCodec = (await codecByName(input.layout.codec))!;
  const writeCodec = (await codecByName(output.layout.codec))!;
  const encoding = writeCodec.encoding!;
  const decoder = new BlockDecoder(input.layout, input.profile, {
    decode: await readCodec.openDecoder(encodedImage(input.layout, input.profile.bands)),
    maxRatio: readCodec.maxRatio,
  });
  const encoder = new TileEncoder(output, {
    encode: await encoding.openEncoder(output.layout.level ?? 0),
    bound: encoding.bound,
  });
  const operation = await loadOperation(step.operation);
  const kernel = operation.open(input.profile, output.profile, step.params);
  const worker = new Worker(plan, { regions: new RegionReader(input, decoder), encoder, kernel });
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

class Worker {
  readonly #plan: Plan;
  readonly #regions: RegionReader;
  readonly #encoder: TileEncoder;
  readonly #kernel: Kernel;
  readonly #tiles: Grid;
  readonly #windows: Grid;
  readonly #perWindow: number;
  /** Each tile is one block and holds its windows whole: tile by tile, nothing is put together. */
  readonly #isTileByTile: boolean;
  #seconds = { decode: 0, operation: 0, encode: 0 };

  constructor(plan: Plan, parts: { regions: RegionReader; encoder: TileEncoder; kernel: Kernel }) {
    this.#plan = plan;
    this.#regions = parts.regions;
    this.#encoder = parts.encoder;
    this.#kernel = parts.kernel;
    this.#tiles = tileGrid(plan.output.profile, plan.output.layout);
    this.#windows = windowGrid(plan);
    this.#perWindow = parts.kernel.statistics * plan.input.profile.bands;
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
    const area = this.#areaOf(loaded.task);
    const region = this.#read(area, area, loaded);
    const statistics = this.#measureWindows(region, area);
    return { ...this.#finish(loaded.task, new ArrayBuffer(0), new Uint32Array(0)), length: 0, statistics };
  }

  /** Makes the task's tiles. */
  apply({ loaded, statistics, spare }: WorkRequest): Omit<WorkedTask, 'input'> {
    const cells = taskCells(this.#tiles, this.#plan.tasks, loaded.task);
    const area = rangeWindow(this.#tiles, cells);
    const count = cells.cols * cells.rows;
    const buffer = ensureRoom(spare, this.#encoder.boundOf(count));
    const byteCounts = new Uint32Array(count * this.#encoder.countsPerCell);
    this.#encoder.start(new Uint8Array(buffer));
    const footprint = taskFootprint(this.#tiles, cells, measuredGrid(this.#plan, 'apply'));
    const whole = this.#isTileByTile ? undefined : this.#source(footprint, footprint, loaded, statistics, area);
    let at = 0;
    for (const cell of cellsOf(cells)) {
      const tile = cellWindow(this.#tiles, cell);
      this.#makeTile(tile, whole ?? this.#source(tile, footprint, loaded, statistics, area), byteCounts, at);
      at += this.#encoder.countsPerCell;
    }
    return { ...this.#finish(loaded.task, buffer, byteCounts), length: this.#encoder.length, statistics: undefined };
  }

  #finish(task: number, buffer: ArrayBuffer, byteCounts: Uint32Array) {
    const seconds = this.#seconds;
    this.#seconds = { decode: 0, operation: 0, encode: 0 };
    return { task, buffer, byteCounts, seconds };
  }

  #areaOf(task: number): Window {
    return rangeWindow(this.#tiles, taskCells(this.#tiles, this.#plan.tasks, task));
  }

  /** Pixels of a window with the statistics of the windows in it: given ones for the task's area, or measured here. */
  #source(
    window: Window,
    footprint: Window,
    loaded: LoadedTask,
    given: Float64Array | undefined,
    area: Window,
  ): PixelSource {
    const pixels = this.#read(window, footprint, loaded);
    const statistics = given ?? this.#measureWindows(pixels, window);
    return { window, pixels, statistics, range: cellsTouching(this.#windows, given === undefined ? window : area) };
  }

  #read(window: Window, footprint: Window, loaded: LoadedTask): Pixels {
    const started = performance.now();
    const pixels = this.#regions.read(window, blocksIn(this.#plan, footprint, loaded));
    this.#seconds.decode += (performance.now() - started) / 1000;
    return pixels;
  }

  /** The statistics of the windows that `area` touches, from the pixels of `area`, row by row. */
  #measureWindows(pixels: Pixels, area: Window): Float64Array {
    const started = performance.now();
    const range = cellsTouching(this.#windows, area);
    const statistics = new Float64Array(range.cols * range.rows * this.#perWindow);
    if (this.#perWindow > 0) {
      this.#kernel.clear(statistics);
      let at = 0;
      for (const cell of cellsOf(range)) {
        const part = intersect(cellWindow(this.#windows, cell), area)!;
        const own = statistics.subarray(at, at + this.#perWindow);
        this.#guard(part, () => this.#kernel.measure(crop(pixels, area, part), own));
        at += this.#perWindow;
      }
    }
    this.#seconds.operation += (performance.now() - started) / 1000;
    return statistics;
  }

  #makeTile(tile: Window, source: PixelSource, byteCounts: Uint32Array, at: number): void {
    const started = performance.now();
    const { profile, layout } = this.#plan.output;
    const { pixels: out, mask } = this.#encoder.begin(tile);
    const touched = cellsTouching(this.#windows, tile);
    for (const cell of cellsOf(touched)) {
      const part = intersect(cellWindow(this.#windows, cell), tile)!;
      const number = (cell.row - source.range.row) * source.range.cols + cell.col - source.range.col;
      const own = source.statistics.subarray(number * this.#perWindow, (number + 1) * this.#perWindow);
      const pixels = crop(source.pixels, source.window, part);
      this.#guard(part, () => this.#kernel.apply(pixels, own, crop(out, tile, part)));
    }
    if (profile.mask) {
      const { dtype, nodata } = this.#plan.input.profile;
      const pixels = crop(source.pixels, source.window, tile);
      markValid(pixels, comparableNodata(dtype, nodata), mask, layout.tile.width / 8);
    }
    const applied = performance.now();
    this.#encoder.end(byteCounts, at);
    this.#seconds.operation += (applied - started) / 1000;
    this.#seconds.encode += (performance.now() - applied) / 1000;
  }

  /** Runs part of the operation; what it throws names the operation and the window. */
  #guard(window: Window, run: () => void): void {
    try {
      run();
    } catch (cause) {
      if (cause instanceof RastqError) throw cause;
      const [step] = this.#plan.steps;
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new WorkerError(`operation ${step.operation} failed on ${describeWindow(window)}: ${what}`, { cause });
    }
  }
}

interface PixelSource {
  readonly window: Window;
  readonly pixels: Pixels;
  /** Of the windows in `range`, row by row. */
  readonly statistics: Float64Array;
  readonly range: CellRange;
}

/** The bytes of the blocks that were read for a footprint. */
function blocksIn(plan: Plan, footprint: Window, { buffer, starts, lengths }: LoadedTask): EncodedBlocks {
  const range = cellsTouching(blockGrid(plan.input.profile, plan.input.layout), footprint);
  return (at) => {
    const number = blockNumber(range, at);
    return new Uint8Array(buffer, starts[number], lengths[number]);
  };
}
