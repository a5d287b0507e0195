import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { abandonOutput, isResumable, lockTarget, spoolFolder, type Target } from '../io/output.js';
import type { OutputLock } from '../io/output-lock.js';
import { type Endurance, Pool, STANDARD_ENDURANCE } from '../pools/pool.js';
import type { Message } from '../pools/seat.js';
import type { StagePool } from '../pools/stage-pool.js';
import { startStage } from '../pools/start.js';
import { parseReference } from '../ops/user/reference.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import type { Kernel, Percentiles } from '../ops/operation.js';
import { DTYPES } from '../raster/dtype.js';
import { cellsOf, coveringCells, rangeWindow } from '../raster/grid.js';
import { describeWindow, type Window } from '../raster/window.js';
import { blockGrid } from '../tiff/block-layout.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { SpareBuffers } from './buffers.js';
import { ComingWindows } from './coming-windows.js';
import { convey, type QueueOptions } from './conveyor.js';
import { KeptWork } from './kept-work.js';
import type { MadeOverview, OverviewRequest } from './overview-maker.js';
import { measuringTasks, mergedTable, type PassKind, type PassTasks, rasterTable, type StatisticsTable, wholeTable } from './pass.js';
import { type Plan, pixelBytesOf } from './plan.js';
import { type LevelTile, Pyramid } from './pyramid.js';
import { rasterPercentiles } from './raster-percentiles.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { measuresWholeWindows, stepGrid, taskRegions } from './region.js';
import { imagesOf } from './region-reader.js';
import { asBegun, type Done, findDone, shortenJournal } from './resume.js';
import { allocateShared, reclaimShared, type SharedMemory } from './shared-memory.js';
import { countingBy } from './statistics-pass.js';
import { seenBy } from './step.js';
import { inputOf, openSteps } from './step-runner.js';
import { StopSignal } from './stop-signal.js';
import { taskCells } from './task.js';
import { largestTask } from './task-limit.js';
import { type Depths, Timeline, type TimelineRecord } from './timeline.js';
import type { SurveyRequest, WorkedOverview, WorkedTask, WorkerSetup, WorkRequest } from './worker.js';
import type { WriteRequest, Written, WriterSetup } from './writer.js';

/** How to run a plan. Nothing in it changes the output's bytes. */
export interface RunOptions {
  readonly target: Target;
  /** How remote files are reached, and what is known of them; the standard way by default. */
  readonly access?: Access | undefined;
  /** Where temporary files go; beside a local output, else the system's place, by default. */
  readonly spoolFolder?: string | undefined;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: QueueOptions;
  /** How often a task whose worker died is done again, and how long one may take; 2 times and 600 s by default. */
  readonly endurance?: Endurance | undefined;
  /** Where the run's stages come from and go back to; by default they are its own. */
  readonly stages?: StagePool;
  /** Stops the run; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of each task that is done again, in words. */
  readonly onRetry?: (message: string) => void;
  /** Whether what goes on over time is kept, to look at. */
  readonly withTimeline?: boolean;
  /** Called after each task that was written. */
  readonly onProgress?: (done: { readonly tasks: number; readonly of: number }) => void;
}

/** What a run did. Seconds of a stage are summed over its workers. */
export interface RunTotals {
  readonly queue: { readonly inputHighWater: number; readonly outputHighWater: number };
  readonly seconds: {
    /** Until the first task was asked for. */
    readonly startup: number;
    readonly wall: number;
    readonly read: number;
    readonly decode: number;
    readonly operation: number;
    readonly encode: number;
    readonly write: number;
    readonly waiting: { readonly reader: number; readonly workers: number; readonly writer: number };
  };
  readonly bytes: { readonly read: number; readonly written: number };
  /** Peak resident memory of the pool's processes, summed. */
  readonly childrenMaxRssBytes: number;
  /** Tasks that runs before had done, where it is one that can be resumed. */
  readonly resumedTasks: number;
  /** Where it was asked for. */
  readonly timeline?: TimelineRecord;
}

