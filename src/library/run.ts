import { availableParallelism } from 'node:os';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { locationKind } from '../io/location.js';
import { availableMemory } from '../io/available-memory.js';
import { checkVerifiable, prepareOutput } from '../io/output.js';
import { UsageError } from '../errors.js';
import type { QueueMode } from '../pipeline/conveyor.js';
import { fitMemory } from '../pipeline/memory.js';
import type { Plan } from '../pipeline/plan.js';
import { type Planned, refuseResumedCog } from '../pipeline/request.js';
import { begunAt } from '../pipeline/resume.js';
import { isSmall, standardQueueSize } from '../pipeline/queue-size.js';
import { runPlan } from '../pipeline/run.js';
import { type Endurance, STANDARD_ENDURANCE } from '../pools/pool.js';
import type { PoolKind } from '../pools/stage.js';
import { makeReport, type Report } from '../report/report.js';
import { checkRun } from './options.js';

/** How to run a plan. Nothing in it changes the output's bytes. */
export interface RunSettings {
  /** Whether a file that is there may be replaced; it may not by default. */
  readonly overwrite?: boolean;
  /** Whether the bytes are on the disk before the file appears, not only with the operating system. */
  readonly durable?: boolean;
  /** Whether a run that fails is kept, to go on with by the same call; not with `cog`. Needs a plan that was requested so. */
  readonly resume?: boolean;
  /** Whether the finished file is read back, decoded and compared with what was encoded, before it appears; by default it is not. */
  readonly verify?: boolean;
  /** The most memory to take, bytes; half of what is available by default. */
  readonly maxMemory?: number;
  /** By default as many as there are cores. */
  readonly workers?: number;
  /** What a worker is: threads by default, and for small rasters none at all. */
  readonly pool?: PoolKind;
  /** By default bounded, and of a task for each worker, two at least, as memory allows. */
  readonly queue?: { readonly mode?: QueueMode; readonly size?: number };
  /** How often a task whose worker died is done again, and how long one may take; 2 times and 600 s by default. */
  readonly endurance?: { readonly [Name in keyof Endurance]?: Endurance[Name] | undefined };
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access | undefined;
  /** Stops the run; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each task that was written; what it throws fails the run. A promise is waited for. */
  readonly onProgress?: (done: { readonly tasks: number; readonly of: number }) => void;
}

/**
 * Runs a plan into the output that it names: a reader, workers and a writer. On any failure there is no output.
 * @param planned what `planRequest` gave, or the plan alone
 * @returns what the command line prints with `--json`, which of a small raster names the workers it was asked for
 * @throws RastqError by cause; the signal's reason
 */
export async function run(planned: Planned | Plan, settings: RunSettings = {}): Promise<Report> {
  checkRun(planned, settings);
  const { plan: asked, snapshots } = 'plan' in planned ? planned : { plan: planned, snapshots: [] };
  const { overwrite = false, durable = false, resume = false, verify = false, maxMemory: limitBytes = availableMemory() / 2, workers = availableParallelism(), signal, onProgress } = settings;
  const { path, boundBytes } = asked.output;
  if (locationKind(path) === 'standard') throw new UsageError('standard output: give a path or an s3:// URL');
  if (verify) checkVerifiable(path);
  if (resume) refuseResumedCog(asked.output.cog);
  const { access: given = STANDARD_ACCESS } = settings;
  const { retries = STANDARD_ENDURANCE.retries, timeoutMs = STANDARD_ENDURANCE.timeoutMs } = settings.endurance ?? {};
  const access = { ...given, snapshots: [...given.snapshots, ...snapshots] };
  const { plan: begun, isComplete } = resume ? await begunAt(path, asked, access, signal) : { plan: asked, isComplete: false };
  const pool = settings.pool ?? (isSmall(asked) ? 'inline' : 'threads');
  const queue = { mode: settings.queue?.mode ?? 'bounded', size: settings.queue?.size ?? standardQueueSize(asked, workers) };
  const wish = { workers: pool === 'inline' ? 1 : workers, pool, queue, aheadBytes: access.aheadBytes, verifies: verify };
  const fixed = { fixedQueue: settings.queue?.size !== undefined, fixedTasks: begun !== asked };
  const { plan, crew, bytes: plannedBytes, kernels } = await fitMemory(begun, wish, isComplete ? Infinity : limitBytes, fixed);
  const target = await prepareOutput(path, { overwrite, durable, resume, boundBytes });
  const { aheadBytes, ...facts } = crew;
  const totals = await runPlan(plan, { target, access: { ...access, aheadBytes }, ...facts, kernels, endurance: { retries, timeoutMs }, ...(signal && { signal }), ...(onProgress && { onProgress }) });
  return makeReport(plan, { ...facts, secondsBefore: 0, memory: { limitBytes, plannedBytes } }, totals);
}
