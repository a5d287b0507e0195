import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError, IoError, UsageError } from '../errors.js';
import { checkTarget } from '../io/atomic-file.js';
import { locationKind, namesFolder } from '../io/location.js';
import { lockPath } from '../io/output-lock.js';
import { isSameFile } from '../io/same-file.js';
import type { RunTotals } from '../pipeline/run-tally.js';
import { sidecarPaths } from '../pipeline/sidecars.js';
import { printableJson } from '../report/printable.js';
import type { Report } from '../report/report.js';
import type { RunEnds } from './early-start.js';
import { refuseMangled } from './files.js';
import type { RunFlags } from './options.js';
import { writeReport } from './report-writing.js';
import { standardOutput } from './standard-output.js';

/** A file that a run reads or writes, and what it is to it. */
type RunFile = readonly [path: string, what: string];

/** Reports that cannot be written, or would be written over another file of the run, are better known before the work than after it. */
export function checkReportFiles({ reportFile, html }: RunFlags, ends: RunEnds): void {
  if (reportFile === undefined && html === undefined) return;
  const files = filesOf(ends);
  if (reportFile !== undefined) checkReportFile('--report-file', reportFile, files);
  if (html !== undefined) checkReportFile('--html', html, reportFile === undefined ? files : [...files, [reportFile, 'the report']]);
}

/** The files of a run that a report must not be, also those that a run before has left for it, or that are read beside an input. */
function filesOf({ inputs, output }: RunEnds): readonly RunFile[] {
  const local = (location: string, stream: string): readonly string[] => {
    const kind = locationKind(location);
    return kind === 'file' ? [location] : kind === 'standard' ? [stream] : [];
  };
  const read = inputs.flatMap((input) => local(input, '/dev/stdin')).flatMap((input): readonly RunFile[] => [
    [input, `the input ${input}`],
    ...sidecarPaths(input).map((path): RunFile => [path, `read beside the input ${input}`]),
  ]);
  const written = local(output, '/dev/stdout').map((path): RunFile => [path, 'the output']);
  if (locationKind(output) !== 'file') return [...read, ...written];
  const { path, temporaryPath, journalPath } = checkTarget(output, { overwrite: true, resume: true });
  const beside = sidecarPaths(output).map((path): RunFile => [path, 'read beside the output']);
  return [...read, ...written, ...beside, [temporaryPath, 'the partial output'], [journalPath!, "the output's journal"], [lockPath(path), "the output's lock"]];
}

function checkReportFile(option: string, path: string, files: readonly RunFile[]): void {
  refuseMangled(option, path);
  const other = files.find(([file]) => isSameFile(file, path));
  if (other !== undefined) throw new UsageError(`${option} ${path}: is ${other[1]}, give another path`);
  try {
    if (namesFolder(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new IoError(`${path}: cannot write the report: is a directory (EISDIR)`);
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    throw cause instanceof IoError ? cause : ioError(path, 'cannot write the report', cause);
  }
}

/** Tells a run's report in the ways that are asked for. @throws IoError; the signal's reason, which stops it */
export async function tellReport(report: Report, timeline: RunTotals['timeline'], flags: RunFlags, signal: AbortSignal): Promise<void> {
  if (flags.html !== undefined && timeline !== undefined) await writeReport(flags.html, (await import('../report/page.js')).formatPage(report, timeline), signal);
  if (flags.reportFile !== undefined) await writeReport(flags.reportFile, `${printableJson(report)}\n`, signal);
  if (flags.json) {
    // That nobody reads it does not matter to the output.
    standardOutput.write(`${printableJson(report)}\n`);
  } else if (!flags.quiet && (process.stderr.isTTY || flags.verbose)) {
    const { formatReport } = await import('../report/text.js');
    process.stderr.write(`${formatReport(report)}\n`);
  }
}
