import { WorkerDeathError, WorkerError } from '../errors.js';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { abandonOutput, type Target } from '../io/output.js';
import { startStage } from '../pools/start.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import { loadOperation } from '../ops/load.js';
import type { Kernel } from '../ops/operation.js';
import { DTYPES } from '../raster/dtype.js';
import { rangeWindow } from '../raster/grid.js';
import { describeWindow, type Window } from '../raster/window.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { SpareBuffers } from './buffers.js';
import { convey, type QueueOptions } from './conveyor.js';
import { measuredGrid, type PassKind, StatisticsTable, windowGrid } from './pass.js';
import type { Plan } from './plan.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { imagesOf } from './region-reader.js';
import { StopSignal } from './stop-signal.js';
import { taskCells } from './task.js';
import type { WorkedTask, WorkerSetup, WorkRequest } from './worker.js';
import type { WriteRequest, Written, WriterSetup } from './writer.js';

/** How to run a plan. Nothing in it changes the output's bytes. */
export interface RunOptions {
  readonly target: Target;
  /** How remote files are reached, and what is known of them; the standard way by default. */
  readonly access?: Access | undefined;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: QueueOptions;
  /** Stops the run; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
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
}

/** Tasks that a worker is given at a time: while it works on one, the next is on its way. */
const TASKS_A_WORKER = 2;
/** The tasks a queue holds at most, and the bytes, where nothing else is asked for. */
const QUEUE_TASKS = 4;
const QUEUE_BYTES = 16 * 1024 * 1024;
const SMALL_BYTES = 4 * 1024 * 1024;

/** Whether a raster is done before threads have started, so that it is better done without them. */
export function isSmall({ output: { profile } }: Plan): boolean {
  const { width, height, bands, dtype } = profile;
  return width * height * bands * DTYPES[dtype].bytes <= SMALL_BYTES;
}

/** The queue size where none is asked for: enough to even out tasks, little enough to cost no memory. */
export function standardQueueSize(plan: Plan): number {
  const { width, height, bands, dtype } = plan.output.profile;
  const taskBytes = (width * height * bands * DTYPES[dtype].bytes) / plan.tasks.count;
  return Math.max(1, Math.min(QUEUE_TASKS, Math.floor(QUEUE_BYTES / taskBytes)));
}

/**
 * Runs a plan: a reader, a pool of workers and a writer, joined by two bounded queues. The first failure stops all of
 * them; then nothing is left, neither a file nor a stage.
 * @throws RastqError by cause; the signal's reason
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunTotals> {
  const run = new Run(plan, options);
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

class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #started = performance.now();
  readonly #stop: StopSignal;
  readonly #reader: Stage;
  readonly #writer: Stage;
  readonly #workers: readonly Stage[];
  readonly #spareInputs = new SpareBuffers();
  readonly #spareOutputs = new SpareBuffers();
  readonly #seconds = { read: 0, decode: 0, operation: 0, encode: 0, write: 0, passes: 0 };
  readonly #highWater = { input: 0, output: 0 };
  #bytesRead = 0;

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#stop = new StopSignal(options.signal);
    const beside = options.pool === 'inline' ? 'inline' : 'threads';
    const at = (module: string): string => new URL(module, import.meta.url).href;
    const useful = Math.min(options.workers, plan.tasks.count);
    this.#workers = Array.from({ length: useful }, (_, i) =>
      startStage(options.pool, `worker ${i + 1}`, at('./worker.js')),
    );
    this.#reader = startStage(beside, 'reader', at('./reader.js'));
    this.#writer = startStage(beside, 'writer', at('./writer.js'));
  }

  async complete(): Promise<RunTotals> {
    const plan = this.#plan;
    await this.#stop.race(
      Promise.all([
        this.#reader.open({
          images: imagesOf(plan.input),
          tiles: tileGrid(plan.output.profile, plan.output.layout),
          tasks: plan.tasks,
          measured: measuredGrid(plan, 'apply'),
          access: this.#options.access,
        } satisfies ReaderSetup),
        this.#writer.open({ plan, target: this.#options.target, access: this.#options.access } satisfies WriterSetup),
        ...this.#workers.map((worker) => worker.open({ plan, returnsInput: worker.transfers } satisfies WorkerSetup)),
      ]),
    );
    const startup = this.#elapsed();
    const table = plan.statistics === 'pass' ? await this.#measure() : undefined;
    let tasks = 0;
    await this.#pass('apply', table, async (worked) => {
      await this.#write(worked);
      this.#options.onProgress?.({ tasks: ++tasks, of: plan.tasks.count });
    });
    const { fileBytes, seconds } = await this.#stop.race(this.#askWriter({ type: 'finish' }));
    this.#seconds.write += seconds;
    await this.#askWriter({ type: 'publish' });
    const usage = await Promise.all([this.#reader, this.#writer, ...this.#workers].map((stage) => stage.close()));
    return this.#totals(startup, fileBytes, usage.reduce((sum, { maxRssBytes }) => sum + maxRssBytes, 0));
  }

  /** Ends every stage at once and removes what was written. Tells what could not be removed. */
  async abandon(): Promise<string | undefined> {
    await this.#terminate();
    return abandonOutput(this.#options.target, this.#options.access ?? STANDARD_ACCESS);
  }

  forgetSignal(): void {
    this.#stop.forget();
  }

  async #terminate(): Promise<void> {
    await Promise.all([this.#reader, this.#writer, ...this.#workers].map((stage) => stage.terminate()));
  }

  /** The statistics of all windows, from a pass of their own. */
  async #measure(): Promise<StatisticsTable> {
    const [step] = this.#plan.steps;
    const { input, output } = this.#plan;
    const kernel: Kernel = (await loadOperation(step.operation)).open(input.profile, output.profile, step.params);
    const table = new StatisticsTable(windowGrid(this.#plan), kernel.statistics * input.profile.bands, kernel.clear);
    await this.#pass('measure', undefined, (worked) => {
      table.merge(this.#areaOf(worked.task), worked.statistics!, kernel.merge);
      return Promise.resolve();
    });
    return table;
  }

  /** Runs every task through reader and pool and hands the results to `consume` in their order. */
  async #pass(
    kind: PassKind,
    table: StatisticsTable | undefined,
    consume: (worked: WorkedTask) => Promise<void>,
  ): Promise<void> {
    const started = this.#elapsed();
    const lanesEach = this.#options.pool === 'inline' ? 1 : TASKS_A_WORKER;
    const lanes = this.#workers.flatMap((worker) =>
      Array.from({ length: lanesEach }, () => (loaded: LoadedTask) => this.#work(worker, loaded, kind, table)),
    );
    const { count } = this.#plan.tasks;
    const read = (task: number): Promise<LoadedTask> => this.#read(task, kind);
    const highWater = await convey({ count, read, lanes, consume }, this.#options.queue, this.#stop.promise);
    this.#highWater.input = Math.max(this.#highWater.input, highWater.input);
    this.#highWater.output = Math.max(this.#highWater.output, highWater.output);
    this.#seconds.passes += this.#elapsed() - started;
  }

  async #read(task: number, pass: PassKind): Promise<LoadedTask> {
    const spare = this.#spareInputs.take();
    const request: ReadRequest = { task, pass, spare };
    const loaded = (await this.#reader.call(request, spare && [spare])) as LoadedTask;
    this.#seconds.read += loaded.seconds;
    this.#bytesRead += loaded.bytesRead;
    return loaded;
  }

  async #work(worker: Stage, loaded: LoadedTask, pass: PassKind, table?: StatisticsTable): Promise<WorkedTask> {
    const spare = worker.transfers ? this.#spareOutputs.take() : undefined;
    const statistics = table?.select(this.#areaOf(loaded.task));
    const request: WorkRequest = { loaded, pass, statistics, spare };
    const moved = [loaded.buffer, spare].filter((buffer) => buffer !== undefined);
    const worked = (await worker.call(request, moved).catch((cause: unknown) => {
      if (!(cause instanceof WorkerDeathError)) throw cause;
      const where = describeWindow(this.#areaOf(loaded.task));
      throw new WorkerError(`${cause.message}, with task ${loaded.task} (${where}) before it`, { cause });
    })) as WorkedTask;
    this.#spareInputs.give(worked.input ?? loaded.buffer);
    this.#seconds.decode += worked.seconds.decode;
    this.#seconds.operation += worked.seconds.operation;
    this.#seconds.encode += worked.seconds.encode;
    return worked;
  }

  async #write({ task, buffer, length, byteCounts }: WorkedTask): Promise<void> {
    const written = await this.#askWriter({ type: 'write', task, buffer, length, byteCounts }, [buffer]);
    this.#seconds.write += written.seconds;
    // Buffers that workers cannot be sent are of no use for the next task.
    if (this.#workers[0].transfers) this.#spareOutputs.give(written.buffer);
  }

  async #askWriter(request: WriteRequest, transfer: ArrayBuffer[] = []): Promise<Written> {
    return (await this.#writer.call(request, transfer)) as Written;
  }

  #areaOf(task: number): Window {
    const { profile, layout } = this.#plan.output;
    const tiles = tileGrid(profile, layout);
    return rangeWindow(tiles, taskCells(tiles, this.#plan.tasks, task));
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
          workers: idle(passes * this.#workers.length, decode + operation + encode),
          writer: idle(passes, write),
        },
      },
      bytes: { read: this.#bytesRead, written: fileBytes },
      childrenMaxRssBytes,
    };
  }
}
