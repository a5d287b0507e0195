import { codecByName } from '../codecs/load.js';
import { isRemote } from '../io/location.js';
import type { Percentiles } from '../ops/operation.js';
import { parseReference } from '../ops/user/reference.js';
import { DTYPES } from '../raster/dtype.js';
import { cellsTouching } from '../raster/grid.js';
import type { Profile } from '../raster/profile.js';
import { area, type Size } from '../raster/window.js';
import { bandsPerBlock, blockGrid, planeCount, storedRows } from '../tiff/block-layout.js';
import { cellBound } from '../tiff/tile-encoder.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { COUNTED_A_PASS } from './counted-statistics.js';
import type { Crew } from './crew.js';
import { readThemselves } from './own-reader.js';
import { measuringTasks } from './pass.js';
import { pixelBytesOf, type Plan, type PlanImage } from './plan.js';
import { tasksAWorker } from './queue-size.js';
import { measuresInTask, stepGrid } from './region.js';
import { imagesOf } from './region-reader.js';
import { TARGETS_A_PASS } from './searched-statistics.js';
import { inputOf } from './step-runner.js';
import { fetchedWindow, heldBytes, readsColumns } from './strip-columns.js';
import { TaskNeeds } from './task-needs.js';

const MB = 2 ** 20;
/** What an operation on neighbours leaves for V8 to collect, in each worker. */
const NEIGHBOURS_BYTES = 12 * MB;
/** A counter of a raster's percentiles: as it is counted up, as it is sent, and as it comes to the main thread. */
const COUNTER_BYTES = 28;
/** What counting leaves to collect in each worker: of values that are their own counter's number, and of digits. */
const VALUES_BYTES = 4 * MB;
const DIGITS_BYTES = 12 * MB;
/** New buffers have so much room to spare. */
const SPARE_ROOM = 1.125;

/** What a worker holds while it works, and what all buffers hold that go round. */
export interface WorkBytes {
  readonly worker: number;
  readonly buffers: number;
}

const inRoom = (bytes: number): number => Math.ceil(SPARE_ROOM * bytes);

/** What the work on a plan takes, beside what Node itself takes. */
export class WorkMemory {
  readonly plan: Plan;
  readonly #tileBytes: number;
  /** Of the largest task: the blocks that it needs, and what its steps hold. */
  readonly #inputBytes: number;
  readonly #stepBytes: number;
  /** What the reader holds for coming tasks. */
  readonly #heldBytes: number;
  /** The tasks of the pass that has most. */
  readonly #mostTasks: number;

  private constructor(plan: Plan, tileBytes: number) {
    this.plan = plan;
    this.#tileBytes = tileBytes;
    const tiles = { cells: tileGrid(plan.output.profile, plan.output.layout), rule: plan.tasks };
    const measuring = plan.steps.flatMap((step, i) =>
      step.statistics === 'pass' && step.footprint.measures !== 'nothing' ? [{ tasks: measuringTasks(plan, step), steps: i }] : [],
    );
    const passes = [{ tasks: tiles, steps: plan.steps.length }, ...measuring].map(({ tasks, steps }) => {
      const needs = new TaskNeeds(plan, tasks, steps);
      const sizes = Array.from({ length: steps + 1 }, (_, step) => needs.most((regions) => regions[step]));
      const step = tasks.rule.cols * tasks.cells.cell.width;
      return { count: tasks.rule.count, input: blockBytes(plan, needs), steps: stepBytes(plan, sizes), held: readerBytes(plan, needs, step) };
    });
    this.#inputBytes = Math.max(...passes.map(({ input }) => input));
    this.#stepBytes = Math.max(...passes.map(({ steps }) => steps));
    this.#heldBytes = Math.max(...passes.map(({ held }) => held));
    this.#mostTasks = Math.max(...passes.map(({ count }) => count));
  }

  static async of(plan: Plan): Promise<WorkMemory> {
    const encoding = (await codecByName(plan.output.layout.codec))!.encoding!;
    return new WorkMemory(plan, cellBound(plan.output, encoding.bound));
  }

