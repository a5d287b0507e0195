import type { Access } from '../io/access.js';
import type { LockClaim } from '../io/lock-file.js';
import { isBegunByWriter, type WriterTarget } from '../io/output.js';
import type { Kernel } from '../ops/operation.js';
import type { Lane } from '../pools/lanes.js';
import { type Endurance, Pool } from '../pools/pool.js';
import type { Message } from '../pools/seat.js';
import type { StagePool } from '../pools/stage-pool.js';
import type { PoolKind, Stage, StageUsage } from '../pools/stage.js';
import { startStage } from '../pools/start.js';
import { describeWindow } from '../raster/window.js';
import { SpareBuffers } from './buffers.js';
import { KeptWork } from './kept-work.js';
import { contentOf } from './loaded-blocks.js';
import type { MadeOverview, OverviewRequest } from './overview-maker.js';
import { isUnread, type UnreadTask } from './own-reader.js';
import { PartUses } from './part-uses.js';
import type { Plan } from './plan.js';
import { tasksAWorker } from './queue-size.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { imagesOf } from './region-reader.js';
import type { RunTally } from './run-tally.js';
import { RunWriter } from './run-writer.js';
import { SentBlocks } from './sent-blocks.js';
import { allocateShared, reclaimShared, type SharedMemory } from './shared-memory.js';
import { readerStage, STAGE_MODULES, writerStage, YOUNG_MB } from './stage-modules.js';
import type { DoneOverview } from './task-worker.js';
import type { LackingTask, WorkedTask, WorkerSetup, WorkRequest } from './worker.js';

export interface RunStagesOptions {
  readonly target: WriterTarget;
  readonly access?: Access | undefined;
  readonly spoolFolder?: string | undefined;
  /** The lock without which nothing of the output is changed. */
  readonly claim?: LockClaim | undefined;
  readonly pool: PoolKind;
  readonly workers: number;
  /** Whether workers read their input; else a reader does. */
  readonly workersRead: boolean;
  readonly endurance: Endurance;
  /** Whether checksums are taken of what is encoded. */
  readonly takesChecksums: boolean;
  /** Where stages come from and go back to; by default they are the run's own. */
  readonly stages?: StagePool | undefined;
  readonly onRetry?: ((message: string) => void) | undefined;
}

/** What a worker is told of a task, beside what was read for it. */
export type Errand = Omit<WorkRequest, 'type' | 'loaded' | 'spare'>;

const NO_USAGE: StageUsage = { maxRssBytes: 0 };

