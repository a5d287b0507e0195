import type { Window } from '../raster/window.js';

/** The windows of a pass's tasks that are still to come, as far as they were told. Lives in the reader. */
export class TaskWindows {
  readonly #windows = new Map<number, Window>();
  #told = 0;

  /** @param task from 0, with which a pass begins @param coming windows of tasks, behind those that were told in this pass */
  tell(task: number, coming: readonly Window[]): void {
    if (task === 0) {
      this.#windows.clear();
      this.#told = 0;
    }
    for (const window of coming) this.#windows.set(this.#told++, window);
    this.#windows.delete(task);
  }

  /** A task's window, and those of the tasks behind it that go on to the right in the same rows. */
  beside(task: number, window: Window): Window[] {
    const beside = [window];
    for (let next = task + 1; ; next++) {
      const coming = this.#windows.get(next);
      const { col, width } = beside.at(-1)!;
      if (coming === undefined || coming.row !== window.row || coming.height !== window.height) return beside;
      // At the raster's edge a halo ends: windows begin where those before them do, or end there.
      if (coming.col < col || coming.col + coming.width < col + width || (coming.col === col && coming.width === width)) return beside;
      beside.push(coming);
    }
  }
}
