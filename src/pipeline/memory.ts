import { UnsupportedError } from '../errors.js';
import { availableMemory } from '../io/available-memory.js';
import { isRemote, locationKind, locationName } from '../io/location.js';
import type { Kernel } from '../ops/operation.js';
import type { PoolKind } from '../pools/stage.js';
import { cellCount, gridColumns } from '../raster/grid.js';
import { blockGrid, planeCount } from '../tiff/block-layout.js';
import { tileGrid, tilesPerCell } from '../tiff/tile-layout.js';
import type { Crew } from './crew.js';
import { readThemselves } from './own-reader.js';
import { withTasks } from './cut-plan.js';
import { pixelBytesOf, type Plan } from './plan.js';
import { imagesOf } from './region-reader.js';
import { stepGrid } from './region.js';
import { sharedBytes } from './shared-memory.js';
import { inputOf, openSteps } from './step-runner.js';
import { taskSizes } from './task.js';
import { verificationBytes } from './verification-memory.js';
import { WorkMemory } from './work-memory.js';

/** A plan and a crew whose memory stays within a limit. */
export interface Fit {
  readonly plan: Plan;
  readonly crew: Crew;
  /** The most that it will take. */
  readonly bytes: number;
  /** The loops of the plan's steps, which had to be opened to know. */
  readonly kernels: readonly Kernel[];
}

const MB = 2 ** 20;
/**
 * What Node itself takes, measured (ADR 11): the main thread with reader and writer; a worker's isolate with
 * its code, kernels and the buffers that wait for a collection.
 */
const OWN_BYTES: Readonly<Record<PoolKind, { readonly main: number; readonly worker: number }>> = {
  threads: { main: 94 * MB, worker: 20 * MB },
  processes: { main: 205 * MB, worker: 95 * MB },
  inline: { main: 90 * MB, worker: 20 * MB },
};
/** Clients, with what they leave to collect. */
const CLIENT_BYTES = { http: 30 * MB, s3Reader: 45 * MB, s3Writer: 25 * MB };
/** What is fetched ahead, with the task that it is put together for. */
const AHEAD_ROOM = 1.25;
/** Parts of an upload that are filled or on their way, as many bytes or two of them; one more waits for the head. */
const UPLOAD_BYTES = 64 * MB;
/** Parts of overviews that wait for their neighbours at most, the other ones lie in a file; and what they leave to collect. */
const PARTS_BYTES = 64 * MB;
const OVERVIEWS_BYTES = 20 * MB;
/** Rows of tiles whose parts wait: for the row below them, and on the levels above. */
const WAITING_ROWS = 3;
/** Parts in a worker: spare ones, those of a tile that is made, and as they come. */
const WORKER_PARTS = 16;
/** Chunks of an image's index arrays that a reader keeps at most. */
const INDEX_BYTES = 2 * 64 * 8192 * 8;
/** A tile of the output: its place and length, once more in the head, and in the journal. */
const TILE_BYTES = 48;
/** What keeps one window's statistics, beside the numbers. */
const WINDOW_BYTES = 256;

/**
 * Finds out how to run a plan in so much memory. Tasks and queues become smaller where they must, then workers fewer; the
 * output's bytes stay the same.
 * @param wish how it would be run if memory did not matter; a queue's size that is `fixed` stays
 * @throws UnsupportedError that names the least it can be done in
 */
export async function fitMemory(plan: Plan, wish: Crew, limitBytes: number, { fixedQueue, fixedTasks }: { readonly fixedQueue: boolean; readonly fixedTasks: boolean }): Promise<Fit> {
  const kernels = await openSteps(plan);
  let least: Fit | undefined;
  const cuts = fixedTasks ? [plan] : Array.from(taskSizes(), (taskBytes) => withTasks(plan, taskBytes));
  const works: WorkMemory[] = [];
  for (const crew of crewsFrom(wish, fixedQueue)) {
    for (const [i, cut] of cuts.entries()) {
      const bytes = await memoryNeeded((works[i] ??= await WorkMemory.of(cut)), kernels, crew);
      const fit = { plan: cut, crew, bytes, kernels };
      if (bytes <= limitBytes) return fit;
      if (least === undefined || bytes < least.bytes) least = fit;
    }
  }
  throw new UnsupportedError(
    `${locationName(plan.input.path)}: cannot be done in ${shownBytes(limitBytes)} of memory, ` +
      `it takes ${inMegabytes(least!.bytes)} MB${wish.queue.mode === 'none' ? ' with --queue none' : ''}: ${remedy(least!.bytes, availableMemory() + process.memoryUsage.rss())}`,
  );
}