/** Tasks that a worker is given at a time: while it works on one, the next is on its way. */
const TASKS_A_WORKER = 2;
/** The tasks a queue holds at most, and the bytes, where nothing else is asked for. */
const QUEUE_TASKS = 4;
const QUEUE_BYTES = 16 * 1024 * 1024;
const SMALL_BYTES = 4 * 1024 * 1024;
/** What a writer is given to note what it has written, where a run fails that can be resumed. */
const NOTING_MS = 1000;

/**
 * Whether a raster is done before threads have started, so that it is better done without them. Not with operations of
 * the user's: what they do is kept away from this thread.
 */
export function isSmall({ steps, output: { profile } }: Plan): boolean {
  const { width, height, bands, dtype } = profile;
  const isOurs = steps.every(({ operation }) => parseReference(operation) === null);
  return isOurs && width * height * bands * DTYPES[dtype].bytes <= SMALL_BYTES;
}

/** The queue size where none is asked for: enough to even out tasks, little enough to cost no memory. */
export function standardQueueSize(plan: Plan): number {
  const { width, height, bands, dtype } = plan.output.profile;
  const { stored, layout } = plan.input;
  const madeBytes = (width * height * bands * DTYPES[dtype].bytes) / plan.tasks.count;
  // A task is sent whole blocks, those around it too where it has a halo.
  const sent = coveringCells(blockGrid(stored, layout), largestTask(plan)[1]);
  const sentBytes = sent.width * sent.height * pixelBytesOf(stored);
  return Math.max(1, Math.min(QUEUE_TASKS, Math.floor(QUEUE_BYTES / Math.max(madeBytes, sentBytes))));
}

/**
 * Runs a plan: a reader, a pool of workers and a writer, joined by two bounded queues. The first failure stops all of
 * them; then nothing is left, neither a file nor a stage. Where the target can be resumed, what is done stays with its
 * journal, the same call goes on with it, and once the output is complete does nothing.
 * @throws RastqError by cause; UsageError where another run writes the same output; the signal's reason
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunTotals> {
  const { target } = options;
  const lock = await lockTarget(target);
  try {
    const done = isResumable(target) ? findDone(plan, target) : NOTHING_DONE;
    if (done.outputBytes !== undefined) return { ...NO_TOTALS, bytes: { read: 0, written: done.outputBytes }, resumedTasks: done.tasks };
    const totals = await runLocked(isResumable(target) ? asBegun(plan, target) : plan, options, { lock, done });
    if (isResumable(target)) shortenJournal(target);
    return totals;
  } finally {
    lock.release();
  }
}

const NOTHING_DONE: Done = { tasks: 0, outputBytes: undefined };

/** Of a run that found its output complete. */
const NO_TOTALS: RunTotals = {
  queue: { inputHighWater: 0, outputHighWater: 0 },
  seconds: { startup: 0, wall: 0, read: 0, decode: 0, operation: 0, encode: 0, write: 0, waiting: { reader: 0, workers: 0, writer: 0 } },
  bytes: { read: 0, written: 0 },
  childrenMaxRssBytes: 0,
  resumedTasks: 0,
};

/** What a run begins with. */
interface Beginning {
  readonly lock: OutputLock;
  readonly done: Done;
}

async function runLocked(plan: Plan, options: RunOptions, beginning: Beginning): Promise<RunTotals> {
  options.signal?.throwIfAborted();
  const run = new Run(plan, options, beginning);
  try {
    return await run.complete();
  } catch (error) {
    const left = await run.abandon();
    if (left !== undefined && error instanceof Error) error.message += `; ${left}`;
    throw error;
  } finally {
    run.forgetSignal();
  }
}

const workerLane = (worker: number): string => `worker ${worker + 1}`;

