import { lstatSync, rmSync } from 'node:fs';
import { ioError, UsageError } from '../errors.js';
import { checkTarget, existsAlready, publish } from '../io/atomic-file.js';
import { versionOf } from '../io/file-source.js';
import { readJournal, writeJournal } from '../io/journal-file.js';
import { isResumable, type ResumableTarget } from '../io/output.js';
import { besidePath } from '../io/own-name.js';
import type { FileStamp } from '../io/resumable-file.js';
import { type BegunRecord, type CompleteRecord, type Standing, standingOf, type TaskRecord } from './journal.js';
import { cutInto, type Plan } from './plan.js';
import type { TaskRule } from './task.js';
import { differenceOf, type Work, workOf } from './work.js';

/** What of a run is done before it begins. */
export interface Done {
  /** Tasks, from the first on, whose tiles are on the disk. */
  readonly tasks: number;
  /** By task: what its tiles were before they were encoded, where that was asked for. */
  readonly checksums: readonly (readonly number[])[];
  /** The complete output's bytes, where it is at its place; undefined: it is not. */
  readonly outputBytes: number | undefined;
}

/**
 * Finds out how far runs before have come, and makes a journal where there is none. Called by the main thread, which
 * holds the output's lock.
 * @param verifies whether the output is to be verified: then tasks without checksums are not done
 * @throws UsageError where what is there is of other work, or of none, and may not be replaced
 */
export function findDone(plan: Plan, target: ResumableTarget, verifies = false): Done {
  const work = workOf(plan);
  const { path, temporaryPath, journalPath, overwrite } = target;
  const [output, partial] = [stampOf(path), stampOf(temporaryPath)];
  const before = readStanding(journalPath);
  if (before === undefined) {
    if (output !== undefined && !overwrite) throw existsAlready(path);
    if (partial !== undefined) throw new UsageError(`${temporaryPath}: is there without its journal, remove it`);
    return begin(work, plan, target);
  }
  const difference = differenceOf(before.work, work);
  if (difference !== undefined) {
    if (!overwrite) throw new UsageError(`${journalPath}: ${difference}: give --overwrite to begin anew`);
    return beginAnew(work, plan, target);
  }
  const { complete, tasks, verified } = before;
  if (isSame(complete, output)) {
    // Where moving it took two steps, it may have both names.
    remove(temporaryPath);
    return doneWhole(plan, complete!);
  }
  if (output !== undefined && !overwrite) {
    throw complete === undefined ? existsAlready(path) : new UsageError(`${path}: was changed after it was made, give --overwrite to make it anew`);
  }
  if (isSame(complete, partial) && (verified || !verifies)) {
    publish(target);
    shortenJournal(target);
    return doneWhole(plan, complete!);
  }
  return partial === undefined ? beginAnew(work, plan, target) : doneSoFar(target, tasks, verifies);
}

const doneWhole = ({ tasks }: Plan, { bytes }: FileStamp): Done => ({ tasks: tasks.count, checksums: [], outputBytes: bytes });

function doneSoFar(target: ResumableTarget, tasks: readonly TaskRecord[], verifies: boolean): Done {
  if (!verifies) return { tasks: tasks.length, checksums: [], outputBytes: undefined };
  const checksums: (readonly number[])[] = [];
  for (const task of tasks) {
    if (task.checksums === undefined) break;
    checksums.push(task.checksums);
  }
  if (checksums.length < tasks.length) forgetTasks(target, checksums.length);
  return { tasks: checksums.length, checksums, outputBytes: undefined };
}

/** Has the journal say no more of a task and those behind it: they are to be done again. @throws IoError */
export function forgetTasks({ path, journalPath }: ResumableTarget, from: number): void {
  const { work, rule, tasks } = readStanding(journalPath)!;
  writeJournal(journalPath, besidePath(path), [begunRecord(work, rule), ...tasks.slice(0, from)], true);
}

/** The plan, cut into the tasks by which its journal counts what is done; as it is where there is none of the same work. */
export function asBegun(plan: Plan, { journalPath }: ResumableTarget): Plan {
  const before = readStanding(journalPath);
  return before === undefined || differenceOf(before.work, workOf(plan)) !== undefined ? plan : cutInto(plan, before.rule);
}

/** As `asBegun`, for the place of an output. @throws UsageError, IoError where nothing can be put there */
export function asBegunAt(output: string, plan: Plan): Plan {
  const target = checkTarget(output, { overwrite: true, resume: true });
  return isResumable(target) ? asBegun(plan, target) : plan;
}

/** Has the journal of a finished output say nothing but what it was made of: so much is kept beside it. Never throws. */
export function shortenJournal({ path, journalPath }: ResumableTarget): void {
  try {
    const { work, rule, complete, verified } = readStanding(journalPath)!;
    writeJournal(journalPath, besidePath(path), [begunRecord(work, rule), { complete: complete!, verified } satisfies CompleteRecord], true);
  } catch {
    // The long one says the same.
  }
}

const begunRecord = (work: Work, rule: TaskRule): BegunRecord => ({ rastq: 'journal', work, rule });

function begin(work: Work, { tasks }: Plan, { path, journalPath }: ResumableTarget): Done {
  writeJournal(journalPath, besidePath(path), [begunRecord(work, tasks)], false);
  return { tasks: 0, checksums: [], outputBytes: undefined };
}

function beginAnew(work: Work, plan: Plan, target: ResumableTarget): Done {
  // The journal goes last: a temporary file without one is nobody's.
  remove(target.temporaryPath);
  remove(target.journalPath);
  return begin(work, plan, target);
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw ioError(path, 'cannot remove', cause);
  }
}

/** What a journal tells; undefined where there is none. @throws UsageError where it is no journal */
export function readStanding(journalPath: string): Standing | undefined {
  const content = readJournal(journalPath);
  if (content === undefined) return undefined;
  const standing = standingOf(content);
  if (standing === undefined) throw new UsageError(`${journalPath}: is no journal of rastq, remove it`);
  return standing;
}

function stampOf(path: string): FileStamp | undefined {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && { bytes: Number(stat.size), version: versionOf(stat.mtimeNs) };
  } catch (cause) {
    throw ioError(path, 'cannot look at it', cause);
  }
}

const isSame = (a: FileStamp | undefined, b: FileStamp | undefined): boolean => a !== undefined && a.bytes === b?.bytes && a.version === b.version;
