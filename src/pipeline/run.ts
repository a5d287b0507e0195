import { withLeft } from '../errors.js';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import type { AtomicTarget } from '../io/atomic-file.js';
import { locationKind } from '../io/location.js';
import { abandonAtExit, abandonOutput, isResumable, lockTarget, spoolFolder, type Target } from '../io/output.js';
import type { OutputLock } from '../io/output-lock.js';
import { type Endurance, STANDARD_ENDURANCE } from '../pools/pool.js';
import type { StagePool } from '../pools/stage-pool.js';
import type { PoolKind } from '../pools/stage.js';
import type { Kernel } from '../ops/operation.js';
import { type CellRange, cellsOf } from '../raster/grid.js';
import type { FinishedFile } from '../tiff/sink.js';
import { tileGrid } from '../tiff/tile-layout.js';
import type { QueueOptions } from './conveyor.js';
import { measureSteps } from './measuring.js';
import { readThemselves } from './own-reader.js';
import { Passes } from './passes.js';
import type { Plan } from './plan.js';
import { Pyramid } from './pyramid.js';
import { type Done, findDone, forgetTasks, shortenJournal } from './resume.js';
import { RunStages } from './run-stages.js';
import { nothingDone, RunTally, type RunTotals } from './run-tally.js';
import { openSteps } from './step-runner.js';
import { StopSignal } from './stop-signal.js';
import { taskCells } from './task.js';
import { TileChecksums } from './tile-checksums.js';
import { type Verified, verifyOutput } from './verification.js';
import type { WorkedTask } from './worker.js';
import { UnverifiedError } from './written-levels.js';

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
  /** The loops of the plan's steps, where they were opened before. */
  readonly kernels?: readonly Kernel[] | undefined;
  /** How often a task whose worker died is done again, and how long one may take; 2 times and 600 s by default. */
  readonly endurance?: Endurance | undefined;
  /** Whether the finished output is read back and compared with what was encoded; it is not by default. */
  readonly verifies?: boolean | undefined;
  /** Where the run's stages come from and go back to; by default they are its own. */
  readonly stages?: StagePool;
  /** Stops the run; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told what is being written, once it is known what of it has to be ended, or is kept, should the process end before the run. */
  readonly onBegun?: (target: Target) => void;
  /** Told what a curious user may want to know, in words. */
  readonly onDetail?: (message: string) => void;
  /** Told of each task that is done again, in words, and of what a beginning that was done again may have left. */
  readonly onRetry?: (message: string) => void;
  /** Whether what goes on over time is kept, to look at. */
  readonly withTimeline?: boolean;
  /** Called after each task that was written; what it throws fails the run. A promise is waited for. */
  readonly onProgress?: (done: { readonly tasks: number; readonly of: number }) => void;
}

/**
 * Runs a plan: a reader, a pool of workers and a writer, joined by two bounded queues. The first failure stops all of
 * them; then nothing is left, neither a file nor a stage. Where the target can be resumed, what is done stays with its
 * journal, the same call goes on with it, and once the output is complete does nothing.
 * @throws RastqError by cause; UsageError where another run writes the same output; the signal's reason
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunTotals> {
  const { target, access = STANDARD_ACCESS } = options;
  const lock = await lockTarget(target);
  try {
    const done = isResumable(target) ? await findDone(plan, target, { ...options, access }) : { ...NOTHING_DONE, plan, target };
    if (done.outputBytes !== undefined) return nothingDone({ fileBytes: done.outputBytes, resumedTasks: done.tasks });
    const totals = await runLocked(options, { lock, done });
    if (isResumable(target) && lock.isHeld()) await shortenJournal(target, access);
    return totals;
  } finally {
    lock.release();
  }
}

const NOTHING_DONE = { tasks: 0, again: [], checksums: [], outputBytes: undefined } satisfies Partial<Done>;

/** What a run begins with. */
interface Beginning {
  readonly lock: OutputLock;
  readonly done: Done;
}

async function runLocked(options: RunOptions, beginning: Beginning): Promise<RunTotals> {
  const { target, access = STANDARD_ACCESS, signal } = options;
  // Its upload may be begun all the same.
  if (signal?.aborted === true) throw withLeft(signal.reason, await abandonOutput(beginning.done.target, access));
  const run = new Run(options, beginning);
  try {
    return await run.complete();
  } catch (error) {
    const left = await run.abandon();
    if (error instanceof UnverifiedError && error.task !== undefined && isResumable(target) && beginning.lock.isHeld()) await forgetTasks(target, error.task, access);
    throw withLeft(error, left);
  } finally {
    run.forgetSignal();
  }
}

