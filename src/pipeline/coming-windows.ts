import { isRemote } from '../io/location.js';
import type { Window } from '../raster/window.js';
import type { PlanImage } from './plan.js';
import { readsColumns } from './strip-columns.js';

/** The tasks whose windows are told at one time. */
const TOLD_TASKS = 1024;

/**
 * What a reader is told of a pass before its tasks come, so that it can fetch their blocks ahead: their windows in their
 * order, some at a time, from the first task's own on; or, of strips that are read in columns, together. Of other local files it
 * needs to know nothing. Lives in the main thread.
 */
export class ComingWindows {
  readonly #count: number;
  readonly #windowOf: (task: number) => Window;
  #told = 0;

  /** @param count tasks of the pass @param windowOf the pixels whose blocks a task needs */
  constructor(images: readonly PlanImage[], count: number, windowOf: (task: number) => Window) {
    this.#count = images.some((image) => isRemote(image.path) || readsColumns(image)) ? count : 0;
    this.#windowOf = windowOf;
  }

  /** The windows to tell with a task: those that come next after all that were told. */
  next(task: number): Window[] {
    if (this.#told > task + TOLD_TASKS) return [];
    const windows: Window[] = [];
    const end = Math.min(this.#count, this.#told + 2 * TOLD_TASKS);
    while (this.#told < end) windows.push(this.#windowOf(this.#told++));
    return windows;
  }
}
