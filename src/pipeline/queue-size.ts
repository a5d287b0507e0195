import { parseReference } from '../ops/user/reference.js';
import { DTYPES } from '../raster/dtype.js';
import { type Plan, pixelBytesOf } from './plan.js';
import { fetchedWindow } from './strip-columns.js';
import { largestTask } from './task-limit.js';

/** The tasks a queue holds at least, and the bytes at most, where nothing else is asked for. */
const LEAST_TASKS = 2;
const QUEUE_BYTES = 16 * 1024 * 1024;
/** A task of so many decoded bytes takes a worker so long that the way of the next one there is nothing. */
const LARGE_TASK_BYTES = 8 * 1024 * 1024;
/** A raster of no more decoded bytes is small. */
export const SMALL_BYTES = 4 * 1024 * 1024;

/**
 * Whether a raster is done before threads have started, so that it is better done without them. Not with operations of
 * the user's: what they do is kept away from this thread.
 */
export function isSmall({ steps, output: { profile } }: Plan): boolean {
  const { width, height, bands, dtype } = profile;
  const isOurs = steps.every(({ operation }) => parseReference(operation) === null);
  return isOurs && width * height * bands * DTYPES[dtype].bytes <= SMALL_BYTES;
}

/**
 * The queue size where none is asked for: a task for each worker evens out what takes them more or less time, more would only
 * take memory.
 */
export function standardQueueSize(plan: Plan, workers: number): number {
  const { stored } = plan.input;
  // A task is sent whole blocks, those around it too where it has a halo.
  const sent = fetchedWindow({ ...plan.input, profile: stored }, largestTask(plan)[1]);
  const sentBytes = sent.width * sent.height * pixelBytesOf(stored);
  return Math.max(1, Math.min(Math.max(LEAST_TASKS, workers), Math.floor(QUEUE_BYTES / Math.max(madeBytes(plan), sentBytes))));
}

/**
 * Tasks that a worker of a pool is given at a time: while it works on one, the next is on its way. Not of large ones, whose
 * buffers are memory that is new to the system and pass by every cache.
 */
export function tasksAWorker(plan: Plan): number {
  return madeBytes(plan) >= LARGE_TASK_BYTES ? 1 : 2;
}

/** Decoded bytes that a task makes on average. */
function madeBytes({ output, tasks }: Plan): number {
  const { width, height, bands, dtype } = output.profile;
  return (width * height * bands * DTYPES[dtype].bytes) / tasks.count;
}
