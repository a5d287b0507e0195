import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ioError, systemCode, UsageError } from '../errors.js';
import { removeTemporary } from './atomic-file.js';
import { checkClaim, describeHolder, type FoundLock, isOf, type LockClaim, lookAtLock, lossOf } from './lock-file.js';
import { besidePath } from './own-name.js';
import { birthOf, lives, placeOf } from './own-process.js';
import { uninterrupted, writeFully } from './uninterrupted.js';

/** One run's right to make an output. Node knows no flock: it is a file beside the output, made exclusively. */
export interface OutputLock {
  /** Aborts when another run has taken the output, because this one was thought dead, or the lock was removed. */
  readonly lost: AbortSignal;
  /** What others look by whether it is held; undefined: it cannot be lost. */
  readonly claim: LockClaim | undefined;
  /** @throws IoError where another run has taken the output, or the lock was removed */
  check(): void;
  /** Whether nothing says that it is held no more. Never throws. */
  isHeld(): boolean;
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
    const found = lookAtLock(output, path);
    if (found === undefined) continue;
    if (!(await isStale(path, found, times))) throw new UsageError(`${output}: ${describeHolder(found)} is writing it, wait for its end`);
    takeAway(output, path, found);
  }
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
  const claim = { output, path, id };
  const lost = new AbortController();
  const timer = setInterval(() => {
    try {
      const loss = lossOf(claim);
      if (loss === undefined) beat();
      else {
        lost.abort(loss);
        clearInterval(timer);
      }
    } catch {
      // What is no lock is for the writer to tell of, and a beat that cannot be written is no reason to stop.
    }
  }, beatMs);
  timer.unref();
  const isHeld = (): boolean => {
    try {
      return lossOf(claim) === undefined;
    } catch {
      return true;
    }
  };
  const release = (): void => {
    clearInterval(timer);
    if (!held.delete(id)) return;
    try {
      closeSync(fd);
      const now = lookAtLock(output, path);
      if (now !== undefined && isOf(claim, now)) rmSync(path, { force: true });
    } catch {
      // The next run finds that this process is gone.
    }
  };
  held.set(id, release);
  return { lost: lost.signal, claim, check: () => checkClaim(claim), isHeld, release };
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

async function isStale(path: string, { text, holder, changedMs }: FoundLock, { staleMs, watchMs }: LockTimes): Promise<boolean> {
  if (holder !== undefined && holder.host === hostname() && holder.place === placeOf()) {
    // A lock of our own that is held no more could not be taken away.
    if (holder.owner === OWNER) return !held.has(holder.id);
    return !lives(holder.pid, holder.birth);
  }
  // What is to come is no sign of life either: a clock that was ahead may be put right, and a run die meanwhile.
  if (Math.abs(Date.now() - changedMs) < staleMs) return false;
  await sleep(watchMs);
  const now = lookAtLock(path, path);
  return now === undefined || (now.text === text && now.changedMs === changedMs);
}

/** Removes a stale lock, and no other that may have come to its place meanwhile. */
function takeAway(output: string, path: string, { text }: FoundLock): void {
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
