import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Access } from './access.js';
import { type AtomicTarget, checkTarget, createAtomicFile, removeTemporary, type TargetOptions } from './atomic-file.js';
import { removeLeftovers } from './leftovers.js';
import type { LockClaim } from './lock-file.js';
import { lockOutput, type OutputLock } from './output-lock.js';
import type { ByteSink } from './byte-sink.js';
import { leftWords, UnsupportedError, UsageError } from '../errors.js';
import { JournalAppender } from './journal-file.js';
import type { JournalWriter } from './journal-lines.js';
import { keptFile } from './kept-file.js';
import type { KeptPlace, ResumableSink } from './kept-place.js';
import { openResumableFile } from './resumable-file.js';
import { locationKind, locationName, parseS3Location, refuseForeign } from './location.js';
import type { S3Place, S3Target } from './s3-target.js';

// What a network needs is loaded when there is one: most runs have none, and should start without it.

/** Where a writer writes, as plain data. */
export type OpenTarget = AtomicTarget | S3Target;

/** An object whose upload its writer begins. */
export type NewObject = S3Place & { readonly journalPath?: undefined };

/** What a writer can be opened with. */
export type WriterTarget = OpenTarget | NewObject;

/** Where an output will appear whole, as plain data. */
export type Target = WriterTarget | ResumableObject;

const isObject = <T extends Target>(target: T): target is Extract<T, S3Place> => 'bucket' in target;

export type ResumableFile = AtomicTarget & { readonly journalPath: string };
/** An object whose upload is begun, or gone on with, when its journal is known. */
export type ResumableObject = S3Place & { readonly journalPath: string };
/** A target whose run can be gone on with. */
export type ResumableTarget = ResumableFile | ResumableObject;

export const isResumable = <T extends Target>(target: T): target is T & ResumableTarget => 'journalPath' in target;

/** A resumable target that a writer goes on with. */
export type KeptTarget = ResumableFile | (S3Target & ResumableObject);

/**
 * Looks after a target whose run can be gone on with. Called by the main thread, which closes it.
 * @param signal has what waits for a store fail
 */
export async function keptPlace(target: ResumableTarget, access: Access, signal?: AbortSignal): Promise<KeptPlace> {
  return isObject(target) ? (await import('./kept-object.js')).keptObject(target, access, signal) : keptFile(target);
}

export interface OutputOptions extends TargetOptions {
  readonly access: Access;
}

/**
 * Looks at the place of an output and touches nothing. That of an object is looked at when its upload is begun.
 * @throws UsageError where something is there already, IoError where nothing can be put there
 */
export function checkOutput(output: string, options: TargetOptions): void {
  const kind = locationKind(output);
  if (kind === 'standard' && options.resume === true) throw new UsageError('--resume: standard output cannot be gone on with, give a path or an s3:// URL');
  if (kind === 'http') throw new UnsupportedError(`${locationName(output)}: rastq writes files and s3:// objects, not to http`);
  refuseForeign(output);
  if (kind === 'file') checkTarget(output, options);
}

/** As `checkOutput`, for an object, where nothing is begun. */
export async function checkObject(output: string, options: OutputOptions): Promise<void> {
  if (locationKind(output) === 's3') await (await import('./s3-target.js')).checkObject(output, options);
}

/** @throws UsageError where what is written cannot be read back before it appears */
export function checkVerifiable(output: string): void {
  if (locationKind(output) !== 's3') return;
  throw new UsageError(`--verify is for outputs that are files: the parts of an upload cannot be read before it is complete: write a file and copy it`);
}

/**
 * Prepares the place of an output: clears what a killed run on this host left there.
 * @param boundBytes the most bytes that the output can have
 */
export async function prepareOutput(output: string, options: TargetOptions & { readonly boundBytes: number }): Promise<Target> {
  return options.resume === true && locationKind(output) === 's3' ? resumableObject(output, options) : prepareNew(output, options);
}

/** As `prepareOutput`, for a run that is not to be gone on with. */
export async function prepareNew(output: string, options: Omit<TargetOptions, 'resume'> & { readonly boundBytes: number }): Promise<WriterTarget> {
  return locationKind(output) === 's3' ? objectPlace(output, options) : checkTarget(output, options);
}

/**
 * The place of an output whose run can be gone on with, before anything is done there.
 * @throws UsageError, IoError where nothing can be put there
 */
export async function resumablePlace(output: string, options: { readonly overwrite: boolean; readonly boundBytes: number }): Promise<ResumableTarget> {
  if (locationKind(output) === 's3') return resumableObject(output, options);
  return checkTarget(output, { ...options, resume: true }) as ResumableFile;
}

interface ObjectOptions {
  readonly overwrite: boolean;
  readonly boundBytes: number;
}

async function resumableObject(path: string, options: ObjectOptions): Promise<ResumableObject> {
  return { ...(await objectPlace(path, options)), journalPath: `${path}.journal` };
}

