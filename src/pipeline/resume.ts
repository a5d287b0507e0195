import { UsageError, withLeft } from '../errors.js';
import type { Access } from '../io/access.js';
import { existsAlready } from '../io/atomic-file.js';
import type { JournalContent } from '../io/journal-lines.js';
import type { KeptPlace, OutputStamp } from '../io/kept-place.js';
import { keptPlace, resumablePlace, type ResumableTarget, type Target, type WriterTarget } from '../io/output.js';
import { headLength } from '../tiff/directory-writer.js';
import { framedBytes } from '../tiff/tile-layout.js';
import { type BegunRecord, type Standing, standingOf, type TaskRecord } from './journal.js';
import { cutInto } from './cut-plan.js';
import type { Plan } from './plan.js';
import { differenceOf, type Work, workOf } from './work.js';

/** What of a run is done before it begins. */
export interface Done {
  /** The plan, cut into the tasks by which the journal counts. */
  readonly plan: Plan;
  /** What the writer goes on with. */
  readonly target: WriterTarget;
  /** Tasks, from the first on, that are noted in the journal. */
  readonly tasks: number;
  /** Those of them, in their order, that are to be done again: bytes of theirs are not there, or checksums that are asked for. */
  readonly again: readonly number[];
  /** By task that is not done again: what its tiles were before they were encoded, where that was asked for. */
  readonly checksums: readonly (readonly number[] | undefined)[];
  /** The complete output's bytes, where it is at its place; undefined: it is not. */
  readonly outputBytes: number | undefined;
}

interface FindOptions {
  readonly access: Access;
  /** Whether the output is to be verified: then tasks without checksums are done again. */
  readonly verifies?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what is begun, or gone on with, as soon as it is known; what is not kept yet has no journal. */
  readonly onBegun?: ((target: Target) => void) | undefined;
}

/**
 * Finds out how far runs before have come, and makes a journal where there is none. Called by the main thread, which
 * holds the output's lock.
 * @throws UsageError where what is there is of other work, or of none, and may not be replaced; the signal's reason
 */
export async function findDone(plan: Plan, target: ResumableTarget, { access, verifies = false, signal, onBegun }: FindOptions): Promise<Done> {
  const done = await at(await keptPlace(target, access, signal), signal, (place) => findDoneAt(plan, place, { verifies, onBegun }));
  onBegun?.(done.target);
  return done;
}

/** Does something at a place, and closes it. @throws the signal's reason where that stops it */
async function at<T>(place: KeptPlace, signal: AbortSignal | undefined, act: (place: KeptPlace) => Promise<T>): Promise<T> {
  try {
    return await act(place);
  } catch (error) {
    throw signal?.aborted === true ? withLeft(signal.reason, place.left?.()) : error;
  } finally {
    place.close();
  }
}

async function findDoneAt(plan: Plan, place: KeptPlace, { verifies, onBegun }: Pick<FindOptions, 'onBegun'> & { readonly verifies: boolean }): Promise<Done> {
  const work = workOf(plan);
  const { path, journalPath, overwrite } = place;
  const content = await place.readJournal();
  const before = content && understood(content, journalPath);
  const { output, partial } = await place.look(content?.records[0]);
  const begin = async (): Promise<Done> => ({ plan, target: await place.begin(begunRecord(work, plan), onBegun), tasks: 0, again: [], checksums: [], outputBytes: undefined });
  const beginAnew = async (): Promise<Done> => {
    await place.removeAll();
    return begin();
  };
  if (before === undefined) {
    if (output !== undefined && !overwrite) throw existsAlready(path);
    if (partial !== undefined) throw new UsageError(`${place.partialName}: is there without its journal, remove it`);
    return begin();
  }
  const difference = differenceOf(before.work, work);
  if (difference !== undefined) {
    if (!overwrite) throw new UsageError(`${journalPath}: ${difference}: give --overwrite to begin anew`);
    return beginAnew();
  }
  const { complete, verified } = before;
  const begun = cutInto(plan, before.rule);
  const done = { plan: begun, target: place.goOn(), tasks: begun.tasks.count, again: [], checksums: [], outputBytes: complete?.bytes };
  if (isSame(complete, output)) {
    await place.tidy();
    return done;
  }
  if (output !== undefined && !overwrite) {
    throw complete === undefined ? existsAlready(path) : new UsageError(`${path}: was changed after it was made, give --overwrite to make it anew`);
  }
  if (isSame(complete, partial) && (verified || !verifies)) {
    await place.publish();
    await shorten(place);
    return done;
  }
  if (partial === undefined) return beginAnew();
  const lost = lostTasks(plan, before.tasks, place);
  const [firstLost] = lost;
  const tasks = place.isOneFile ? before.tasks.slice(0, firstLost) : before.tasks;
  // Before anything is written: where a run is killed that has begun to fill the gap, the file tells of it no more.
  if (tasks.length < before.tasks.length) await place.writeJournal(content!.records.slice(0, 1 + tasks.length));
  const again = tasks.flatMap(({ task, checksums }) => ((verifies && checksums === undefined) || lost.has(task) ? [task] : []));
  return { ...done, tasks: tasks.length, again, checksums: tasks.map(({ checksums }) => checksums), outputBytes: undefined };
}

