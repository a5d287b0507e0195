import { existsSync } from 'node:fs';
import { UsageError, WorkerDeathError } from '../errors.js';
import { checkTarget, createAtomicFile } from '../io/atomic-file.js';
import { makeFolder } from '../io/folder.js';
import { removeLeftoversIn } from '../io/leftovers.js';
import { StopSignal } from '../pipeline/stop-signal.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import { startStage } from '../pools/start.js';
import { imageKind } from './kind.js';
import type { ThumbnailSize } from './size.js';
import { thumbnailPath } from './thumbnail-path.js';
import { filesUnder } from './walk.js';
import type { Thumbnail, ThumbnailSetup } from './worker.js';

export interface ThumbnailRequest {
  readonly input: string;
  readonly output: string;
  /** Where `hash: path` of each image goes; undefined: nowhere. */
  readonly index: string | undefined;
  readonly size: ThumbnailSize;
}

export interface ThumbnailRun {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly signal: AbortSignal;
  /** Told of each file that failed; the others go on. */
  readonly onFailure: (error: unknown) => void;
  /** Called after each file. */
  readonly onProgress: (done: { readonly files: number; readonly of: number }) => void;
}

/** What came of the files of a folder. */
export interface ThumbnailCounts {
  readonly files: number;
  /** Files that have a thumbnail now. */
  readonly images: number;
  /** Thumbnails, of which equal images share one. */
  readonly thumbnails: number;
  /** Files that are no image. */
  readonly passedOver: number;
  readonly failed: number;
}

const WORKER = new URL('./worker.js', import.meta.url).href;

/**
 * Makes the thumbnails of all images under a folder. A file that fails is told of, as is one whose worker died; the others go on.
 * @throws IoError where the folders or the index fail, UsageError where the index is an image, UnsupportedError where there is no sharp; the signal's reason
 */
export async function makeThumbnails({ input, output, index, size }: ThumbnailRequest, run: ThumbnailRun): Promise<ThumbnailCounts> {
  makeFolder(output);
  removeLeftoversIn(output);
  // An index that cannot be written is better known before the work than after it.
  if (index !== undefined) checkIndex(index);
  let failed = 0;
  const fail = (error: unknown): void => {
    failed++;
    run.onFailure(error);
  };
  const files = filesUnder(input, output, fail);
  const lines: string[] = [];
  const hashes = new Set<string>();
  let [next, done, passedOver] = [0, 0, 0];
  const take = async (path: string, made: Thumbnail | null): Promise<void> => {
    if (made === null) {
      passedOver++;
      return;
    }
    const isNew = made.png !== undefined && !hashes.has(made.hash);
    hashes.add(made.hash);
    lines.push(`${made.hash}: ${inOneLine(path)}`);
    if (isNew) await writeWhole(thumbnailPath(output, made.hash), made.png);
  };
  const stop = new StopSignal(run.signal);
  const stages = new Set<Stage>();
  let isOver = false;
  const lane = async (name: string): Promise<void> => {
    let stage: Stage | undefined;
    while (next < files.length && !isOver) {
      const path = files[next++];
      // One that does not open for this file will not for the next one either.
      stage ??= await startWorker(run.pool, name, { size, folder: output }, stages);
      const made = await stage.call(path).catch((error: unknown) => {
        if (isOver) return undefined;
        const isDead = error instanceof WorkerDeathError;
        if (isDead) stage = undefined;
        fail(isDead ? new WorkerDeathError(`${path}: ${error.message}`, { cause: error }) : error);
        return undefined;
      });
      if (made !== undefined) await take(path, made as Thumbnail | null);
      run.onProgress({ files: ++done, of: files.length });
    }
  };
  const lanes = Math.max(1, Math.min(run.workers, files.length));
  try {
    await stop.race(Promise.all(Array.from({ length: lanes }, (_, i) => lane(`worker ${i + 1}`))));
    if (index !== undefined) await writeWhole(index, Buffer.from(lines.sort().map((line) => `${line}\n`).join('')));
  } finally {
    isOver = true;
    stop.forget();
    await Promise.all([...stages].map((stage) => stage.terminate()));
  }
  return { files: files.length, images: lines.length, thumbnails: hashes.size, passedOver, failed };
}

/** A path as a line of the index has it: an end of line in a name is written as it is in JSON. */
const inOneLine = (path: string): string => path.replaceAll('\n', '\\n').replaceAll('\r', '\\r');

async function startWorker(pool: PoolKind, name: string, setup: ThumbnailSetup, stages: Set<Stage>): Promise<Stage> {
  const stage = startStage(pool, name, WORKER);
  stages.add(stage);
  await stage.open(setup);
  return stage;
}

/** An old index is replaced, an image is not: it may be one that is asked for. */
function checkIndex(path: string): void {
  checkTarget(path, { overwrite: true });
  if (existsSync(path) && imageKind(path) !== null) throw new UsageError(`--index ${path}: is an image, give another path`);
}

/** Writes a file that is there whole or not at all. @throws UsageError where something else is there, IoError */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = createAtomicFile(checkTarget(path, { overwrite: true }));
  try {
    await file.write(0, bytes);
    await file.flush();
    await file.publish();
  } finally {
    await file.discard();
  }
}