async function objectPlace(path: string, { overwrite, boundBytes }: ObjectOptions): Promise<NewObject> {
  const { planPartBytes } = await import('./s3-target.js');
  return { ...parseS3Location(path), path, overwrite, partBytes: planPartBytes(boundBytes) };
}

const NEVER_LOST: OutputLock = { lost: new AbortController().signal, claim: undefined, check: () => undefined, isHeld: () => true, release: () => undefined };

/**
 * Takes an output for this run alone. Two runs to one object both have their uploads: the store lets one of them win.
 * @throws UsageError where another run is writing it
 */
export async function lockTarget(target: Target): Promise<OutputLock> {
  if (isObject(target)) return NEVER_LOST;
  const lock = await lockOutput(target.path);
  removeLeftovers(target.path, true);
  return lock;
}

/** How an output will be written. */
export interface SinkRoom {
  /** What is written last, before everything else. */
  readonly headBytes: number;
  /** The most bytes that will be inserted. */
  readonly insertedBytes: number;
}

/** Whether a writer begins what has to be ended where it fails, and tells what that is. */
export const isBegunByWriter = (target: Target): boolean => isObject(target) && !isResumable(target) && !('uploadId' in target);

/**
 * Opens what the writer writes to, and begins an upload where there is none: a bucket that cannot be written to is known
 * before much is done. Runs in the writer thread.
 * @param claim once that is lost a file does not appear
 * @returns it, and the target as it is now
 */
export async function createSink(target: WriterTarget, access: Access, room: SinkRoom, claim?: LockClaim): Promise<{ readonly file: ByteSink; readonly target: OpenTarget }> {
  if (!isObject(target)) return { file: createAtomicFile(target, claim), target };
  const { beginS3Sink, createS3Sink } = await import('./s3-sink.js');
  return 'uploadId' in target ? { file: createS3Sink(target, access, room), target } : beginS3Sink(target, access, room);
}

/** What a writer goes on with. */
export interface OpenResumable {
  readonly file: ResumableSink;
  readonly journal: JournalWriter;
  /** Cuts off what is behind `length`, where bytes may lie that no record knows of. */
  readonly cut: (length: number) => void;
}

/** What of a journal holds: its records, and where the last of them ends. */
export interface JournalStart {
  readonly records: readonly unknown[];
  readonly bytes: number;
}

interface ResumableOptions extends JournalStart {
  readonly room: SinkRoom;
  readonly claim?: LockClaim | undefined;
}

/** As `createSink`, where runs before may have written something. */
export async function openResumable(target: KeptTarget, access: Access, { room, records, bytes, claim }: ResumableOptions): Promise<OpenResumable> {
  const { journalPath } = target;
  if (isObject(target)) {
    const [{ createS3Sink }, { S3JournalWriter }] = await Promise.all([import('./s3-sink.js'), import('./s3-journal.js')]);
    return { file: createS3Sink(target, access, room), journal: await S3JournalWriter.open(journalPath, access, records), cut: () => undefined };
  }
  const file = openResumableFile(target, claim);
  return { file, journal: new JournalAppender(journalPath, bytes, claim), cut: (length) => file.cut(length) };
}

/** Where temporary files of a run go that has its output there: beside a file, else in the system's place. */
export function spoolFolder(target: Target): string {
  return isObject(target) ? tmpdir() : dirname(target.temporaryPath);
}

/**
 * Removes what a writer has left. Called by the main thread. Never throws.
 * @param writerEnd when the writer is gone
 * @returns what stays behind all the same, and how to remove it; undefined: nothing
 */
export async function abandonOutput(target: WriterTarget, access: Access, writerEnd: Promise<unknown> = Promise.resolve()): Promise<string | undefined> {
  if (isResumable(target)) return keptWords(target);
  if ('uploadId' in target) return leftWords(await (await import('./s3-upload.js')).abortUpload(target, access, writerEnd), target.lost);
  await writerEnd;
  if (!isObject(target)) removeTemporary(target);
  return undefined;
}

/** As `abandonOutput`, for the last moment of a process, or of a run whose writer has not told what it has begun: nothing is waited for. */
export function abandonAtExit(target: Target): string | undefined {
  if (isObject(target) && !('uploadId' in target)) return unknownWords(target);
  if (isResumable(target)) return keptWords(target);
  if (isObject(target)) return leftWords(target.remains, target.lost);
  removeTemporary(target);
  return undefined;
}

/** Of an upload whose beginning was not answered, so that its id is not known. */
export const unknownWords = ({ path, bucket, key }: Pick<S3Place, 'path' | 'bucket' | 'key'>): string =>
  `${path}: an upload may have been begun and be left open and cost space, look with: aws s3api list-multipart-uploads --bucket ${bucket} --prefix ${key}`;

function keptWords(target: KeptTarget): string | undefined {
  const isUpload = isObject(target);
  const kept = `${isUpload ? `upload ${target.uploadId}` : target.temporaryPath} keeps what is done, the same command goes on with it`;
  return leftWords(kept, isUpload ? target.lost : undefined);
}
