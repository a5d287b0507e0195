/**
 * Which task is the last that needs a block, as far as tasks are told. Blocks are numbers. Lives in the reader thread.
 */
export class LastUses {
  readonly #tasks = new Map<number, number>();

  /** A task that comes after all that were told needs these blocks. */
  tell(task: number, blocks: Iterable<number>): void {
    for (const block of blocks) this.#tasks.set(block, task);
  }

  /** Whether a task that was told and comes after this one needs a block. */
  isNeededAfter(task: number, block: number): boolean {
    return (this.#tasks.get(block) ?? -1) > task;
  }

  /** The same of several blocks; those that none does are forgotten. */
  areNeededAfter(task: number, blocks: Iterable<number>): boolean {
    let isNeeded = false;
    for (const block of blocks) {
      if (this.isNeededAfter(task, block)) isNeeded = true;
      else this.#tasks.delete(block);
    }
    return isNeeded;
  }

  /** Tasks begin anew. */
  clear(): void {
    this.#tasks.clear();
  }
}