/** One way of all tasks through reader and pool. */
interface Pass {
  readonly kind: PassKind;
  /** How many of the plan's steps are run in it. */
  readonly steps: number;
  readonly tasks: PassTasks;
  /** By step: what passes before have measured. */
  readonly tables: readonly (StatisticsTable | undefined)[];
}

/** A task on its way, by its place among those that are conveyed. */
interface Conveyed {
  readonly task: number;
  readonly loaded: LoadedTask;
}

/** The pixels that a task of a pass makes, or measures. */
function areaOf({ cells, rule }: PassTasks, task: number): Window {
  return rangeWindow(cells, taskCells(cells, rule, task));
}

class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #lock: OutputLock;
  readonly #done: Done;
  readonly #started = performance.now();
  readonly #stop: StopSignal;
  readonly #reader: Stage;
  readonly #writer: Stage;
  readonly #pool: Pool;
  readonly #spareInputs = new SpareBuffers();
  readonly #spareOutputs = new SpareBuffers();
  readonly #seconds = { read: 0, decode: 0, operation: 0, encode: 0, write: 0, passes: 0 };
  readonly #highWater = { input: 0, output: 0 };
  #kernels: readonly Kernel[] = [];
  #shared: SharedMemory | undefined;
  readonly #pyramid: Pyramid | undefined;
  readonly #kept: KeptWork;
  #bytesRead = 0;
  #passes = 0;
  #nextMaker = 0;
  readonly #timeline: Timeline | undefined;

  constructor(plan: Plan, options: RunOptions, { lock, done }: Beginning) {
    this.#plan = plan;
    this.#options = options;
    this.#lock = lock;
    this.#done = done;
    this.#stop = new StopSignal(options.signal === undefined ? lock.lost : AbortSignal.any([options.signal, lock.lost]));
    const beside = options.pool === 'inline' ? 'inline' : 'threads';
    const at = (module: string): string => new URL(module, import.meta.url).href;
    const start: typeof startStage = (...what) => options.stages?.take(...what) ?? startStage(...what);
    const endurance = options.endurance ?? STANDARD_ENDURANCE;
    const workers = Math.max(1, Math.min(options.workers, plan.tasks.count - done.tasks));
    this.#kept = new KeptWork(workers, endurance.retries);
    this.#pool = new Pool({
      kind: options.pool,
      workers,
      module: at('./worker.js'),
      setup: (worker, { transfers }) => ({ plan, worker, shared: this.#shared, returnsInput: transfers }) satisfies WorkerSetup,
      endurance,
      stages: options.stages,
      onOpen: (stage) => this.#kept.welcome(stage),
      onDeath: (worker) => {
        this.#kept.lose(worker);
        if (this.#shared !== undefined) reclaimShared(plan, this.#kernels, this.#shared, worker);
      },
      onRetry: options.onRetry,
    });
    if (options.withTimeline === true) this.#timeline = new Timeline(['reader', ...Array.from({ length: this.#pool.size }, (_, i) => workerLane(i)), 'writer']);
    this.#reader = start(beside, 'reader', at('./reader.js'));
    this.#writer = start(beside, 'writer', at('./writer.js'));
    const { cog } = plan.output;
    if (cog === undefined || cog.overviews.length === 0) return;
    const folder = options.spoolFolder ?? spoolFolder(options.target);
    this.#pyramid = new Pyramid(plan.output, {
      folder,
      mostJobs: this.#pool.size,
      make: (request) => this.#makeOverview(request),
      write: (tile, made) => this.#writeOverview(tile, made),
    });
  }

  async complete(): Promise<RunTotals> {
    const plan = this.#plan;
    const kernels = await openSteps(plan);
    this.#kernels = kernels;
    if (this.#options.pool !== 'processes') this.#shared = allocateShared(plan, kernels, this.#pool.size);
    await this.#stop.race(
      Promise.all([
        this.#reader.open({ images: imagesOf(plan.input), access: this.#options.access } satisfies ReaderSetup),
        this.#writer.open({ plan, target: this.#options.target, access: this.#options.access, spoolFolder: this.#options.spoolFolder } satisfies WriterSetup),
        this.#pool.open(),
      ]),
    );
    const startup = this.#elapsed();
    if (this.#done.tasks < plan.tasks.count) await this.#makeTiles(kernels);
    if (this.#pyramid !== undefined) await this.#stop.race(this.#pyramid.finish());
    const { fileBytes, seconds } = await this.#stop.race(this.#askWriter({ type: 'finish' }));
    this.#seconds.write += seconds;
    this.#lock.check();
    await this.#askWriter({ type: 'publish' });
    const usage = await Promise.all([this.#reader, this.#writer, this.#pool].map((stage) => stage.close()));
    return this.#totals(startup, fileBytes, usage.reduce((sum, { maxRssBytes }) => sum + maxRssBytes, 0));
  }

  /** Measures what has to be measured before, and has all tiles made that are not there. */
  async #makeTiles(kernels: readonly Kernel[]): Promise<void> {
    const plan = this.#plan;
    const tables: (StatisticsTable | undefined)[] = [];
    for (const [i, { statistics, footprint }] of plan.steps.entries()) {
      const isMeasured = statistics === 'pass' && footprint.measures !== 'nothing';
      tables.push(isMeasured ? await this.#measure(i, kernels[i], tables) : undefined);
    }
    let { tasks } = this.#done;
    const cells = tileGrid(plan.output.profile, plan.output.layout);
    await this.#pass({ kind: 'apply', steps: plan.steps.length, tasks: { cells, rule: plan.tasks }, tables }, async (worked) => {
      await this.#write(worked);
      this.#timeline?.wrote();
      await this.#addToPyramid(worked);
      this.#options.onProgress?.({ tasks: ++tasks, of: plan.tasks.count });
    });
  }

  /** Ends every stage at once and removes what was written. Tells what could not be removed. */
  async abandon(): Promise<string | undefined> {
    if (isResumable(this.#options.target) && !this.#lock.lost.aborted) await this.#letWriterNote();
    await this.#terminate();
    await this.#pyramid?.close();
    return abandonOutput(this.#options.target, this.#options.access ?? STANDARD_ACCESS);
  }

  forgetSignal(): void {
    this.#timeline?.stop();
    this.#stop.forget();
  }

  /** What was written is worth noting, if it takes no longer than who stops a run waits. */
  async #letWriterNote(): Promise<void> {
    const patience = new AbortController();
    const noted = this.#writer.release().catch(() => undefined);
    await Promise.race([noted, sleep(NOTING_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
  }

  async #terminate(): Promise<void> {
    await Promise.all([this.#reader, this.#writer, this.#pool].map((stage) => stage.terminate()));
  }

  /** The statistics of all windows of a step's input, from a pass of their own. */
  async #measure(index: number, kernel: Kernel, tables: readonly (StatisticsTable | undefined)[]): Promise<StatisticsTable> {
    const step = this.#plan.steps[index];
    const { measures, percentiles } = step.footprint;
    const tasks = measuringTasks(this.#plan, step);
    const pass: Pass = { kind: { measures: index }, steps: index, tasks, tables };
    if (measures === 'raster' && percentiles !== undefined) {
      const counting: Pass = { ...pass, kind: { measures: index, counts: true } };
      return rasterTable(await this.#percentiles(counting, index, percentiles));
    }
    const grid = stepGrid(this.#plan, step);
    const table = measuresWholeWindows(step) ? wholeTable(grid) : mergedTable(grid, kernel.measure!);
    await this.#pass(pass, async (worked) => table.take(areaOf(tasks, worked.task), worked.measured!));
    return table;
  }

  /** Percentiles of a step's whole input, from as many passes as it takes. */
  #percentiles(pass: Pass, step: number, percentiles: Percentiles): Promise<Float64Array> {
    const ask = (question: unknown): Promise<unknown[]> => this.#stop.race(this.#pool.ask(question));
    const count = countingBy(
      (questions, consume) => {
        const take = async ({ measured: [moments] = [] }: WorkedTask): Promise<void> => consume(moments);
        const go = (again: readonly number[] | undefined): Promise<void> => this.#pass(pass, again === undefined ? take : async () => undefined, again);
        return this.#kept.pass(questions, { ask, go });
      },
      (question) => ({ type: 'survey', question, step }) satisfies SurveyRequest,
    );
    return rasterPercentiles(count, seenBy(inputOf(this.#plan, step)), percentiles);
  }

  /**
   * Runs the tasks of a pass through reader and pool and hands the results to `consume` in their order.
   * @param again those to do, which were done before; undefined: all
   */
  async #pass(pass: Pass, consume: (worked: WorkedTask) => Promise<void>, again?: readonly number[]): Promise<void> {
    const started = this.#elapsed();
    this.#passes++;
    const lanesEach = this.#options.pool === 'inline' ? 1 : TASKS_A_WORKER;
    const lanes = this.#pool.lanes(lanesEach, async (worker, { task: place, loaded }: Conveyed) => {
      const worked = await this.#work(worker, loaded, pass);
      this.#kept.keep(worker, worked.task);
      return { task: place, worked };
    });
    // What is measured is measured anew: it is in no file.
    const first = pass.kind === 'apply' ? this.#done.tasks : 0;
    const count = again?.length ?? pass.tasks.rule.count - first;
    const taskAt = (place: number): number => again?.[place] ?? first + place;
    const windowAt = (place: number): Window => this.#regionsOf(taskAt(place), pass)[0];
    const coming = new ComingWindows(imagesOf(this.#plan.input), count, windowAt);
    const read = async (place: number): Promise<Conveyed> => {
      const loaded = await this.#read(taskAt(place), { number: place, window: windowAt(place), coming: coming.next(place) });
      return { task: place, loaded };
    };
    const watch = this.#timeline && ((depths: () => Depths) => this.#timeline!.watch(depths));
    const conveyed = { count, read, lanes, consume: ({ worked }: { readonly worked: WorkedTask }) => consume(worked), watch };
    const highWater = await convey(conveyed, this.#options.queue, this.#stop.promise);
    this.#highWater.input = Math.max(this.#highWater.input, highWater.input);
    this.#highWater.output = Math.max(this.#highWater.output, highWater.output);
    this.#seconds.passes += this.#elapsed() - started;
  }

  /** Has a task read, whose number in its pass, from 0, is the reader's. */
  async #read(task: number, { number, window, coming }: { readonly number: number; readonly window: Window; readonly coming: ReadRequest['coming'] }): Promise<LoadedTask> {
    const spare = this.#spareInputs.take();
    const loaded = (await this.#reader.call({ task: number, window, coming, spare } satisfies ReadRequest, spare && [spare])) as LoadedTask;
    this.#seconds.read += loaded.seconds;
    this.#timeline?.worked('reader', loaded.seconds);
    this.#bytesRead += loaded.bytesRead;
    return { ...loaded, task };
  }

  async #work(worker: number, loaded: LoadedTask, pass: Pass): Promise<WorkedTask> {
    const { task } = loaded;
    const regions = this.#regionsOf(task, pass);
    const area = regions.at(-1)!;
    const statistics = pass.tables.map((table, step) => table?.select(regions[step + 1]));
    const { transfers } = this.#pool;
    const message = async (tries: number): Promise<Message> => {
      const input = tries > 0 && transfers ? await this.#read(task, { number: task, window: regions[0], coming: null }) : loaded;
      const spare = transfers ? this.#spareOutputs.take() : undefined;
      const item: WorkRequest = { type: 'task', loaded: input, footprint: regions[0], area, pass: pass.kind, number: this.#passes, statistics, spare };
      return { item, transfer: [input.buffer, spare].filter((buffer) => buffer !== undefined) };
    };
    const name = (): string => `task ${task} (${describeWindow(area)})`;
    const worked = (await this.#pool.call(worker, { name, message })) as WorkedTask;
    this.#spareInputs.give(worked.input ?? loaded.buffer);
    this.#count(worker, worked);
    return worked;
  }

  #count(worker: number, { seconds }: Pick<WorkedTask, 'seconds'>): void {
    this.#timeline?.worked(workerLane(worker), seconds.decode + seconds.operation + seconds.encode);
    this.#seconds.decode += seconds.decode;
    this.#seconds.operation += seconds.operation;
    this.#seconds.encode += seconds.encode;
  }

  /** Leaves what the tiles of a task give to the overviews. */
  async #addToPyramid({ task, parts }: WorkedTask): Promise<void> {
    const { output, tasks } = this.#plan;
    if (this.#pyramid === undefined) return;
    let i = 0;
    for (const cell of cellsOf(taskCells(tileGrid(output.profile, output.layout), tasks, task))) await this.#pyramid.add({ level: 0, ...cell }, parts[i++]);
  }

  /** Has the workers make tiles of overviews, in turn, between their tasks. */
  async #makeOverview(request: Omit<OverviewRequest, 'spare'>): Promise<WorkedOverview> {
    const message = (): Message => {
      const spare = this.#pool.transfers ? this.#spareOutputs.take() : undefined;
      // The parts are copied: one that is moved to a worker that dies is gone.
      return { item: { ...request, spare } satisfies OverviewRequest, transfer: spare === undefined ? [] : [spare] };
    };
    const name = (): string => `tile ${request.col}, ${request.row} of overview ${request.level}`;
    const worker = this.#nextMaker++ % this.#pool.size;
    const made = (await this.#pool.call(worker, { name, message })) as WorkedOverview;
    this.#count(worker, made);
    return made;
  }

  async #writeOverview(tile: LevelTile, { buffer, length, byteCounts }: MadeOverview): Promise<void> {
    this.#took(await this.#askWriter({ type: 'overview', tile, buffer, length, byteCounts }, [buffer]));
  }

  /** The windows of each step's result that a task of a pass needs, the input's first. */
  #regionsOf(task: number, { steps, tasks }: Pass): Window[] {
    return taskRegions(this.#plan, steps, areaOf(tasks, task));
  }

  async #write({ task, buffer, length, byteCounts }: WorkedTask): Promise<void> {
    this.#took(await this.#askWriter({ type: 'write', task, buffer, length, byteCounts }, [buffer]));
  }

  #took({ seconds, buffer }: Written): void {
    this.#seconds.write += seconds;
    this.#timeline?.worked('writer', seconds);
    // Buffers that workers cannot be sent are of no use for the next task.
    if (this.#pool.transfers) this.#spareOutputs.give(buffer);
  }

  async #askWriter(request: WriteRequest, transfer: ArrayBuffer[] = []): Promise<Written> {
    return (await this.#writer.call(request, transfer)) as Written;
  }

  #elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #totals(startup: number, fileBytes: number, childrenMaxRssBytes: number): RunTotals {
    const { read, decode, operation, encode, write, passes } = this.#seconds;
    const idle = (all: number, busy: number): number => Math.max(0, all - busy);
    return {
      queue: { inputHighWater: this.#highWater.input, outputHighWater: this.#highWater.output },
      seconds: {
        startup,
        wall: this.#elapsed(),
        read,
        decode,
        operation,
        encode,
        write,
        waiting: {
          reader: idle(passes, read),
          workers: idle(passes * this.#pool.size, decode + operation + encode),
          writer: idle(passes, write),
        },
      },
      bytes: { read: this.#bytesRead, written: fileBytes },
      childrenMaxRssBytes,
      resumedTasks: this.#done.tasks,
      ...(this.#timeline && { timeline: this.#timeline.finish() }),
    };
  }
}
