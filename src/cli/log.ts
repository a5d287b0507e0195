import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { Logger } from 'pino';
import { EXIT_CODES, fromErrorRecord, isError, isRastqError, type RastqError, SignalError, systemCode, textOf, toErrorRecord } from '../errors.js';
import { printable, printableLines } from '../report/printable.js';

type LogFormat = 'pretty' | 'json';

interface LogOptions {
  readonly format: LogFormat;
  readonly level: 'debug' | 'warn' | 'silent';
}

/** What of a command's flags the log goes by. */
export interface LogFlags {
  readonly logFormat?: LogFormat;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface Log {
  /** What the user should know though the run goes on. Kept until `release`: a refused run says one thing only. */
  warn(message: string): void;
  /** Said with `-v` only, at `release`. */
  detail(message: string): void;
  /** Says what was kept. */
  release(): Promise<void>;
  /** Says why a run failed: one line, the stack with `-v`. What was kept is dropped. */
  failure(error: unknown): Promise<void>;
}

/** Logs on stderr. Pino is loaded when there is something to say: most runs say nothing. */
function createLog({ format, level }: LogOptions): Log {
  const kept: { readonly level: 'warn' | 'debug'; readonly message: string }[] = [];
  return {
    warn: (message) => {
      if (level !== 'silent') kept.push({ level: 'warn', message: printable(message) });
    },
    detail: (message) => {
      if (level === 'debug') kept.push({ level: 'debug', message: printable(message) });
    },
    release: async () => {
      if (kept.length === 0) return;
      const logger = await createLogger({ format, level });
      for (const { level: at, message } of kept.splice(0)) logger[at](message);
    },
    failure: async (error) => {
      const logger = await createLogger({ format, level: level === 'silent' ? 'warn' : level }).catch(() => undefined);
      const exitCode = exitCodeOf(error);
      // Where there are no descriptors left to load it with, the failure counts more than its form.
      if (logger === undefined) return void process.stderr.write(`rastq: ${failureLine(error)}\n`);
      logger.error(level === 'debug' ? { err: error, exitCode } : { exitCode }, failureLine(error));
    },
  };
}

/** The log that the flags ask for: in words on a terminal, else a line of JSON each. */
export function openLog({ logFormat, quiet, verbose }: LogFlags): Log {
  return createLog({
    format: logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    level: quiet ? 'silent' : verbose ? 'debug' : 'warn',
  });
}

async function createLogger({ format, level }: LogOptions): Promise<Logger> {
  const { pino, stdSerializers } = await import('pino');
  // What files are called, and what they say, is in an error's message, and so in its stack. Of its causes, some are others'
  // own, which may not be read without care.
  const shown = (error: Error): object => {
    const record = toErrorRecord(error);
    const { message, stack } = stdSerializers.err(fromErrorRecord(record));
    return { type: record.kind, message: printable(message), stack: printableLines(stack) };
  };
  const options = { level, base: null, formatters: { level: (label: string) => ({ level: label }) }, serializers: { err: shown } };
  if (format === 'json') return pino(options, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
    ignore: 'time,exitCode',
    singleLine: true,
    errorLikeObjectKeys: ['err'],
  });
  return pino(options, stream);
}

/** What the system may have no more of when anything at all is done, by the codes of its errors. */
const LIMITS = new Map([
  ['EMFILE', 'file descriptors for a process'],
  ['ENFILE', 'file descriptors'],
  ['ENOMEM', 'memory'],
  ['EAGAIN', 'resources at the moment'],
]);

/** What the system had no more of; undefined where that is not why. */
const lackedBy = (error: unknown): string | undefined => LIMITS.get(isUnopened(error) ? 'EMFILE' : (systemCode(error) ?? ''));

/** Whether a package is said not to be there whose folder is: Node says so too where it has no descriptor left to look into it. */
function isUnopened(error: unknown): boolean {
  const path = /^Cannot find package '([^']+)'/.exec(textOf(error))?.[1];
  return systemCode(error) === 'ERR_MODULE_NOT_FOUND' && path !== undefined && isAbsolute(path) && existsSync(dirname(path));
}

const isOwn = (error: unknown): error is RastqError | SignalError => isRastqError(error) || (isError(error) && error instanceof SignalError);

/** The exit code that a failure ends in; 1 for what rastq did not foresee. */
export function exitCodeOf(error: unknown): number {
  if (isOwn(error)) return error.exitCode;
  return lackedBy(error) === undefined ? 1 : EXIT_CODES.IoError;
}

/** A failure in one line. What rastq did not foresee says so. */
export function failureLine(error: unknown): string {
  if (isOwn(error)) return printable(error.message);
  const lacked = lackedBy(error);
  return printable(`${lacked === undefined ? 'a bug in rastq, please report it' : `the system has no more ${lacked}`}: ${textOf(error)}`);
}
