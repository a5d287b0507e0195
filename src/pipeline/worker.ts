import { codecByName } from '../codecs/load.js';
import { KernelScratches } from '../kernels/scratch.js';
import type { Handler, Reply } from '../pools/stage.js';
import { TileEncoder } from '../tiff/tile-encoder.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { LeftOutError } from './encoded-blocks.js';
import type { OverviewRequest } from './overview-maker.js';
import { isUnread, OwnReader, type UnreadTask } from './own-reader.js';
import type { Plan } from './plan.js';
import type { LoadedTask, ReaderSetup } from './reader.js';
import { allocateShared, openShared, type SharedMemory } from './shared-memory.js';
import { openPatches } from './stack.js';
import { openSteps, StepRunner } from './step-runner.js';
import { type DoneOverview, type DoneTask, isTileByTile, readsTiles, type SurveyQuestion, type TaskInHand, TaskWorker } from './task-worker.js';
import { type CheckedTask, type CheckRequest, TileChecker } from './tile-checker.js';

/** Asks for one task. */
export interface WorkRequest extends Omit<TaskInHand, 'loaded'> {
  readonly type: 'task';
  readonly loaded: LoadedTask | UnreadTask;
}

/** Asks of a step's input what workers count. */
export interface SurveyRequest extends SurveyQuestion {
  readonly type: 'survey';
}

/** One task done. */
export interface WorkedTask extends DoneTask {
  /** The buffer the input came in, for the next one; absent where it was only a copy. */
  readonly input: ArrayBuffer | undefined;
  /** What the worker read for it itself, if it did. */
  readonly read: Pick<LoadedTask, 'bytesRead' | 'seconds'> | undefined;
}

/** A task that cannot be done: it lacks blocks that were left out of it, and are with no worker any more. */
export interface LackingTask {
  readonly lacking: true;
  /** The buffers that came with it. */
  readonly input: ArrayBuffer | undefined;
  readonly buffer: ArrayBuffer | undefined;
}

export interface WorkerSetup {
  readonly plan: Plan;
  /** Which of those that share memory it is, from 0. */
  readonly worker: number;
  /** What workers that share memory keep for each other; undefined: each for itself. */
  readonly shared: SharedMemory | undefined;
  /** Whether buffers move between the stages, so that the input's goes back. */
  readonly returnsInput: boolean;
  /** What it reads itself, and how; undefined: its input comes with each task. */
  readonly reads: ReaderSetup | undefined;
  /** Whether checksums are taken of what is encoded. */
  readonly takesChecksums: boolean;
}

/** Opens a worker: decode, operations, encode. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { plan, worker: seat, shared, returnsInput, reads, takesChecksums } = setup as WorkerSetup;
  const { output } = plan;
  const encoding = (await codecByName(output.layout.codec))!.encoding!;
  const encode = await encoding.openEncoder(output.layout.level ?? 0);
  const kernels = await openSteps(plan);
  const tiles = tileGrid(output.profile, output.layout);
  const caches = openShared(plan, kernels, shared ?? allocateShared(plan, kernels, seat + 1), seat);
  const scratches = new KernelScratches();
  const worker = new TaskWorker(plan, {
    patches: await openPatches(plan.input, caches.blocks, scratches, isTileByTile(plan, tiles) && !readsTiles(plan, tiles) ? tiles : null),
    runners: kernels.map((kernel, i) => new StepRunner(plan, i, kernel)),
    caches,
    scratches,
    encoder: new TileEncoder(output, { encode, bound: encoding.bound }, scratches),
    takesChecksums,
  });
  const checker = new TileChecker();
  const reader = reads && (await OwnReader.open(reads));
  // Where buffers are copied on their way, none comes to encode into: the last one stays.
  let keptForTask: ArrayBuffer | undefined;
  let keptForTile: ArrayBuffer | undefined;
  const work = (request: WorkRequest, loaded: LoadedTask): DoneTask => {
    const done = worker.work({ ...request, loaded, spare: request.spare ?? keptForTask });
    if (!returnsInput) keptForTask = done.buffer;
    return done;
  };
  const workOn = (request: WorkRequest, loaded: LoadedTask): Reply => {
    const { buffer: input } = loaded;
    try {
      const done = work(request, loaded);
      const returned = returnsInput ? input : undefined;
      return { ...workedReply({ ...done, input: returned, read: undefined }), spent: [input] };
    } catch (error) {
      if (!(error instanceof LeftOutError)) throw error;
      const value: LackingTask = { lacking: true, input, buffer: request.spare };
      return { value, transfer: movable([value.input, value.buffer]) };
    }
  };
  const readAndWorkOn = async (request: WorkRequest, task: UnreadTask): Promise<Reply> => {
    const loaded = await reader!.load(task);
    const { bytesRead, seconds } = loaded;
    return workedReply({ ...work(request, loaded), input: undefined, read: { bytesRead, seconds } });
  };
  return {
    handle: (item): Reply | Promise<Reply> => {
      const request = item as WorkRequest | OverviewRequest | SurveyRequest | CheckRequest;
      if (request.type === 'check') return check(checker, request, returnsInput);
      if (request.type === 'overview') {
        const value = worker.makeOverview({ ...request, spare: request.spare ?? keptForTile });
        if (!returnsInput) keptForTile = value.buffer;
        return encodedReply(value, [value.part]);
      }
      if (request.type === 'survey') return { value: worker.survey(request) };
      const { loaded } = request;
      return isUnread(loaded) ? readAndWorkOn(request, loaded) : workOn(request, loaded);
    },
    dispose: async () => {
      scratches.release();
      await reader?.close();
    },
  };
}

async function check(checker: TileChecker, request: CheckRequest, returnsInput: boolean): Promise<Reply> {
  const { buffer } = request.loaded;
  const value: CheckedTask = { ...(await checker.check(request)), input: returnsInput ? buffer : undefined };
  return { value, transfer: movable([value.input]), spent: [buffer] };
}

const workedReply = (value: WorkedTask): Reply => encodedReply(value, [...value.parts, value.input]);

/** What was encoded, in a buffer that may have room to spare. */
function encodedReply(value: WorkedTask | DoneOverview, others: readonly (ArrayBuffer | undefined)[]): Reply {
  const { buffer, length, byteCounts } = value;
  return { value, transfer: [...(buffer.byteLength === 0 ? [] : [new Uint8Array(buffer, 0, length)]), ...movable([byteCounts.buffer as ArrayBuffer, ...others])] };
}

function movable(buffers: readonly (ArrayBuffer | undefined)[]): ArrayBuffer[] {
  return buffers.filter((buffer) => buffer !== undefined && buffer.byteLength > 0) as ArrayBuffer[];
}
