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

  /** Whether one needs one of several blocks. */
  areNeededAfter(task: number, blocks: Iterable<number>): boolean {
    for (const block of blocks) if (this.isNeededAfter(task, block)) return true;
    return false;
  }

  /** Forgets blocks, but for those that a task needs which was told and comes after this one. */
  forget(task: number, blocks: Iterable<number>): void {
    for (const block of blocks) if (!this.isNeededAfter(task, block)) this.#tasks.delete(block);
  }

  /** Tasks begin anew. */
  clear(): void {
    this.#tasks.clear();
  }
}
