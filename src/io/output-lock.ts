import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ioError, IoError, systemCode, UsageError } from '../errors.js';
import { removeTemporary } from './atomic-file.js';
import { besidePath } from './own-name.js';
import { birthOf, lives, placeOf } from './own-process.js';
import { uninterrupted, writeFully } from './uninterrupted.js';

/** One run's right to make an output. Node knows no flock: it is a file beside the output, made exclusively. */
export interface OutputLock {
  /** Aborts when another run has taken the output, because this one was thought dead. */
  readonly lost: AbortSignal;
  /** @throws IoError where another run has taken the output */
  check(): void;
  /** Never throws. */
  release(): void;
}

/** How long a run is believed alive; tests are less patient. */
export interface LockTimes {
  readonly beatMs: number;
  /** A lock of another host without a beat for so long is stale, */
  readonly staleMs: number;
  /** if none comes while it is watched for so long: hosts' clocks differ. */
  readonly watchMs: number;
}

const TIMES: LockTimes = { beatMs: 5_000, staleMs: 60_000, watchMs: 12_000 };

/** Who holds a lock, as its file says. */
interface Holder {
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
interface Found {
  readonly text: string;
  readonly holder: Holder | undefined;
  readonly changedMs: number;
}

/** The lock's place beside an output. */
export function lockPath(output: string): string {
  return join(dirname(output), `.${basename(output)}.lock`);
}

/**
 * Takes the lock of an output. One that a run left behind is taken over: of this host when its process is gone, of
 * another one after a minute without a beat.
 * @throws UsageError where another run holds it, IoError where none can be made
 */
export async function lockOutput(output: string, times = TIMES): Promise<OutputLock> {
  const path = lockPath(output);
  for (;;) {
    const lock = tryLock(output, path, times);
    if (lock !== undefined) return lock;
    const found = look(output, path);
    if (found === undefined) continue;
    if (!(await isStale(path, found, times))) throw new UsageError(`${output}: ${describe(found)} is writing it, wait for its end`);
    takeAway(output, path, found);
  }
}

function describe({ holder }: Found): string {
  return holder === undefined ? 'another run' : `another run (process ${holder.pid} on ${holder.host}, begun at ${holder.started})`;
}

const OWNER = randomUUID();
const held = new Map<string, () => void>();
// A process that ends by process.exit, as by a second signal, leaves no lock either.
process.on('exit', () => held.forEach((release) => release()));

function tryLock(output: string, path: string, { beatMs }: LockTimes): OutputLock | undefined {
  const id = randomUUID();
  const started = new Date().toISOString();
  const own = { id, host: hostname(), place: placeOf(), pid: process.pid, owner: OWNER, birth: birthOf(process.pid), started };
  const words = (): Buffer => Buffer.from(`${JSON.stringify({ ...own, beat: new Date().toISOString() })}\n`);
  let fd: number;
  try {
    fd = createExclusively(path, besidePath(output, id), words());
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return undefined;
    throw ioError(output, 'cannot create', cause);
  }
  const beat = (): void => writeFully(fd, words(), 0);
  // By the id alone, whatever became of the rest of it.
  const isOwn = ({ text }: Found): boolean => text.includes(id);
  const lost = new AbortController();
  const check = (): void => {
    const now = look(output, path);
    if (now === undefined || isOwn(now)) return;
    throw new IoError(`${output}: ${describe(now)} has taken it over, as this one gave no sign of life`);
  };
  const timer = setInterval(() => {
    try {
      check();
      beat();
    } catch (error) {
      // A beat that cannot be written is no reason to stop; a lock that is another's is.
      if (error instanceof IoError && systemCode(error.cause) === undefined) lost.abort(error);
    }
  }, beatMs);
  timer.unref();
  const release = (): void => {
    clearInterval(timer);
    if (!held.delete(id)) return;
    try {
      closeSync(fd);
      const now = look(output, path);
      if (now !== undefined && isOwn(now)) rmSync(path, { force: true });
    } catch {
      // The next run finds that this process is gone.
    }
  };
  held.set(id, release);
  return { lost: lost.signal, check, release };
}

/**
 * Makes a file where there is none, at once with its bytes: who is killed leaves none that does not say whose it was.
 * @param aside a name of this process's own
 * @returns it, open. @throws the system's error
 */
function createExclusively(path: string, aside: string, bytes: Uint8Array): number {
  const fd = createNew(aside, bytes);
  try {
    uninterrupted(() => linkSync(aside, path));
    return fd;
  } catch (error) {
    closeSync(fd);
    if (systemCode(error) === 'EEXIST') throw error;
    // There are file systems without links.
    return createNew(path, bytes);
  } finally {
    removeTemporary({ temporaryPath: aside });
  }
}

function createNew(path: string, bytes: Uint8Array): number {
  const fd = uninterrupted(() => openSync(path, 'wx'));
  try {
    writeFully(fd, bytes, 0);
    return fd;
  } catch (error) {
    closeSync(fd);
    removeTemporary({ temporaryPath: path });
    throw error;
  }
}

/** What is at the lock's place; undefined: nothing. @throws UsageError where it is no file, IoError */
function look(output: string, path: string): Found | undefined {
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

async function isStale(path: string, { text, holder, changedMs }: Found, { staleMs, watchMs }: LockTimes): Promise<boolean> {
  if (holder !== undefined && holder.host === hostname() && holder.place === placeOf()) {
    // A lock of our own that is held no more could not be taken away.
    if (holder.owner === OWNER) return !held.has(holder.id);
    return !lives(holder.pid, holder.birth);
  }
  if (Date.now() - changedMs < staleMs) return false;
  await sleep(watchMs);
  const now = look(path, path);
  return now === undefined || (now.text === text && now.changedMs === changedMs);
}

/** Removes a stale lock, and no other that may have come to its place meanwhile. */
function takeAway(output: string, path: string, { text }: Found): void {
  // Where this process is killed meanwhile, the next run clears it by its name.
  const aside = besidePath(output, randomUUID());
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT' && systemCode(cause) !== 'EEXIST') throw ioError(path, 'cannot take away a stale lock', cause);
  } finally {
    rmSync(aside, { force: true });
  }
}
