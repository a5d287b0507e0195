import { accessSync, constants, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { ioError, IoError, UsageError } from '../../errors.js';
import { prepareTarget, removeTemporary } from '../../io/atomic-file.js';
import type { Operation } from '../../ops/operation.js';
import { windowGrid } from '../../pipeline/region.js';
import { planRequest, type Request } from '../../pipeline/request.js';
import { runPlan, standardQueueSize } from '../../pipeline/run.js';
import { cellCount } from '../../raster/grid.js';
import { makeReport, type Report } from '../../report/report.js';
import { parseCreationOptions } from '../../tiff/creation-options.js';
import { createLog, exitCodeOf, type Log } from '../log.js';
import { addOperationOptions, addRunOptions, checkFlags, operationParams, type RunFlags } from '../options.js';
import { startProgress } from '../progress.js';
import { abortOnSignals } from '../signals.js';

/** The command of an operation: `rastq NAME IN OUT`. */
export function operationCommand(operation: Operation): Command {
  const command = new Command(operation.name)
    .description(operation.summary)
    .argument('<in>', 'input GeoTIFF')
    .argument('<out>', 'output GeoTIFF');
  addOperationOptions(command, operation);
  addRunOptions(command);
  return command.action(async (input: string, output: string, flags: RunFlags) => {
    const params = operationParams(operation, flags as unknown as Record<string, unknown>);
    await runLogged(() => Promise.resolve([{ operation: operation.name, params }]), { input, output, flags });
  });
}

/**
 * Runs operations on a file and says how it went.
 * @param readSteps tells which operations; what it throws is said as any failure
 */
export async function runLogged(
  readSteps: () => Promise<Request['steps']>,
  { input, output, flags }: { readonly input: string; readonly output: string; readonly flags: RunFlags },
): Promise<void> {
  checkFlags(flags);
  const log = createLog({
    format: flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    level: flags.quiet ? 'silent' : flags.verbose ? 'debug' : 'warn',
  });
  try {
    await runSteps(await readSteps(), { input, output, flags, log });
  } catch (error) {
    await log.failure(error);
    process.exitCode = exitCodeOf(error);
  }
}

async function runSteps(
  steps: Request['steps'],
  { input, output, flags, log }: { input: string; output: string; flags: RunFlags; log: Log },
): Promise<void> {
  const request = {
    input,
    output,
    steps,
    window: flags.window,
    creation: await parseCreationOptions(flags.co),
    overwrite: flags.overwrite,
    page: flags.page,
    expand: flags.expand,
  };
  const { plan, warnings, details } = await planRequest(request);
  warnings.forEach((warning) => log.warn(warning));
  details.forEach((detail) => log.detail(detail));
  if (flags.dryRun) {
    process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
    return;
  }
  if (flags.reportFile !== undefined) checkReportFile(flags.reportFile, [input, output]);
  const target = prepareTarget(output, { overwrite: flags.overwrite });
  await log.release();
  const queue = { mode: flags.queue, size: flags.queueSize ?? standardQueueSize(plan) };
  const isTerminal = process.stderr.isTTY;
  const progress = await startProgress(flags.progress ?? (isTerminal && !flags.quiet), cellCount(windowGrid(plan)));
  const signals = abortOnSignals();
  // A second signal ends the process at once, and this is then the last thing it does.
  const cleanUp = (): void => removeTemporary(target);
  process.on('exit', cleanUp);
  const secondsBefore = performance.now() / 1000;
  try {
    const totals = await runPlan(plan, {
      target,
      workers: flags.pool === 'inline' ? 1 : flags.workers,
      pool: flags.pool,
      queue,
      signal: signals.signal,
      onProgress: ({ tasks, of }) => progress.update(tasks / of),
    });
    progress.stop();
    const workers = flags.pool === 'inline' ? 1 : flags.workers;
    await tellReport(makeReport(plan, { workers, pool: flags.pool, queue, secondsBefore }, totals), flags);
  } finally {
    progress.stop();
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