/** The stages of a run, a reader where workers do not read themselves, a pool of workers and a writer, and the buffers that go round between them. */
export class RunStages {
  /** What workers keep from task to task. */
  readonly kept: KeptWork;
  readonly writer: RunWriter;
  readonly #plan: Plan;
  readonly #options: RunStagesOptions;
  readonly #tally: RunTally;
  /** How input is read. */
  readonly #reads: ReaderSetup;
  /** Where workers read it, there is a reader for what is read back alone. */
  #reader: Stage | undefined;
  readonly #pool: Pool;
  readonly #spareInputs = new SpareBuffers();
  readonly #spareOutputs = new SpareBuffers();
  readonly #partUses = new PartUses();
  #kernels: readonly Kernel[] = [];
  #shared: SharedMemory | undefined;
  #nextMaker = 0;
  /** Starts them. */
  constructor(plan: Plan, options: RunStagesOptions, tally: RunTally) {
    this.#plan = plan;
    this.#options = options;
    this.#tally = tally;
    const { pool: kind, workers, workersRead, endurance, takesChecksums, stages, access, onRetry } = options;
    this.#reads = { images: imagesOf(plan.input), access };
    const reads = workersRead ? this.#reads : undefined;
    this.kept = new KeptWork(workers, endurance.retries);
    this.#pool = new Pool({
      kind,
      workers,
      module: STAGE_MODULES.worker,
      youngMb: YOUNG_MB,
      setup: (worker, { transfers }) => ({ plan, worker, shared: this.#shared, returnsInput: transfers, reads, takesChecksums }) satisfies WorkerSetup,
      endurance,
      stages,
      onOpen: (stage) => this.kept.welcome(stage),
      onDeath: (worker) => {
        this.kept.lose(worker);
        if (this.#shared !== undefined) reclaimShared(plan, this.#kernels, this.#shared, worker);
      },
      onRetry,
    });
    if (!workersRead) this.#reader = this.#start(...readerStage(kind, plan.input.path));
    this.writer = new RunWriter(this.#start(...writerStage(kind, plan.output.path)), tally, this.#spareOutputs);
  }

  #start(...what: Parameters<typeof startStage>): Stage {
    return this.#options.stages?.take(...what) ?? startStage(...what);
  }

  /**
   * Opens them; a writer that has to begin something is not waited for.
   * @param kernels of the plan's steps
   * @throws what opening a stage throws
   */
  async open(kernels: readonly Kernel[]): Promise<void> {
    const { target, access, spoolFolder, claim, pool } = this.#options;
    this.#kernels = kernels;
    if (pool !== 'processes') this.#shared = allocateShared(this.#plan, kernels, this.#pool.size);
    this.writer.open({ plan: this.#plan, target, access, spoolFolder, claim });
    await Promise.all([
      this.#reader?.open(this.#reads),
      isBegunByWriter(target) ? undefined : this.writer.begun(),
      this.#pool.open(),
    ]);
  }

  /** Lanes to every worker. @param work does an item with a worker, from 0 */
  lanes<In, Out>(work: (worker: number, item: In) => Promise<Out>): Lane<In, Out>[] {
    return this.#pool.lanes(this.#options.pool === 'inline' ? 1 : tasksAWorker(this.#plan), work);
  }

  /** Has every worker answer a question, between two passes. */
  ask(question: unknown): Promise<unknown[]> {
    return this.#pool.ask(question);
  }

  /** Has a task's blocks fetched, unless its worker reads them. */
  async read(request: Omit<ReadRequest, 'spare'>): Promise<LoadedTask | UnreadTask> {
    if (this.#options.workersRead) return { isUnread: true, task: request.task, window: request.window };
    const spare = this.#spareInputs.take();
    const loaded = (await this.#reader!.call({ ...request, spare } satisfies ReadRequest, spare && [spare])) as LoadedTask;
    this.#tally.read(loaded);
    return loaded;
  }

  /** Which blocks of a pass's tasks need not be read, as they come in their order; undefined: all have to be. */
  sentBlocks(): SentBlocks | undefined {
    return this.#shared === undefined ? undefined : SentBlocks.of(this.#plan, this.#pool.size * tasksAWorker(this.#plan));
  }

  /** Has a worker, from 0, do a task that was read; where it died, or lacks what was left out, it is read again. */
  async work(worker: number, loaded: LoadedTask | UnreadTask, errand: Errand): Promise<WorkedTask> {
    const worked = await this.#askWorker(worker, loaded, errand);
    if (!('lacking' in worked)) {
      if (!isUnread(loaded)) this.#spareInputs.give(worked.input ?? loaded.buffer);
      this.#tally.worked(worker, worked.seconds, worked.read);
      return worked;
    }
    if (worked.input !== undefined) this.#spareInputs.give(worked.input);
    if (worked.buffer !== undefined) this.#spareOutputs.give(worked.buffer);
    return this.work(worker, await this.#readAgain(loaded.task, errand), errand);
  }

  /** Reads a task as a whole, outside of their order. */
  async #readAgain(task: number, { footprint }: Errand): Promise<LoadedTask | UnreadTask> {
    return this.read({ task, window: footprint, coming: null });
  }

  async #askWorker(worker: number, loaded: LoadedTask | UnreadTask, errand: Errand): Promise<WorkedTask | LackingTask> {
    const { task } = loaded;
    const { transfers } = this.#pool;
    const message = async (tries: number): Promise<Message> => {
      const input = tries > 0 && transfers ? await this.#readAgain(task, errand) : loaded;
      const room = errand.pass === 'apply' ? this.#spareOutputs.take() : undefined;
      const spare = transfers ? room : undefined;
      const item: WorkRequest = { type: 'task', loaded: input, ...errand, spare };
      return { item, transfer: [...(isUnread(input) ? [] : [contentOf(input)]), ...(spare === undefined ? [] : [spare])], room };
    };
    const name = (): string => `task ${task} (${describeWindow(errand.area)})`;
    return (await this.#pool.call(worker, { name, message })) as WorkedTask | LackingTask;
  }

  /** Has the workers make tiles of overviews, in turn, between their tasks. */
  async makeOverview(request: Omit<OverviewRequest, 'spare'>): Promise<MadeOverview> {
    const message = (): Message => {
      const room = this.#spareOutputs.take();
      const spare = this.#pool.transfers ? room : undefined;
      // The parts are copied: one that is moved to a worker that dies is gone.
      return { item: { ...request, spare } satisfies OverviewRequest, transfer: spare === undefined ? [] : [spare], room };
    };
    const name = (): string => `tile ${request.col}, ${request.row} of overview ${request.level}`;
    const worker = this.#nextMaker++ % this.#pool.size;
    // In this thread the worker has the parts themselves.
    const isCopied = this.#options.pool !== 'inline';
    if (isCopied) this.#partUses.begin(request.parts);
    const made = (await this.#pool.call(worker, { name, message })) as DoneOverview;
    if (isCopied) this.#partUses.end(request.parts);
    this.#tally.worked(worker, made.seconds);
    return made;
  }

  /** What reads a finished file back: the reader, to be opened anew, the workers, and the buffers that the file was written from. */
  verifiers(): { readonly reader: Stage; readonly pool: Pool; readonly spares: SpareBuffers } {
    this.#reader ??= this.#start(...readerStage(this.#options.pool, this.#plan.output.path));
    return { reader: this.#reader, pool: this.#pool, spares: this.#spareOutputs };
  }

  /**
   * Ends them, when the output has its name: what cannot be let go of does it no harm any more. Never throws.
   * @returns the peak resident memory of the pool's processes, summed
   */
  async close(): Promise<number> {
    const stages = [this.#reader, this.writer, this.#pool].filter((stage) => stage !== undefined);
    const usage = await Promise.all(stages.map((stage) => stage.close().catch(() => stage.terminate().then(() => NO_USAGE))));
    return usage.reduce((sum, { maxRssBytes }) => sum + maxRssBytes, 0);
  }

  /** Ends them at once; a writer that is about to begin something not before it can be told what, or does not get to it. */
  async terminate(): Promise<void> {
    const told = isBegunByWriter(this.#options.target) ? this.writer.begunSoon() : Promise.resolve();
    await Promise.all([this.#reader?.terminate(), this.#pool.terminate(), told.then(() => this.writer.terminate())]);
  }
}
