import { availableParallelism } from 'node:os';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { locationKind } from '../io/location.js';
import { prepareOutput } from '../io/output.js';
import { UsageError } from '../errors.js';
import type { QueueMode } from '../pipeline/conveyor.js';
import type { Plan } from '../pipeline/plan.js';
import type { Planned } from '../pipeline/request.js';
import { isSmall, runPlan, standardQueueSize } from '../pipeline/run.js';
import type { Endurance } from '../pools/pool.js';
import type { PoolKind } from '../pools/stage.js';
import { makeReport, type Report } from '../report/report.js';

/** How to run a plan. Nothing in it changes the output's bytes. */
export interface RunSettings {
  /** Whether a file that is there may be replaced; it may not by default. */
  readonly overwrite?: boolean;
  /** Whether the bytes are on the disk before the file appears, not only with the operating system. */
  readonly durable?: boolean;
  /** By default as many as there are cores. */
  readonly workers?: number;
  /** What a worker is: threads by default, and for small rasters none at all. */
  readonly pool?: PoolKind;
  /** By default bounded, and of up to four tasks, as memory allows. */
  readonly queue?: { readonly mode?: QueueMode; readonly size?: number };
  /** How often a task whose worker died is done again, and how long one may take; 2 times and 600 s by default. */
  readonly endurance?: Endurance;
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access | undefined;
  /** Stops the run; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each task that was written. */
  readonly onProgress?: (done: { readonly tasks: number; readonly of: number }) => void;
}

/**
 * Runs a plan into the output that it names: a reader, workers and a writer. On any failure there is no output.
 * @param planned what `planRequest` gave, or the plan alone
 * @returns what the command line prints with `--json`
 * @throws RastqError by cause; the signal's reason
 */
export async function run(planned: Planned | Plan, settings: RunSettings = {}): Promise<Report> {
  const { plan, snapshots } = 'plan' in planned ? planned : { plan: planned, snapshots: [] };
  const { overwrite = false, durable = false, workers = availableParallelism(), signal, onProgress } = settings;
  const { path, boundBytes } = plan.output;
  if (locationKind(path) === 'standard') throw new UsageError('standard output: give a path or an s3:// URL');
  if (!Number.isInteger(workers) || workers < 1) throw new UsageError(`${workers} workers: wanted a whole number from 1`);
  const { access: given = STANDARD_ACCESS } = settings;
  const access = { ...given, snapshots: [...given.snapshots, ...snapshots] };
  const pool = settings.pool ?? (isSmall(plan) ? 'inline' : 'threads');
  const queue = { mode: settings.queue?.mode ?? 'bounded', size: settings.queue?.size ?? standardQueueSize(plan) };
  const target = await prepareOutput(path, { overwrite, durable, access, boundBytes });
  const facts = { workers: pool === 'inline' ? 1 : workers, pool, queue };
  const totals = await runPlan(plan, { target, access, ...facts, endurance: settings.endurance, ...(signal && { signal }), ...(onProgress && { onProgress }) });
  return makeReport(plan, { ...facts, secondsBefore: 0 }, totals);
}
