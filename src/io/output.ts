import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Access } from './access.js';
import { type AtomicTarget, checkTarget, createAtomicFile, prepareTarget, removeTemporary, type TargetOptions } from './atomic-file.js';
import { lockOutput, type OutputLock } from './output-lock.js';
import type { ByteSink } from './byte-sink.js';
import { UnsupportedError, UsageError } from '../errors.js';
import { locationKind, locationName } from './location.js';
import type { S3Target } from './s3-target.js';

// What a network needs is loaded when there is one: most runs have none, and should start without it.

/** Where an output will appear whole, as plain data. */
export type Target = AtomicTarget | S3Target;

const isS3 = (target: Target): target is S3Target => 'uploadId' in target;

/** A target whose run can be gone on with. */
export type ResumableTarget = AtomicTarget & { readonly journalPath: string };

export const isResumable = (target: Target): target is ResumableTarget => 'journalPath' in target;

export interface OutputOptions extends TargetOptions {
  readonly access: Access;
}

/**
 * Looks at the place of an output and touches nothing.
 * @throws UsageError where something is there already, IoError where nothing can be put there
 */
export async function checkOutput(output: string, options: OutputOptions): Promise<void> {
  const kind = locationKind(output);
  if (kind !== 'file' && options.resume === true) {
    throw new UsageError(`--resume is for outputs that are files: ${kind === 's3' ? 'an upload cannot be gone on with, write a file and copy it' : 'give a path'}`);
  }
  if (kind === 'http') throw new UnsupportedError(`${locationName(output)}: rastq writes files and s3:// objects, not to http`);
  if (kind === 's3') await (await import('./s3-target.js')).checkObject(output, options);
  if (kind === 'file') checkTarget(output, options);
}

/** @throws UsageError where what is written cannot be read back before it appears */
export function checkVerifiable(output: string): void {
  if (locationKind(output) !== 's3') return;
  throw new UsageError(`--verify is for outputs that are files: the parts of an upload cannot be read before it is complete: write a file and copy it`);
}

/**
 * Prepares the place of an output: clears what a killed run on this host left there, or begins an upload, so that a
 * bucket that cannot be written is noticed before the work.
 * @param boundBytes the most bytes that the output can have
 */
export async function prepareOutput(output: string, options: OutputOptions & { readonly boundBytes: number }): Promise<Target> {
  if (locationKind(output) !== 's3') return prepareTarget(output, options);
  return (await import('./s3-target.js')).createUpload(output, options);
}

const NEVER_LOST: OutputLock = { lost: new AbortController().signal, check: () => undefined, release: () => undefined };

/**
 * Takes an output for this run alone. Two runs to one object both have their uploads: the store lets one of them win.
 * @throws UsageError where another run is writing it
 */
export async function lockTarget(target: Target): Promise<OutputLock> {
  return isS3(target) ? NEVER_LOST : lockOutput(target.path);
}

/**
 * Opens what the writer writes to. Runs in the writer thread.
 * @param insertedBytes the most bytes that will be inserted
 */
export async function createSink(target: Target, access: Access, insertedBytes = 0): Promise<ByteSink> {
  return isS3(target) ? (await import('./s3-sink.js')).createS3Sink(target, access, insertedBytes) : createAtomicFile(target);
}

/** Where temporary files of a run go that has its output there: beside a file, else in the system's place. */
export function spoolFolder(target: Target): string {
  return isS3(target) ? tmpdir() : dirname(target.temporaryPath);
}

/**
 * Removes what a writer that is gone has left. Called by the main thread. Never throws.
 * @returns what stays behind all the same, and how to remove it; undefined: nothing
 */
export async function abandonOutput(target: Target, access: Access): Promise<string | undefined> {
  if (isS3(target)) return (await import('./s3-target.js')).abortUpload(target, access);
  return abandonFile(target);
}

/** As `abandonOutput`, for the last moment of a process, where nothing can be waited for. */
export function abandonAtExit(target: Target): string | undefined {
  return isS3(target) ? target.remains : abandonFile(target);
}

function abandonFile(target: AtomicTarget): string | undefined {
  if (isResumable(target)) return `${target.temporaryPath} keeps what is done, the same command goes on with it`;
  removeTemporary(target);
  return undefined;
}
