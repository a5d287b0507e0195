import { accessSync, constants, existsSync, realpathSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { ioError, IoError, UsageError } from '../../errors.js';
import type { Access } from '../../io/access.js';
import { STANDARD_STREAM } from '../../io/location.js';
import { abandonAtExit, prepareOutput } from '../../io/output.js';
import type { Operation } from '../../ops/operation.js';
import { windowGrid } from '../../pipeline/pass.js';
import type { Plan } from '../../pipeline/plan.js';
import { planRequest } from '../../pipeline/request.js';
import { isSmall, runPlan, standardQueueSize } from '../../pipeline/run.js';
import { cellCount } from '../../raster/grid.js';
import { makeReport, type Report } from '../../report/report.js';
import { parseCreationOptions } from '../../tiff/creation-options.js';
import { addAccessOptions } from '../access-options.js';
import { createLog, exitCodeOf, type Log } from '../log.js';
import { addOperationOptions, addRunOptions, checkFlags, operationParams, type RunFlags } from '../options.js';
import { type Progress, startProgress } from '../progress.js';
import { abortOnSignals } from '../signals.js';
import { withAccess } from '../spools.js';

/** The command of an operation: `rastq NAME IN OUT`. */
export function operationCommand(operation: Operation): Command {
  const command = new Command(operation.name)
    .description(operation.summary)
    .argument('<in>', 'input GeoTIFF: a path, https:// or s3:// URL, or - for standard input')
    .argument('<out>', 'output GeoTIFF: a path, s3:// URL, or - for standard output');
  addOperationOptions(command, operation);
  addRunOptions(command);
  addAccessOptions(command);
  return command.action(async (input: string, output: string, flags: RunFlags) => {
    checkFlags(flags, output);
    const log = createLog({
      format: flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
      level: flags.quiet ? 'silent' : flags.verbose ? 'debug' : 'warn',
    });
    try {
      await withAccess([input], flags, (access) => runOperation(operation, { input, output, flags, log, access }));
    } catch (error) {
      await log.failure(error);
      process.exitCode = exitCodeOf(error);
    }
  });
}

async function runOperation(
  operation: Operation,
  { input, output, flags, log, access }: { input: string; output: string; flags: RunFlags; log: Log; access: Access },
): Promise<void> {
  const request = {
    input,
    output,
    operation: operation.name,
    params: operationParams(operation, flags as unknown as Record<string, unknown>),
    window: flags.window,
    creation: await parseCreationOptions(flags.co),
    overwrite: flags.overwrite,
    page: flags.page,
    expand: flags.expand,
    access,
  };
  const { plan, warnings, details, snapshots } = await planRequest(request);
  warnings.forEach((warning) => log.warn(warning));
  details.forEach((detail) => log.detail(detail));
  if (flags.dryRun) {
    process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
    return;
  }
  if (flags.reportFile !== undefined) checkReportFile(flags.reportFile, [input, output]);
  const run = { plan, flags, log, access: { ...access, snapshots } };
  if (output !== STANDARD_STREAM) return runInto(output, run);
  const { withStandardOutput } = await import('../standard-output.js');
  await withStandardOutput(flags.spoolDir, (path) => runInto(path, run));
}

/** Runs a plan whose result goes to a file or an object. */
async function runInto(
  output: string,
  { plan, flags, log, access }: { readonly plan: Plan; readonly flags: RunFlags; readonly log: Log; readonly access: Access },
): Promise<void> {
  const signals = abortOnSignals();
  const target = await prepareOutput(output, { overwrite: flags.overwrite, durable: flags.fsync, access, boundBytes: plan.output.boundBytes }).catch((error: unknown) => {
    signals.forget();
    throw error;
  });
  if ('uploadId' in target) log.detail(`${output}: upload ${target.uploadId} in parts of ${target.partBytes / 2 ** 20} MiB`);
  const queue = { mode: flags.queue, size: flags.queueSize ?? standardQueueSize(plan) };
  // A second signal ends the process at once, and this is then the last thing it does.
  const cleanUp = (): void => {
    const left = abandonAtExit(target);
    if (left !== undefined) writeSync(2, `${left}\n`);
  };
  process.on('exit', cleanUp);
  const secondsBefore = performance.now() / 1000;
  let progress: Progress | undefined;
  try {
    await log.release();
    progress = await startProgress(flags.progress ?? (process.stderr.isTTY && !flags.quiet), cellCount(windowGrid(plan)));
    // Where a worker lives makes no difference to what a user sees; a small raster is done before threads have started.
    const place = flags.pool ?? (isSmall(plan) ? 'inline' : 'threads');
    const totals = await runPlan(plan, {
      target,
      workers: place === 'inline' ? 1 : flags.workers,
      pool: place,
      queue,
      access,
      signal: signals.signal,
      onProgress: ({ tasks, of }) => progress?.update(tasks / of),
    });
    progress.stop();
    const { pool = 'threads' } = flags;
    await tellReport(makeReport(plan, { workers: pool === 'inline' ? 1 : flags.workers, pool, queue, secondsBefore }, totals), flags);
  } finally {
    progress?.stop();
    signals.forget();
    process.off('exit', cleanUp);
  }
}

/** A report that cannot be written is better known before the work than after it. */
function checkReportFile(path: string, files: readonly string[]): void {
  if (files.some((file) => realPath(file) === realPath(path))) {
    throw new UsageError(`--report-file ${path}: is the input or the output`);
  }
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new IoError(`${path}: cannot write the report: is a directory (EISDIR)`);
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    throw cause instanceof IoError ? cause : ioError(path, 'cannot write the report', cause);
  }
}

/** The path without links, where there is a file; else as it is, made absolute. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

async function tellReport(report: Report, flags: RunFlags): Promise<void> {
  if (flags.reportFile !== undefined) {
    try {
      writeFileSync(flags.reportFile, `${JSON.stringify(report, null, 2)}\n`);
    } catch (cause) {
      throw ioError(flags.reportFile, 'cannot write the report', cause);
    }
  }
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (!flags.quiet && (process.stderr.isTTY || flags.verbose)) {
    const { formatReport } = await import('../../report/text.js');
    process.stderr.write(`${formatReport(report)}\n`);
  }
}
