import { codecByName } from '../codecs/load.js';
import { UnsupportedError } from '../errors.js';
import { isRemote, locationKind, locationName } from '../io/location.js';
import type { Kernel } from '../ops/operation.js';
import { parseReference } from '../ops/user/reference.js';
import type { PoolKind } from '../pools/stage.js';
import { DTYPES } from '../raster/dtype.js';
import { cellCount, cellsTouching, gridColumns, rangeWindow } from '../raster/grid.js';
import type { Size, Window } from '../raster/window.js';
import { bandsPerBlock, blockGrid, planeCount } from '../tiff/block-layout.js';
import { TileEncoder } from '../tiff/tile-encoder.js';
import { tileGrid } from '../tiff/tile-layout.js';
import type { QueueMode } from './conveyor.js';
import { measuringTasks, type PassTasks } from './pass.js';
import { pixelBytesOf, type Plan, withTasks } from './plan.js';
import { imagesOf } from './region-reader.js';
import { measuresInTask, stepGrid, taskRegions } from './region.js';
import { sharedBytes } from './shared-memory.js';
import { inputOf, openSteps } from './step-runner.js';
import { taskCells, taskSizes } from './task.js';
import { verificationBytes } from './verification-memory.js';

/** How a plan is to be run, as far as memory is concerned. */
export interface Crew {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: { readonly mode: QueueMode; readonly size: number };
  /** Bytes of a remote input that are fetched ahead. */
  readonly aheadBytes: number;
  /** Whether the output is read back and compared; it is not by default. */
  readonly verifies?: boolean;
}

/** A plan and a crew whose memory stays within a limit. */
export interface Fit {
  readonly plan: Plan;
  readonly crew: Crew;
  /** The most that it will take. */
  readonly bytes: number;
}

const MB = 2 ** 20;
/**
 * What Node itself takes, measured (docs/reliability.md): the main thread with reader and writer; a worker's isolate with
 * its code, kernels and the buffers that wait for a collection.
 */
const OWN_BYTES: Readonly<Record<PoolKind, { readonly main: number; readonly worker: number }>> = {
  threads: { main: 94 * MB, worker: 20 * MB },
  processes: { main: 130 * MB, worker: 100 * MB },
  inline: { main: 90 * MB, worker: 20 * MB },
};
/** What an operation on neighbours leaves for V8 to collect, in each worker. */
const NEIGHBOURS_BYTES = 12 * MB;
/** A client for HTTP, and one for S3 with the parts that it holds. */
const HTTP_BYTES = 30 * MB;
const S3_BYTES = 45 * MB;
const S3_PARTS_BYTES = 72 * MB;
/** Counters of a raster's percentiles, in each worker. */
const SURVEY_BYTES = 32 * MB;
/** Parts of overviews that wait for their neighbours, and the tiles made of them. */
const OVERVIEW_BYTES = 80 * MB;
/** New buffers have so much room to spare. */
const SPARE_ROOM = 1.125;
/** Chunks of an image's index arrays that the reader keeps at most. */
const INDEX_BYTES = 2 * 64 * 8192 * 8;
/** A tile of the output: its place and length, once more in the head, and in the journal. */
const TILE_BYTES = 48;
/** What keeps one window's statistics, beside the numbers. */
const WINDOW_BYTES = 256;
/** Tasks that are looked at: one in the middle is like most of them, the first may be smaller. */
const LOOKED_AT = 3;

/**
 * Finds out how to run a plan in so much memory. Tasks and queues become smaller where they must, then workers fewer; the
 * output's bytes stay the same.
 * @param wish how it would be run if memory did not matter; a queue's size that is `fixed` stays
 * @throws UnsupportedError that names the least it can be done in
 */
