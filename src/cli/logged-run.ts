import { UsageError } from '../errors.js';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { availableMemory } from '../io/available-memory.js';
import { isRemote, locationName, STANDARD_STREAM } from '../io/location.js';
import { abandonAtExit, checkObject, checkVerifiable, prepareOutput } from '../io/output.js';
import { type Fit, fitMemory } from '../pipeline/memory.js';
import type { Plan } from '../pipeline/plan.js';
import { isSmall, standardQueueSize } from '../pipeline/queue-size.js';
import { windowGrid } from '../pipeline/region.js';
import { planRequest, type Request } from '../pipeline/request.js';
import { begunAt } from '../pipeline/resume.js';
import { runPlan } from '../pipeline/run.js';
import type { StagePool } from '../pools/stage-pool.js';
import { cellCount } from '../raster/grid.js';
import { printableJson } from '../report/printable.js';
import { makeReport } from '../report/report.js';
import { parseCreationOptions } from '../tiff/creation-options.js';
import { type RunEnds, startEarly } from './early-start.js';
import { earnWorse } from './exit-code.js';
import { exitCodeOf, type Log, openLog } from './log.js';
import { checkFlags, enduranceOf, type RunFlags } from './options.js';
import { type Progress, startProgress } from './progress.js';
import { checkReportFiles, tellReport } from './run-reports.js';
import { abortOnSignals } from './signals.js';
import { withAccess } from './spools.js';
import { answer, withStandardOutput } from './standard-output.js';

/** What of a request the options say that all commands have. */
export type CommonRequest = Omit<Request, 'input' | 'output' | 'steps' | 'stack'>;

/**
 * Runs one request and says how it went.
 * @param files the locations that it reads and writes
 * @param readRequest tells which; what it throws is said as any failure
 * @param stages whose threads or processes are taken
 */
export async function runLogged(
  ends: RunEnds,
  flags: RunFlags,
  readRequest: (common: CommonRequest) => Promise<Request>,
  stages: StagePool,
): Promise<void> {
  const { inputs, output } = ends;
  checkFlags(flags, output);
  if (flags.resume) checkResumable(inputs, flags);
  const log = openLog(flags);
  try {
    startEarly(stages, ends, flags);
    await withAccess(inputs, flags, async (access) => {
      const common = await commonRequest(flags);
      await runRequest(await readRequest({ ...common, access }), flags, ends, { log, stages, access });
    });
  } catch (error) {
    await log.failure(error);
    earnWorse(exitCodeOf(error));
  }
}

/** Of a copy it cannot be told whether it is of what was read before. @throws UsageError */
function checkResumable(inputs: readonly string[], { spool }: RunFlags): void {
  const copied = inputs.find((input) => input === STANDARD_STREAM || (spool && isRemote(input)));
  if (copied === undefined) return;
  throw new UsageError(`--resume: ${locationName(copied)} is copied first, and a copy does not tell whether it is of the same file: give a path${spool ? ', or leave --spool out' : ''}`);
}

async function commonRequest({ window, co, of, overviewResampling, overwrite, resume, page, expand }: RunFlags): Promise<Omit<CommonRequest, 'access'>> {
  const cog = of === 'COG' ? { resampling: overviewResampling ?? 'average' } : undefined;
  return { window, creation: await parseCreationOptions(co), cog, overwrite, resume, page, expand };
}

interface RunPlace {
  readonly log: Log;
  readonly stages: StagePool;
  readonly access: Access;
}

async function runRequest(request: Request, flags: RunFlags, ends: RunEnds, { log, stages, access }: RunPlace): Promise<void> {
  const { output } = request;
  const { plan, warnings, details, snapshots } = await planRequest(request);
  warnings.forEach((warning) => log.warn(warning));
  details.forEach((detail) => log.detail(detail));
  if (flags.dryRun) {
    await checkObject(output, { overwrite: flags.overwrite, resume: flags.resume, access });
    answer(printableJson(plan, withoutSecrets));
    return;
  }
  checkReportFiles(flags, ends);
  const place = { log, stages, access: { ...access, snapshots } };
  if (output !== STANDARD_STREAM) return runInto(output, plan, flags, place);
  await withStandardOutput(flags.spoolDir, (path) => runInto(path, plan, flags, place));
}

