import { lstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ioError, IoError, systemCode, UsageError } from '../errors.js';

/** Who holds a lock, as its file says. */
export interface Holder {
  readonly id: string;
  readonly host: string;
  /** Tells one boot of a machine, and one container in it, from another, where the system says; else empty. */
  readonly place: string;
  readonly pid: number;
  /** Who in that process: each thread has its own. */
  readonly owner: string;
  /** When that process began, as the system counts; a number that is used again belongs to another one. Empty: unknown. */
  readonly birth: string;
  readonly started: string;
  readonly beat: string;
}

/** A lock file that is there. */
export interface FoundLock {
  readonly text: string;
  readonly holder: Holder | undefined;
  readonly changedMs: number;
}

/** A lock that a run has taken, as plain data: its writer looks by it whether it still has it. */
export interface LockClaim {
  readonly output: string;
  /** Of the lock file. */
  readonly path: string;
  readonly id: string;
}

/** Who takes a stale lock away may, for a moment, have another one's in its hands, and puts it back. */
const PUT_BACK_MS = 50;

/** @throws IoError where the lock is the run's no more */
export function checkClaim(claim: LockClaim | undefined): void {
  const loss = claim && lossOf(claim);
  if (loss !== undefined) throw loss;
}

/**
 * Why a lock is no more the run's that took it; undefined: it is, or cannot be looked at, which is no reason to stop.
 * @throws UsageError where what is there is no file
 */
export function lossOf(claim: LockClaim): IoError | undefined {
  const { output, path } = claim;
  let now: FoundLock | undefined;
  try {
    now = lookAtLock(output, path) ?? lookOnceMore(claim);
  } catch (error) {
    if (error instanceof IoError) return undefined;
    throw error;
  }
  if (now === undefined) {
    return new IoError(`${output}: its lock ${basename(path)} is gone: another run has taken it over, as this one gave no sign of life, or it was removed by hand`);
  }
  return isOf(claim, now) ? undefined : new IoError(`${output}: ${describeHolder(now)} has taken it over, as this one gave no sign of life`);
}

/** By the id alone, whatever became of the rest of it. */
export const isOf = ({ id }: LockClaim, { text }: FoundLock): boolean => text.includes(id);

function lookOnceMore({ output, path }: LockClaim): FoundLock | undefined {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PUT_BACK_MS);
  return lookAtLock(output, path);
}

export function describeHolder({ holder }: FoundLock): string {
  return holder === undefined ? 'another run' : `another run (process ${holder.pid} on ${holder.host}, begun at ${holder.started})`;
}

/** What is at the lock's place; undefined: nothing. @throws UsageError where it is no file, IoError */
export function lookAtLock(output: string, path: string): FoundLock | undefined {
  try {
    const stat = lstatSync(path);
    // A link to nowhere is there and cannot be read, for ever; reading a named pipe would wait for its writer.
    if (!stat.isFile()) throw new UsageError(`${path}: is no lock of rastq, remove it`);
    const text = readFileSync(path, 'utf8');
    return { text, holder: parse(text), changedMs: stat.mtimeMs };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw ioError(output, 'cannot read its lock', cause);
  }
}

/** Undefined where it was not written whole. */
function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as unknown;
    return typeof holder === 'object' && holder !== null ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