export async function fitMemory(plan: Plan, wish: Crew, limitBytes: number, { fixedQueue, fixedTasks }: { readonly fixedQueue: boolean; readonly fixedTasks: boolean }): Promise<Fit> {
  const kernels = await openSteps(plan);
  let least: Fit | undefined;
  for (const crew of crewsFrom(wish, fixedQueue)) {
    for (const taskBytes of fixedTasks ? [undefined] : taskSizes()) {
      const cut = taskBytes === undefined ? plan : withTasks(plan, taskBytes);
      const bytes = await memoryNeeded(cut, kernels, crew);
      const fit = { plan: cut, crew, bytes };
      if (bytes <= limitBytes) return fit;
      if (least === undefined || bytes < least.bytes) least = fit;
    }
  }
  throw new UnsupportedError(
    `${locationName(plan.input.path)}: cannot be done in ${inMegabytes(limitBytes)} MB of memory, ` +
      `it takes ${inMegabytes(least!.bytes)} MB${wish.queue.mode === 'none' ? ' with --queue none' : ''}: give --max-memory ${inMegabytes(least!.bytes)}M`,
  );
}

const inMegabytes = (bytes: number): number => Math.ceil(bytes / MB);

/** Crews, each smaller than the one before: first what is fetched ahead, then queues, then workers. */
function* crewsFrom(wish: Crew, fixedQueue: boolean): Generator<Crew> {
  for (let { workers } = wish; workers >= 1; workers = workers > 4 ? Math.floor(workers * 0.75) : workers - 1) {
    for (let { aheadBytes } = wish; ; aheadBytes /= 2) {
      for (let { size } = wish.queue; ; size = Math.floor(size / 2)) {
        yield { ...wish, workers, aheadBytes, queue: { ...wish.queue, size } };
        if (size === 1 || fixedQueue) break;
      }
      if (aheadBytes <= 8 * MB) break;
    }
  }
}

/** The most memory that a run takes. */
export async function memoryNeeded(plan: Plan, kernels: readonly Kernel[], crew: Crew): Promise<number> {
  const own = OWN_BYTES[crew.pool];
  const work = await workOf(plan, crew);
  const isProcesses = crew.pool === 'processes';
  const shared = sharedBytes(plan, kernels);
  return (
    own.main +
    crew.workers * (own.worker + work.worker + (isProcesses ? shared : 0)) +
    // What crosses between processes is written into a message first.
    work.buffers * (isProcesses ? 2 : 1) +
    (isProcesses ? 0 : shared) +
    tableBytes(plan, kernels) +
    indexBytes(plan) +
    networkBytes(plan, crew) +
    (crew.verifies === true ? verificationBytes(plan, crew) : 0) +
    ((plan.output.cog?.overviews.length ?? 0) > 0 ? OVERVIEW_BYTES : 0)
  );
}

/** What a worker holds while it works, and what all buffers hold that go round. */
interface WorkBytes {
  readonly worker: number;
  readonly buffers: number;
}

async function workOf(plan: Plan, { workers, pool, queue }: Crew): Promise<WorkBytes> {
  const encoding = (await codecByName(plan.output.layout.codec))!.encoding!;
  const encoder = new TileEncoder(plan.output, { encode: () => 0, bound: encoding.bound });
  const { cols, rows } = plan.tasks;
  const tiles = { cells: tileGrid(plan.output.profile, plan.output.layout), rule: plan.tasks };
  const passes = plan.steps.flatMap(({ statistics, footprint }, step) =>
    statistics === 'pass' && footprint.measures !== 'nothing' ? [regionsOf(plan, measuringTasks(plan, plan.steps[step]), step)] : [],
  );
  const made = regionsOf(plan, tiles, plan.steps.length);
  const regions = [made, ...passes];
  const inputBytes = Math.max(...regions.map(([first]) => blockBytes(plan, first)));
  const inFlight = pool === 'inline' ? 1 : 2 * workers;
  const inputs = queue.mode === 'none' ? plan.tasks.count + 1 : queue.size + 1 + inFlight;
  const outputBytes = encoder.boundOf(cols * rows);
  const outputs = queue.size + 1 + inFlight + workers;
  const tileBytes = encoder.boundOf(1);
  return {
    worker: Math.max(...regions.map((each) => stepBytes(plan, each))) + decoderBytes(plan) + 3 * tileBytes,
    buffers: Math.ceil(SPARE_ROOM * (inputs * inputBytes + outputs * outputBytes)),
  };
}

