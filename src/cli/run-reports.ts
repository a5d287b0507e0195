import { accessSync, constants, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ioError, IoError, UsageError } from '../errors.js';
import type { RunTotals } from '../pipeline/run-tally.js';
import { printableJson } from '../report/printable.js';
import type { Report } from '../report/report.js';
import type { RunFlags } from './options.js';
import { standardOutput } from './standard-output.js';

/** Reports that cannot be written are better known before the work than after it. @param files the input and the output */
export function checkReportFiles({ reportFile, html }: RunFlags, files: readonly string[]): void {
  if (reportFile !== undefined) checkReportFile('--report-file', reportFile, files);
  if (html !== undefined) checkReportFile('--html', html, [...files, ...(reportFile === undefined ? [] : [reportFile])]);
}

function checkReportFile(option: string, path: string, files: readonly string[]): void {
  if (files.some((file) => realPath(file) === realPath(path))) {
    throw new UsageError(`${option} ${path}: is the input or the output${files.length > 2 ? ', or the report' : ''}`);
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

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw ioError(path, 'cannot write the report', cause);
  }
}

/** Tells a run's report in the ways that are asked for. */
export async function tellReport(report: Report, timeline: RunTotals['timeline'], flags: RunFlags): Promise<void> {
  if (flags.html !== undefined && timeline !== undefined) writeReport(flags.html, (await import('../report/page.js')).formatPage(report, timeline));
  if (flags.reportFile !== undefined) writeReport(flags.reportFile, `${printableJson(report)}\n`);
  if (flags.json) {
    // That nobody reads it does not matter to the output.
    standardOutput.write(`${printableJson(report)}\n`);
  } else if (!flags.quiet && (process.stderr.isTTY || flags.verbose)) {
    const { formatReport } = await import('../report/text.js');
    process.stderr.write(`${formatReport(report)}\n`);
  }
}
