/** An AbortSignal as a promise that rejects with the signal's reason, for racing with work. */
export class StopSignal {
  readonly promise: Promise<never>;
  readonly #signal: AbortSignal | undefined;
  #stop: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.promise = new Promise((_, reject) => {
      this.#stop = () => {
        reject(signal!.reason as Error);
      };
    });
    // A stop that nothing waits for just then is seen by the next race.
    this.promise.catch(() => undefined);
    if (signal?.aborted) this.#stop();
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  /** The work's result, unless the stop comes first. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.promise]);
  }

  /** Listens no longer. */
  forget(): void {
    this.#signal?.removeEventListener('abort', this.#stop);
  }
}