/** The largest windows that a task of a pass needs of each step's input, the raster's own first. */
function regionsOf(plan: Plan, { cells, rule }: PassTasks, steps: number): Window[] {
  const perRow = Math.ceil(gridColumns(cells) / rule.cols);
  const middle = Math.floor(rule.count / perRow / 2) * perRow + Math.floor(perRow / 2);
  let largest: Window[] = [];
  for (let task = Math.max(0, middle - 1); task < Math.min(rule.count, middle - 1 + LOOKED_AT); task++) {
    const regions = taskRegions(plan, steps, rangeWindow(cells, taskCells(cells, rule, task)));
    if (largest.length === 0 || area(regions[0]) > area(largest[0])) largest = regions;
  }
  return largest;
}

const area = ({ width, height }: Size): number => width * height;

/** The blocks of all images that a window touches, as if none were compressed. */
function blockBytes(plan: Plan, window: Window): number {
  return imagesOf(plan.input).reduce((sum, image) => {
    const { layout, profile } = image;
    const { cols, rows } = cellsTouching(blockGrid(profile, layout), window);
    return sum + cols * rows * planeCount(layout, profile.bands) * rawBlockBytes(image);
  }, 0);
}

function rawBlockBytes({ layout, profile }: Plan['input']['mask'] & object): number {
  const { width, height } = layout.block;
  return width * Math.min(height, profile.height) * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
}

/** A block as it is inflated, as it is copied, and as it is unpacked. */
function decoderBytes(plan: Plan): number {
  return imagesOf(plan.input).reduce((sum, image) => sum + 3 * rawBlockBytes(image), 0);
}

/** What the steps of a task hold: the region they read, what each makes, and what their operations copy. */
function stepBytes(plan: Plan, regions: readonly Window[]): number {
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
    if (footprint.percentiles !== undefined) bytes += footprint.measures === 'raster' ? SURVEY_BYTES : 2 * Math.min(region, whole) * Float64Array.BYTES_PER_ELEMENT;
    if (measuresInTask(step)) bytes += Math.min(region, whole) * pixelBytesOf(input);
  });
  return bytes;
}

/** The statistics of windows that are measured before. */
function tableBytes(plan: Plan, kernels: readonly Kernel[]): number {
  return plan.steps.reduce((sum, step, i) => {
    if (step.statistics !== 'pass' || step.footprint.measures === 'nothing') return sum;
    const numbers = (kernels[i].measure?.statistics ?? 0) * inputOf(plan, i).bands;
    return sum + cellCount(stepGrid(plan, step)) * (WINDOW_BYTES + 2 * numbers * Float64Array.BYTES_PER_ELEMENT);
  }, 0);
}

function indexBytes(plan: Plan): number {
  const { profile, layout } = plan.output;
  const tiles = cellCount(tileGrid(profile, layout)) * (planeCount(layout, profile.bands) + (profile.mask ? 1 : 0));
  const blocks = imagesOf(plan.input).reduce((sum, image) => {
    const count = cellCount(blockGrid(image.profile, image.layout)) * planeCount(image.layout, image.profile.bands);
    return sum + Math.min(INDEX_BYTES, 2 * Float64Array.BYTES_PER_ELEMENT * count);
  }, 0);
  return tiles * TILE_BYTES + blocks;
}

function networkBytes(plan: Plan, { aheadBytes }: Crew): number {
  const kinds = new Set([...imagesOf(plan.input), plan.output].map(({ path }) => locationKind(path)));
  const isAhead = imagesOf(plan.input).some(({ path }) => isRemote(path));
  return (kinds.has('http') ? HTTP_BYTES : 0) + (kinds.has('s3') ? S3_BYTES : 0) + (isAhead ? 2 * aheadBytes : 0) + (locationKind(plan.output.path) === 's3' ? S3_PARTS_BYTES : 0);
}
