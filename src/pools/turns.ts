/** Lets work begin in the order it comes, so much of it at a time. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();

  /**
   * Begins work when all before it has begun, and less than `most` of it is still going on. 1: by itself.
   * @param most asked for anew each time something ends
   */
  take<T>(most: () => number, work: () => Promise<T>): Promise<T> {
    const begun = this.#last.then(async () => {
      while (this.#running.size >= most()) await Promise.race(this.#running);
      const running = work();
      // Whoever waits for a turn does not mind how the one before ended.
      const settled: Promise<unknown> = running.then(
        () => this.#running.delete(settled),
        () => this.#running.delete(settled),
      );
      this.#running.add(settled);
      return { running };
    });
    this.#last = begun.then(() => undefined);
    return begun.then(({ running }) => running);
  }
}