  /** Where a crew does it. */
  with(crew: Crew): WorkBytes {
    const { workers, pool, queue } = crew;
    const { input, tasks } = this.plan;
    const inFlight = pool === 'inline' ? 1 : tasksAWorker(this.plan) * workers;
    const areOwn = readThemselves(crew, input);
    // Queues may have room for more tasks than there are.
    const inputs = queue.mode === 'none' ? tasks.count + 1 : Math.min(queue.size + inFlight, this.#mostTasks) + 1;
    const outputBytes = tasks.cols * tasks.rows * this.#tileBytes;
    const outputs = Math.min(queue.size + inFlight, tasks.count) + 1 + workers;
    return {
      worker: this.#stepBytes + decoderBytes(this.plan) + 3 * this.#tileBytes + (areOwn ? inRoom(this.#inputBytes) : 0),
      buffers: inRoom(outputs * outputBytes + (areOwn ? 0 : inputs * this.#inputBytes + this.#heldBytes)),
    };
  }
}

/** The blocks of all images that a task touches, as if none were compressed, as far as the file has so many bytes. */
function blockBytes(plan: Plan, needs: TaskNeeds): number {
  return imagesOf(plan.input).reduce((sum, image) => {
    const { layout, profile } = image;
    if (readsColumns(image)) return sum + area(fetchedSize(image, needs)) * pixelBytesOf(profile);
    const grid = blockGrid(profile, layout);
    const blocks = needs.most(([region]) => {
      const { cols, rows } = cellsTouching(grid, region);
      return { width: cols, height: rows };
    });
    const bytes = area(blocks) * planeCount(layout, profile.bands) * rawBlockBytes(image);
    // Of a local file all is read once, also what several blocks refer to.
    return sum + (isRemote(image.path) ? bytes : Math.min(bytes, image.bytes));
  }, 0);
}

/** @param step columns from one task to the next */
function readerBytes(plan: Plan, needs: TaskNeeds, step: number): number {
  return imagesOf(plan.input).reduce((sum, image) => sum + heldBytes(image, fetchedSize(image, needs), step), 0);
}

function fetchedSize(image: PlanImage, needs: TaskNeeds): Size {
  return needs.most(([region]) => fetchedWindow(image, region));
}

/** Bytes of a block as it is stored, padding and all. */
function rawBlockBytes({ layout, profile }: PlanImage): number {
  const rows = storedRows(blockGrid(profile, layout), layout, 0);
  return layout.block.width * rows * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
}

/** A block as it is inflated, as it is copied, and as it is unpacked. */
function decoderBytes(plan: Plan): number {
  return imagesOf(plan.input).reduce((sum, image) => sum + 3 * rawBlockBytes(image), 0);
}

/** What the steps of a task hold: the region they read, what each makes, and what their operations copy. @param regions what is needed of each one's input */
function stepBytes(plan: Plan, regions: readonly Size[]): number {
  const own = imagesOf(plan.input).reduce((sum, { profile }) => sum + area(regions[0]) * pixelBytesOf(profile), 0);
  const seen = plan.input.stack === undefined && plan.input.colourTable === null ? 0 : area(regions[0]) * pixelBytesOf(plan.input.profile);
  let bytes = own + seen + area(regions[0]);
  plan.steps.slice(0, regions.length - 1).forEach((step, i) => {
    const input = inputOf(plan, i);
    const { footprint } = step;
    const region = area(regions[i]);
    if (i < plan.steps.length - 1) bytes += area(regions[i + 1]) * (pixelBytesOf(step.output) + 1);
    // A halo is put together with what the raster's edge reflects.
    if (footprint.halo > 0) bytes += NEIGHBOURS_BYTES + region * (pixelBytesOf(input) + 1);
    const whole = area(stepGrid(plan, step).cell);
    if (footprint.pieces === 'windows') bytes += whole * (pixelBytesOf(step.output) + 1);
    if (parseReference(step.operation) !== null) bytes += Math.min(region, whole) * (input.bands + step.output.bands) * 3 * Float64Array.BYTES_PER_ELEMENT;
    if (footprint.percentiles !== undefined) bytes += footprint.measures === 'raster' ? countingBytes(input, footprint.percentiles) : 2 * Math.min(region, whole) * Float64Array.BYTES_PER_ELEMENT;
    if (measuresInTask(step)) bytes += Math.min(region, whole) * pixelBytesOf(input);
  });
  return bytes;
}

/** What a worker counts with to find percentiles of a raster, and what it tells of it. */
function countingBytes({ bands, dtype }: Profile, { percents, together }: Percentiles): number {
  const { bytes } = DTYPES[dtype];
  const populations = together ? 1 : bands;
  // A percentile lies between two samples, and of each the digits are sought.
  const counted = bytes <= 2 ? Math.min(COUNTED_A_PASS, populations) : Math.min(TARGETS_A_PASS, populations * percents.length * 2);
  return counted * 2 ** Math.min(16, 8 * bytes) * COUNTER_BYTES + (bytes <= 2 ? VALUES_BYTES : DIGITS_BYTES);
}
