import { inspect } from 'node:util';

/**
 * Every failure that rastq foresees, told apart by its cause: who has to act. The cause decides the exit code.
 * A message says what, where, wanted and got, on one line; the underlying error is kept as `cause`.
 */

/** Exit codes of the command line, fixed: scripts lean on them. */
export const EXIT_CODES = {
  UsageError: 2,
  UnsupportedError: 3,
  FormatError: 4,
  IoError: 5,
  WorkerError: 6,
} as const;

export type ErrorKind = keyof typeof EXIT_CODES;

export abstract class RastqError extends Error {
  abstract readonly kind: ErrorKind;

  /** The process exit code this error ends in. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

/** The caller asked for something that cannot be: a bad option, an output that exists. Change the command. */
export class UsageError extends RastqError {
  override readonly name = 'UsageError';
  readonly kind = 'UsageError';
}

/** The input is sound but rastq cannot process it. The message names a command that converts it. */
export class UnsupportedError extends RastqError {
  override readonly name = 'UnsupportedError';
  readonly kind = 'UnsupportedError';
}

/** The input is damaged: it contradicts its own header or its format. Fetch it again. */
export class FormatError extends RastqError {
  override readonly name = 'FormatError';
  readonly kind = 'FormatError';
}

/** The system refused: missing file, full disk, permission. `cause` is the system's error. */
export class IoError extends RastqError {
  override readonly name = 'IoError';
  readonly kind = 'IoError';
}

/** A worker died or an operation failed on a window. Keeps the worker's own stack. */
export class WorkerError extends RastqError {
  override readonly name = 'WorkerError';
  readonly kind = 'WorkerError';
}

/** A function failed on an item of a ProcessQueue, each time it was tried. Its stack is the function's own, its cause what that threw. */
export class ItemError extends WorkerError {
  /** As it was given. */
  readonly item: unknown;
  readonly tries: number;

  constructor(message: string, { item, tries, cause }: { readonly item: unknown; readonly tries: number; readonly cause: Error }) {
    super(message, { cause });
    this.item = item;
    this.tries = tries;
    const frames = /^ +at .*$/m.exec(cause.stack ?? '');
    this.stack = `${this.name}: ${message}\n${frames === null ? '' : cause.stack!.slice(frames.index)}`;
  }
}

/** A worker, its thread or process, is gone; says how it ended. */
export class WorkerDeathError extends WorkerError {}

const CLASSES: Record<ErrorKind, new (message: string, options?: ErrorOptions) => RastqError> = {
  UsageError,
  UnsupportedError,
  FormatError,
  IoError,
  WorkerError,
};

/** Signals that stop a run, and its exit code then: the shell's convention gives 128 + their number. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type StoppingSignal = keyof typeof SIGNAL_CODES;

/** The reason a run ends when a signal stopped it. */
export class SignalError extends Error {
  override readonly name = 'SignalError';
  readonly signal: StoppingSignal;

  constructor(signal: StoppingSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }

  get exitCode(): number {
    return SIGNAL_CODES[this.signal];
  }
}

/** An error as plain JSON, so that it crosses threads and processes with its kind, stack and cause. */
export interface ErrorRecord {
  readonly kind: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause: ErrorRecord | undefined;
}

/** More causes of causes than any error has that says something; those made as they are asked for have no end. */
const MOST_CAUSES = 16;

/**
 * Whatever was thrown, as far as it can be read. Never throws.
 * @param above the errors whose cause it is: one that is its own cause is told once
 */
export function toErrorRecord(thrown: unknown, above: readonly unknown[] = []): ErrorRecord {
  const message = textOf(thrown);
  if (!isError(thrown)) return { kind: 'Error', message, stack: undefined, code: undefined, cause: undefined };
  const causes = [...above, thrown];
  const cause = ifReadable(() => thrown.cause);
  const isTold = cause === undefined || causes.includes(cause) || causes.length > MOST_CAUSES;
  return {
    kind: stringOf(() => (thrown instanceof RastqError ? thrown.kind : thrown.name)) ?? 'Error',
    message,
    stack: stringOf(() => thrown.stack),
    code: systemCode(thrown),
    cause: isTold ? undefined : toErrorRecord(cause, causes),
  };
}

export function fromErrorRecord(record: ErrorRecord): Error {
  const options = record.cause === undefined ? {} : { cause: fromErrorRecord(record.cause) };
  // An error may be named as what every object has, `toString` say.
  const isOurs = Object.hasOwn(CLASSES, record.kind);
  const error = isOurs ? new CLASSES[record.kind as ErrorKind](record.message, options) : new Error(record.message, options);
  if (!isOurs) error.name = record.kind;
  if (record.stack !== undefined) error.stack = record.stack;
  if (record.code !== undefined) Object.assign(error, { code: record.code });
  return error;
}

/** The system's error code (`ENOENT` …) where the error has one. Never throws. */
export function systemCode(error: unknown): string | undefined {
  return isError(error) ? stringOf(() => (error as { readonly code?: unknown }).code) : undefined;
}

/** Whatever was thrown, in words: what an error says, anything else as text. Never throws. */
export function textOf(thrown: unknown): string {
  return ifReadable(() => String(isError(thrown) ? thrown.message : thrown)) ?? 'threw something that cannot be put into words';
}

const SHOWN = 100;

/** A value that was given, on one line, and not all of what is large. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 1, compact: true, breakLength: Infinity, maxArrayLength: 8, maxStringLength: SHOWN }).slice(0, SHOWN);
}

/** Whether something that was thrown is an error. Never throws: `instanceof` alone does for some a Proxy. */
export function isError(thrown: unknown): thrown is Error {
  return ifReadable(() => thrown instanceof Error) ?? false;
}

/** Whether something that was thrown is a failure that rastq foresaw. Never throws. */
export function isRastqError(thrown: unknown): thrown is RastqError {
  return isError(thrown) && thrown instanceof RastqError;
}

function stringOf(read: () => unknown): string | undefined {
  const value = ifReadable(read);
  return typeof value === 'string' ? value : undefined;
}

/** What others' code threw may throw again where it is read, by a getter or as a Proxy. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A failure that also tells what stays behind. */
export function withLeft(error: unknown, left: string | undefined): unknown {
  // Of a DOMException, as an AbortController's own reason is one, it is a getter.
  if (left !== undefined && isError(error)) Object.defineProperty(error, 'message', { value: `${textOf(error)}; ${left}`, configurable: true, writable: true });
  return error;
}

/** What stays behind, in one line; undefined: nothing. */
export function leftWords(...left: readonly (string | undefined)[]): string | undefined {
  const told = left.filter((words) => words !== undefined);
  return told.length === 0 ? undefined : told.join('; ');
}

const SYSTEM_WORDS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'a file of this name is there',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EMFILE: 'too many open files',
  EIO: 'input/output error',
  EBADF: 'is not open for that',
};

/**
 * An I/O failure in words.
 * @param path the file that was being worked on
 * @param step what was being done: `cannot open`, `cannot write` …
 */
export function ioError(path: string, step: string, cause: unknown): IoError {
  const code = systemCode(cause);
  const why = (code !== undefined && SYSTEM_WORDS[code]) || textOf(cause);
  return new IoError(`${path}: ${step}: ${why}${code === undefined ? '' : ` (${code})`}`, { cause });
}
