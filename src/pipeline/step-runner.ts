import { isRastqError, textOf, WorkerError } from '../errors.js';
import { loadOperation } from '../ops/load.js';
import type { Accumulator, Kernel } from '../ops/operation.js';
import { rescaleAlpha } from '../raster/alpha.js';
import { bandsOf, copyPixels, createPixels, crop, type Pixels } from '../raster/block.js';
import { type CellRange, cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { copyMask, cropMask, emptyMask, type Mask, markValid } from '../raster/mask.js';
import { comparableNodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import { grown, Reflector } from '../raster/reflect.js';
import { SamplePercentiles } from '../raster/sample-percentiles.js';
import { contains, describeWindow, intersect, type Size, type Window } from '../raster/window.js';
import { cutIntoCells, type Patch } from './patch.js';
import type { Plan } from './plan.js';
import { stepGrid } from './region.js';
import { madeBy, seenBy, type Step } from './step.js';

/** Statistics of the windows in a run of grid cells, row by row. */
export interface WindowStatistics {
  readonly range: CellRange;
  readonly values: readonly Float64Array[];
}

/** What a step makes of a window: its pixels, and where its output has a mask, which of them are valid. */
export interface Made {
  readonly pixels: Pixels;
  /** All 0 before; null: none is wanted. */
  readonly valid: Mask | null;
}

const MEASURED_EDGE = 256;
const NONE = new Float64Array(0);
const NO_ROOM = new Uint8Array(0);

/** The cells that measures come in, whatever the windows. */
export function measuredCells({ width, height }: Size): Grid {
  return { image: { width, height }, cell: { width: MEASURED_EDGE, height: MEASURED_EDGE } };
}

/** The numbers a band that a step is given of a window; 0: it measures nothing. */
export function statisticsOf({ footprint }: Step, kernel: Kernel): number {
  if (footprint.measures === 'nothing') return 0;
  return footprint.percentiles?.percents.length ?? kernel.measure!.statistics;
}

/** The profile of what a step works on. */
export function inputOf(plan: Plan, index: number): Profile {
  return index === 0 ? plan.input.profile : plan.steps[index - 1].output;
}

/** The loops of each step, and how it measures. */
export function openSteps(plan: Plan): Promise<Kernel[]> {
  return Promise.all(
    plan.steps.map(async (step, i) => {
      const input = inputOf(plan, i);
      const { bands, dtype, nodata } = seenBy(input);
      return (await loadOperation(step.operation)).open({ bands, dtype, nodata }, madeBy(step, input), step.params);
    }),
  );
}

/** Runs one step of a plan on patches of its input. Alpha is not the operation's business: it is rescaled. Lives in one worker. */
export class StepRunner {
  readonly step: Step;
  /** The windows that it works through, or the whole raster as one. */
  readonly grid: Grid;
  readonly #input: Profile;
  readonly #kernel: Kernel;
  readonly #seen: number;
  readonly #made: number;
  readonly #cells: Grid;
  readonly #reflector = new Reflector();
  #percentiles: SamplePercentiles | undefined;

  constructor(plan: Plan, index: number, kernel: Kernel) {
    this.step = plan.steps[index];
    this.grid = stepGrid(plan, this.step);
    this.#input = inputOf(plan, index);
    this.#kernel = kernel;
    this.#seen = seenBy(this.#input).bands;
    this.#made = madeBy(this.step, this.#input).bands;
    this.#cells = measuredCells(this.grid.image);
  }

  /** Measures the windows of a range; the patch holds them whole. */
  measure(patch: Patch, range: CellRange): Float64Array[] {
    return [...cellsOf(range)].map((cell) => this.#measured(this.#start(), patch, cellWindow(this.grid, cell)).finish());
  }

  /** Measures the parts of windows that are in the patch. */
  parts(patch: Patch): Float64Array[] {
    const range = cellsTouching(this.grid, patch.window);
    return [...cellsOf(range)].map((cell) => this.#measured(this.#kernel.measure!.start(), patch, intersect(cellWindow(this.grid, cell), patch.window)!).part());
  }

  #start(): Pick<Accumulator, 'add' | 'finish'> {
    const { percentiles } = this.step.footprint;
    if (percentiles === undefined) return this.#kernel.measure!.start();
    return (this.#percentiles ??= new SamplePercentiles(this.#input, this.#seen, percentiles)).start();
  }

  #measured<Sum extends Pick<Accumulator, 'add'>>(sum: Sum, patch: Patch, window: Window): Sum {
    const own = { window, pixels: crop(patch.pixels, patch.window, window), mask: patch.mask && cropMask(patch.mask, patch.window, window) };
    for (const cell of cutIntoCells(own, this.#cells)) {
      this.#guard(cell.window, () => sum.add(bandsOf(cell.pixels, 0, this.#seen), cell.mask));
    }
    return sum;
  }

  /** Computes a window of the result from a patch that holds all it depends on. */
  apply(patch: Patch, statistics: WindowStatistics | null, window: Window, made: Made): void {
    for (const cell of cellsOf(cellsTouching(this.grid, window))) {
      const whole = cellWindow(this.grid, cell);
      const part = intersect(whole, window)!;
      const own = statistics === null ? NONE : statistics.values[(cell.row - statistics.range.row) * statistics.range.cols + cell.col - statistics.range.col];
      const out: Made = { pixels: crop(made.pixels, window, part), valid: made.valid && cropMask(made.valid, window, part) };
      if (this.step.footprint.pieces !== 'windows' || contains(part, whole)) this.#applyPart(patch, own, { whole, part }, out);
      else this.#applyWhole(patch, own, { whole, part }, out);
    }
    this.#copyAlpha(patch, window, made.pixels);
  }

  /** A window of which only a part is wanted. */
  #applyWhole(patch: Patch, statistics: Float64Array, { whole, part }: { whole: Window; part: Window }, out: Made): void {
    const { dtype, bands, interleave } = this.step.output;
    const made: Made = { pixels: createPixels(dtype, whole, bands, interleave), valid: out.valid && emptyMask(NO_ROOM, whole) };
    this.#applyPart(patch, statistics, { whole, part: whole }, made);
    copyPixels(crop(made.pixels, whole, part), out.pixels);
    if (out.valid !== null) copyMask(cropMask(made.valid!, whole, part), out.valid);
  }

  #applyPart(patch: Patch, statistics: Float64Array, { whole, part }: { whole: Window; part: Window }, out: Made): void {
    const wanted = grown(part, this.step.footprint.halo);
    const seen = bandsOf(patch.pixels, 0, this.#seen);
    const domain = this.step.footprint.edge === 'window' ? whole : { col: 0, row: 0, width: this.grid.image.width, height: this.grid.image.height };
    const pixels = this.#reflector.pixels(seen, this.#input.dtype, patch.window, wanted, domain);
    const mask = patch.mask && this.#reflector.mask(patch.mask, patch.window, wanted, domain);
    this.#guard(part, () => {
      this.#kernel.apply(pixels, mask, statistics, bandsOf(out.pixels, 0, this.#made));
      if (out.valid === null) return;
      if (this.#kernel.markValid === undefined) this.#markSources(patch, part, out.valid);
      else this.#kernel.markValid(pixels, mask, out.valid);
    });
  }

  /** Valid is what is so in one of the bands that the result's are. */
  #markSources(patch: Patch, part: Window, valid: Mask): void {
    const { bands } = this.step;
    const nodata = comparableNodata(this.#input.dtype, this.#input.nodata);
    const source = crop(patch.pixels, patch.window, part);
    const mask = patch.mask && cropMask(patch.mask, patch.window, part);
    const own = bands.filter((from) => from !== this.#input.alpha);
    if (own.length === 0 && mask !== null) copyMask(mask, valid);
    else if (own.includes(null)) markValid(bandsOf(source, 0, this.#seen), nodata, mask, valid);
    else for (const band of new Set(own)) markValid(bandsOf(source, band!, 1), nodata, mask, valid);
  }

  #copyAlpha(patch: Patch, window: Window, out: Pixels): void {
    const { alpha, dtype } = this.#input;
    if (alpha === null) return;
    const source = bandsOf(crop(patch.pixels, patch.window, window), alpha, 1);
    this.step.bands.forEach((from, band) => {
      if (from === alpha) rescaleAlpha(source, dtype, bandsOf(out, band, 1), this.step.output.dtype);
    });
  }

  /** Runs part of the operation; what it throws names the operation and the window. */
  #guard(window: Window, run: () => void): void {
    try {
      run();
    } catch (cause) {
      if (isRastqError(cause)) throw cause;
      throw new WorkerError(`operation ${this.step.operation} failed on ${describeWindow(window)}: ${textOf(cause)}`, { cause });
    }
  }
}
