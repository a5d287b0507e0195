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

/** The reason a run ends when a signal stopped it; the shell's convention gives 128 + its number. */
export class SignalError extends Error {
  override readonly name = 'SignalError';
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }

  get exitCode(): number {
    return this.signal === 'SIGINT' ? 130 : 143;
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

export function toErrorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) {
    return { kind: 'Error', message: String(error), stack: undefined, code: undefined, cause: undefined };
  }
  const code = systemCode(error);
  return {
    kind: error instanceof RastqError ? error.kind : error.name,
    message: error.message,
    stack: error.stack,
    code,
    cause: error.cause === undefined ? undefined : toErrorRecord(error.cause),
  };
}

export function fromErrorRecord(record: ErrorRecord): Error {
  const options = record.cause === undefined ? {} : { cause: fromErrorRecord(record.cause) };
  const error =
    record.kind in CLASSES
      ? new CLASSES[record.kind as ErrorKind](record.message, options)
      : new Error(record.message, options);
  if (!(record.kind in CLASSES)) error.name = record.kind;
  if (record.stack !== undefined) error.stack = record.stack;
  if (record.code !== undefined) Object.assign(error, { code: record.code });
  return error;
}

/** The system's error code (`ENOENT` …) where the error has one. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

const SYSTEM_WORDS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EMFILE: 'too many open files',
  EIO: 'input/output error',
};

/**
 * An I/O failure in words.
 * @param path the file that was being worked on
 * @param step what was being done: `cannot open`, `cannot write` …
 */
export function ioError(path: string, step: string, cause: unknown): IoError {
  const code = systemCode(cause);
  const why = (code !== undefined && SYSTEM_WORDS[code]) || (cause instanceof Error ? cause.message : String(cause));
  return new IoError(`${path}: ${step}: ${why}${code === undefined ? '' : ` (${code})`}`, { cause });
}