/** A limit as it was given, but for what is less than a tenth of a megabyte beside some. */
const shownBytes = (bytes: number): string => (bytes < MB ? `${bytes} bytes` : `${Number((bytes / MB).toFixed(1))} MB`);

const inMegabytes = (bytes: number): number => Math.ceil(bytes / MB);

/** What there is to do where a run takes more than its limit. @param mostBytes what this process can have in all: with more the system would kill it */
export function remedy(neededBytes: number, mostBytes: number): string {
  const needed = inMegabytes(neededBytes);
  if (needed * MB <= mostBytes) return `give --max-memory ${needed}M`;
  return `there are ${Math.floor(mostBytes / MB)} MB, it needs a machine or a control group with more`;
}

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
async function memoryNeeded(memory: WorkMemory, kernels: readonly Kernel[], crew: Crew): Promise<number> {
  const { plan } = memory;
  const own = OWN_BYTES[crew.pool];
  const work = memory.with(crew);
  const isProcesses = crew.pool === 'processes';
  const shared = sharedBytes(plan, kernels);
  return (
    own.main +
    crew.workers * (own.worker + work.worker + (isProcesses ? shared : 0)) +
    // What crosses between processes is written into a message first, and comes in pieces.
    work.buffers * (isProcesses ? 3 : 1) +
    (isProcesses ? 0 : shared) +
    tableBytes(plan, kernels) +
    indexBytes(plan, crew) +
    (await networkBytes(plan, crew)) +
    (crew.verifies === true ? verificationBytes(plan, crew) : 0) +
    overviewBytes(plan, crew)
  );
}

/** Parts of overviews, where they wait and where they are put together. */
function overviewBytes({ output }: Plan, { workers }: Crew): number {
  const { profile, layout, cog } = output;
  if ((cog?.overviews.length ?? 0) === 0) return 0;
  const tileBytes = layout.tile.width * layout.tile.height * pixelBytesOf(profile);
  const partBytes = tileBytes / 4;
  const waiting = WAITING_ROWS * gridColumns(tileGrid(profile, layout)) * partBytes;
  return OVERVIEWS_BYTES + Math.min(PARTS_BYTES, waiting) + workers * (WORKER_PARTS * partBytes + 2 * tileBytes);
}

/** The statistics of windows that are measured before. */
function tableBytes(plan: Plan, kernels: readonly Kernel[]): number {
  return plan.steps.reduce((sum, step, i) => {
    if (step.statistics !== 'pass' || step.footprint.measures === 'nothing') return sum;
    const numbers = (kernels[i].measure?.statistics ?? 0) * inputOf(plan, i).bands;
    return sum + cellCount(stepGrid(plan, step)) * (WINDOW_BYTES + 2 * numbers * Float64Array.BYTES_PER_ELEMENT);
  }, 0);
}

function indexBytes(plan: Plan, crew: Crew): number {
  const { profile, layout } = plan.output;
  const tiles = cellCount(tileGrid(profile, layout)) * tilesPerCell(plan.output);
  const blocks = imagesOf(plan.input).reduce((sum, image) => {
    const count = cellCount(blockGrid(image.profile, image.layout)) * planeCount(image.layout, image.profile.bands);
    return sum + Math.min(INDEX_BYTES, 2 * Float64Array.BYTES_PER_ELEMENT * count);
  }, 0);
  const readers = readThemselves(crew, plan.input) ? crew.workers : 1;
  return tiles * TILE_BYTES + readers * blocks;
}

async function networkBytes(plan: Plan, { aheadBytes }: Crew): Promise<number> {
  const kinds = new Set(imagesOf(plan.input).map(({ path }) => locationKind(path)));
  const isAhead = imagesOf(plan.input).some(({ path }) => isRemote(path));
  const reading = (kinds.has('http') ? CLIENT_BYTES.http : 0) + (kinds.has('s3') ? CLIENT_BYTES.s3Reader : 0) + (isAhead ? AHEAD_ROOM * aheadBytes : 0);
  if (locationKind(plan.output.path) !== 's3') return reading;
  const { planPartBytes } = await import('../io/s3-target.js');
  const partBytes = planPartBytes(plan.output.boundBytes);
  return reading + CLIENT_BYTES.s3Writer + Math.max(UPLOAD_BYTES, 2 * partBytes) + partBytes;
}
