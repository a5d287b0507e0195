import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { locationKind } from '../io/location.js';
import type { Handler, PoolKind } from '../pools/stage.js';
import type { QueueMode } from './conveyor.js';
import type { PlanInput } from './plan.js';
import { type LoadedTask, loadTask, open as openReader, type ReaderSetup, type ReadRequest } from './reader.js';
import { imagesOf } from './region-reader.js';
import { readsColumns } from './strip-columns.js';

/** A task whose blocks its worker reads. */
export interface UnreadTask extends Pick<ReadRequest, 'task' | 'window'> {
  readonly isUnread: true;
}

export const isUnread = (task: LoadedTask | UnreadTask): task is UnreadTask => 'isUnread' in task;

/** Links that are followed, as systems have it. */
const MOST_LINKS = 40;

/** Whether a path is a file's in every process: what stands for a descriptor is this one's own, also where a link leads there. */
function isEverywhere(path: string): boolean {
  if (locationKind(path) !== 'file') return false;
  try {
    for (let at = path, links = 0; links < MOST_LINKS; links++) {
      const folder = realpathSync(dirname(at));
      if (/^\/(dev|proc)(\/|$)/.test(folder)) return false;
      at = resolve(folder, readlinkSync(join(folder, basename(at))));
    }
    return false;
  } catch {
    return true;
  }
}

/**
 * Whether workers read their own input. Processes do that of local files, which by a reader would come to them through its
 * memory and a pipe (ADR 17). One reader serves them all with what comes from a network or standard input, with rows of
 * strips that tasks beside each other share, and where everything is read before.
 */
export function readThemselves({ pool, queue }: { readonly pool: PoolKind; readonly queue: { readonly mode: QueueMode } }, input: PlanInput): boolean {
  return pool === 'processes' && queue.mode === 'bounded' && imagesOf(input).every((image) => isEverywhere(image.path) && !readsColumns(image));
}

/** Reads the input of the worker that it lives in. */
export class OwnReader {
  readonly #handler: Handler;
  #spare: ArrayBuffer | undefined;

  private constructor(handler: Handler) {
    this.#handler = handler;
  }

  /** @throws what opening a reader throws */
  static async open(setup: ReaderSetup): Promise<OwnReader> {
    return new OwnReader(await openReader(setup));
  }

  /** Reads a task's blocks; they are good until the next call. @throws what a reader throws */
  async load({ task, window }: UnreadTask): Promise<LoadedTask> {
    const spare = this.#spare;
    this.#spare = undefined;
    const loaded = await loadTask(this.#handler, { task, window, coming: null, spare });
    this.#spare = loaded.buffer;
    return loaded;
  }

  async close(): Promise<void> {
    await this.#handler.dispose?.();
  }
}