/** Has the journal say no more of a task and those behind it: they are to be done as if for the first time. @throws IoError */
export async function forgetTasks(target: ResumableTarget, from: number, access: Access): Promise<void> {
  const place = await keptPlace(target, access);
  try {
    const { records } = (await place.readJournal())!;
    await place.writeJournal(records.slice(0, 1 + from));
  } finally {
    place.close();
  }
}

/** The tasks that are noted and have bytes that are not there, in their order. */
function lostTasks({ output }: Plan, tasks: readonly TaskRecord[], place: KeptPlace): Set<number> {
  const lost = new Set<number>();
  const headBytes = headLength(output);
  let position = headBytes;
  for (const { task, byteCounts } of tasks) {
    const end = byteCounts.reduce((sum, count) => sum + framedBytes(output, count), position);
    if (!place.holds(position, end, headBytes)) lost.add(task);
    position = end;
  }
  return lost;
}

/** What a run before has begun at an output's place. */
export interface Begun {
  /** The plan, cut into the tasks by which the journal counts what is done; as it is where there is none of the same work. */
  readonly plan: Plan;
  /** Whether the output is complete: nothing is left to do, however little memory there is for it. */
  readonly isComplete: boolean;
}

/**
 * Looks what a run before has begun.
 * @throws UsageError, IoError where nothing can be put there; the signal's reason
 */
export async function begunAt(output: string, plan: Plan, access: Access, signal?: AbortSignal): Promise<Begun> {
  const target = await resumablePlace(output, { overwrite: true, boundBytes: plan.output.boundBytes });
  return at(await keptPlace(target, access, signal), signal, async (place) => {
    const content = await place.readJournal();
    const before = content && understood(content, place.journalPath);
    if (before === undefined || differenceOf(before.work, workOf(plan)) !== undefined) return { plan, isComplete: false };
    const { complete, rule } = before;
    const isComplete = complete !== undefined && isSame(complete, (await place.look(content?.records[0])).output);
    return { plan: cutInto(plan, rule), isComplete };
  });
}

/** Has the journal of a finished output say nothing but what it was made of: so much is kept beside it. Never throws. */
export async function shortenJournal(target: ResumableTarget, access: Access): Promise<void> {
  const place = await keptPlace(target, access).catch(() => undefined);
  if (place === undefined) return;
  await shorten(place);
  place.close();
}

async function shorten(place: KeptPlace): Promise<void> {
  try {
    const { records } = (await place.readJournal())!;
    await place.writeJournal([records[0], records.at(-1)]);
  } catch {
    // The long one says the same.
  }
}

const begunRecord = (work: Work, { tasks }: Plan): BegunRecord => ({ rastq: 'journal', work, rule: tasks });

/** What a journal tells; undefined where there is none. @throws UsageError where it is no journal */
export async function readStanding(target: ResumableTarget, access: Access): Promise<(Standing & JournalContent) | undefined> {
  const place = await keptPlace(target, access);
  try {
    const content = await place.readJournal();
    return content && { ...content, ...understood(content, place.journalPath) };
  } finally {
    place.close();
  }
}

function understood(content: JournalContent, journalPath: string): Standing {
  const standing = standingOf(content);
  if (standing === undefined) throw new UsageError(`${journalPath}: is no journal of rastq, remove it`);
  return standing;
}

const isSame = (a: OutputStamp | undefined, b: OutputStamp | undefined): boolean => a !== undefined && a.bytes === b?.bytes && a.version === b.version;