/** Of a path in a plan, as messages have it. */
function withoutSecrets(key: string, value: unknown): unknown {
  return key === 'path' && typeof value === 'string' && isRemote(value) ? locationName(value) : value;
}

/** Runs a plan whose result goes to a file or an object. */
async function runInto(output: string, planned: Plan, flags: RunFlags, { log, stages, access }: RunPlace): Promise<void> {
  if (flags.verify) checkVerifiable(output);
  const limitBytes = flags.maxMemory ?? availableMemory() / 2;
  const { plan, crew, bytes: plannedBytes, kernels } = await fit(output, planned, limitBytes, { flags, access });
  // What was started early is more than there is work or memory for.
  if (crew.pool === 'inline' || crew.workers < flags.workers) await stages.end();
  if (crew.workers < flags.workers && crew.pool !== 'inline') log.detail(`${crew.workers} workers, as there is memory for no more`);
  const signals = abortOnSignals();
  let target = await prepareOutput(output, { overwrite: flags.overwrite, durable: flags.fsync, resume: flags.resume, boundBytes: plan.output.boundBytes }).catch((error: unknown) => {
    signals.forget();
    throw error;
  });
  const { queue } = crew;
  signals.atEnd(() => abandonAtExit(target));
  const secondsBefore = performance.now() / 1000;
  let progress: Progress | undefined;
  try {
    await log.release();
    progress = await startProgress(flags.progress ?? (process.stderr.isTTY && !flags.quiet), cellCount(windowGrid(plan)));
    const totals = await runPlan(plan, {
      target,
      workers: crew.workers,
      pool: crew.pool,
      queue,
      kernels,
      access: { ...access, aheadBytes: crew.aheadBytes },
      spoolFolder: flags.spoolDir,
      stages,
      endurance: enduranceOf(flags),
      verifies: flags.verify,
      signal: signals.signal,
      withTimeline: flags.html !== undefined,
      onBegun: (begun) => (target = begun),
      onDetail: (message) => log.detail(message),
      onRetry: (message) => log.warn(message),
      onProgress: ({ tasks, of }) => progress?.update(tasks / of),
    });
    progress.stop();
    await log.release();
    // Where a worker lives makes no difference to what a user sees.
    const { pool = 'threads' } = flags;
    const workers = pool === crew.pool ? crew.workers : flags.workers;
    const report = makeReport(plan, { workers, pool, queue, secondsBefore, memory: { limitBytes, plannedBytes } }, totals);
    await tellReport(report, totals.timeline, flags, signals.signal);
  } finally {
    progress?.stop();
    signals.forget();
  }
}

/** How the plan is run in the memory that there is. @throws UnsupportedError where it cannot be */
async function fit(output: string, plan: Plan, limitBytes: number, { flags, access }: { readonly flags: RunFlags; readonly access: Access }): Promise<Fit> {
  const { plan: begun, isComplete } = flags.resume ? await begunAt(output, plan, access) : { plan, isComplete: false };
  // A small raster is done before threads have started.
  const pool = flags.pool ?? (isSmall(plan) && flags.taskTimeout === undefined ? 'inline' : 'threads');
  const queue = { mode: flags.queue, size: flags.queueSize ?? standardQueueSize(plan, flags.workers) };
  const wish = { workers: pool === 'inline' ? 1 : flags.workers, pool, queue, aheadBytes: STANDARD_ACCESS.aheadBytes, verifies: flags.verify };
  return fitMemory(begun, wish, isComplete ? Infinity : limitBytes, { fixedQueue: flags.queueSize !== undefined, fixedTasks: begun !== plan });
}