class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #lock: OutputLock;
  readonly #done: Done;
  /** Tasks that runs before have not done, or not for good. */
  readonly #toDo: number;
  readonly #stop: StopSignal;
  readonly #tally: RunTally;
  readonly #stages: RunStages;
  readonly #pyramid: Pyramid | undefined;
  readonly #checksums: TileChecksums | undefined;

  constructor(options: RunOptions, { lock, done }: Beginning) {
    const { plan, target } = done;
    this.#plan = plan;
    this.#toDo = plan.tasks.count - done.tasks + done.again.length;
    this.#options = options;
    this.#lock = lock;
    this.#done = done;
    this.#stop = new StopSignal(options.signal === undefined ? lock.lost : AbortSignal.any([options.signal, lock.lost]));
    const { endurance = STANDARD_ENDURANCE, withTimeline = false, verifies = false } = options;
    const workers = Math.max(1, Math.min(options.workers, verifies ? plan.tasks.count : this.#toDo));
    const workersRead = readThemselves(options, plan.input);
    this.#tally = new RunTally(workers, { withTimeline, workersRead });
    this.#stages = new RunStages(plan, { ...options, target, claim: lock.claim, endurance, workers, workersRead, takesChecksums: verifies }, this.#tally);
    if (verifies) this.#checksums = new TileChecksums(plan.output);
    done.checksums.forEach((sums, task) => sums && this.#checksums?.put(0, this.#cellsOf(task), sums));
    this.#tellUpload(target);
    const { cog } = plan.output;
    if (cog === undefined || cog.overviews.length === 0) return;
    this.#pyramid = new Pyramid(plan.output, {
      folder: options.spoolFolder ?? spoolFolder(options.target),
      mostJobs: workers,
      make: (request) => this.#stages.makeOverview(request),
      write: (tile, made) => {
        if (made.checksums !== undefined) this.#checksums?.put(tile.level, { col: tile.col, row: tile.row, cols: 1, rows: 1 }, made.checksums);
        return this.#stages.writer.writeOverview(tile, made);
      },
    });
  }

  async complete(): Promise<RunTotals> {
    const kernels = this.#options.kernels ?? (await openSteps(this.#plan));
    await this.#stop.race(this.#stages.open(kernels));
    this.#tally.opened();
    await Promise.all([this.#stop.race(this.#noteBegun()), this.#toDo > 0 ? this.#makeTiles(kernels) : undefined]);
    if (this.#pyramid !== undefined) await this.#stop.race(this.#pyramid.finish());
    const file = await this.#stop.race(this.#stages.writer.finish());
    const verified = await this.#verify(file);
    this.#lock.check();
    await this.#stages.writer.publish(verified !== undefined);
    return this.#tally.totals({ fileBytes: file.bytes, childrenMaxRssBytes: await this.#stages.close(), resumedTasks: this.#plan.tasks.count - this.#toDo, verified });
  }

  /** What the writer begins is known when it is open: then there is work under way already. */
  async #noteBegun(): Promise<void> {
    const begun = await this.#stages.writer.begun();
    if (begun === undefined) return;
    this.#options.onBegun?.(begun);
    this.#tellUpload(begun);
  }

  #tellUpload(target: Target): void {
    if (!('uploadId' in target)) return;
    if (target.lost !== undefined) this.#options.onRetry?.(target.lost);
    this.#options.onDetail?.(`${target.path}: upload ${target.uploadId} in parts of ${target.partBytes / 2 ** 20} MiB`);
  }

  /** Reads the file back before it appears, where that is asked for. */
  async #verify(file: FinishedFile): Promise<Verified | undefined> {
    const { access = STANDARD_ACCESS, queue } = this.#options;
    const checksums = this.#checksums;
    if (checksums === undefined) return undefined;
    const { path } = this.#plan.output;
    const name = locationKind(path) === 'standard' ? 'standard output' : path;
    const spools = { ...access.spools, [name]: (this.#done.target as AtomicTarget).temporaryPath };
    return verifyOutput({ plan: this.#plan, name, file, access: { ...access, spools }, checksums, ...this.#stages.verifiers(), queueSize: queue.size, stop: this.#stop });
  }

  /** Measures what has to be measured before, and has all tiles made that are not there. */
  async #makeTiles(kernels: readonly Kernel[]): Promise<void> {
    const plan = this.#plan;
    const stages = this.#stages;
    const passes = new Passes(plan, this.#options.queue, { stages, stop: this.#stop, tally: this.#tally });
    // What is measured is measured anew: it is in no file.
    const tables = await measureSteps(plan, kernels, { stages, passes, stop: this.#stop });
    const cells = tileGrid(plan.output.profile, plan.output.layout);
    let tasks = plan.tasks.count - this.#toDo;
    const take = async (worked: WorkedTask): Promise<void> => {
      if (worked.checksums !== undefined) this.#checksums?.put(0, this.#cellsOf(worked.task), worked.checksums);
      await stages.writer.write(worked);
      this.#tally.timeline?.wrote();
      await this.#addToPyramid(worked);
      // An async one fails the run by its promise, which nobody else would hear.
      const told: unknown = this.#options.onProgress?.({ tasks: ++tasks, of: plan.tasks.count });
      await told;
    };
    await passes.run({ kind: 'apply', steps: plan.steps.length, tasks: { cells, rule: plan.tasks }, tables }, take, { again: this.#done.again, from: this.#done.tasks });
  }

  /** Leaves what the tiles of a task give to the overviews. */
  async #addToPyramid({ task, parts }: WorkedTask): Promise<void> {
    if (this.#pyramid === undefined) return;
    let i = 0;
    for (const cell of cellsOf(this.#cellsOf(task))) await this.#pyramid.add({ level: 0, ...cell }, parts[i++]);
  }

  /** The tiles of a task. */
  #cellsOf(task: number): CellRange {
    const { output, tasks } = this.#plan;
    return taskCells(tileGrid(output.profile, output.layout), tasks, task);
  }

  /** Ends every stage at once and removes what was written. Tells what could not be removed. */
  async abandon(): Promise<string | undefined> {
    const { target } = this.#done;
    const isHeld = this.#lock.isHeld();
    if (isResumable(target) && isHeld) await this.#stages.writer.letNote();
    const ended = this.#stages.terminate().then(() => this.#pyramid?.close());
    const begun = await this.#stages.writer.begunSoon();
    const left = begun === 'unknown' ? abandonAtExit(target) : await abandonOutput(begun ?? target, this.#options.access ?? STANDARD_ACCESS, ended);
    await ended;
    // What is there now is another run's.
    return isHeld ? left : undefined;
  }

  forgetSignal(): void {
    this.#tally.timeline?.stop();
    this.#stop.forget();
  }
}
