import { Worker } from 'node:worker_threads';
import type { NormalizeOptions } from '../oracle/support/run.js';

/** A file to be normalized by the library, in one thread. */
export interface Trial {
  readonly bytes: Uint8Array;
  readonly options: NormalizeOptions;
}

export type Outcome =
  | { readonly kind: 'done'; readonly output: Uint8Array<ArrayBuffer> }
  /** Refused with a RastqError, by its exit code. */
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  /** Ended by any other error, or it left files, or it hangs. */
  | { readonly kind: 'crashed'; readonly what: string };

/** Far longer than a trial takes. */
const WATCHDOG_MS = 30_000;

/**
 * Does trials by the thousand: in threads, so that one that loops for ever can be ended, and many per thread, for a
 * process for each would take minutes.
 */
export class Trials {
  readonly #lanes: readonly Lane[];
  #next = 0;

  constructor(threads = 2) {
    this.#lanes = Array.from({ length: threads }, () => new Lane());
  }

  attempt(trial: Trial): Promise<Outcome> {
    return this.#lanes[this.#next++ % this.#lanes.length].attempt(trial);
  }
}

/** One thread at a time, with one trial at a time. */
class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | undefined;
  #settle: (outcome: Outcome) => void = () => undefined;

  attempt(trial: Trial): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#attempt(trial));
    this.#last = outcome;
    return outcome;
  }

  async #attempt(trial: Trial): Promise<Outcome> {
    const worker = (this.#worker ??= this.#start());
    const watchdog = setTimeout(() => this.#abandon(`hangs for ${WATCHDOG_MS / 1000} seconds`), WATCHDOG_MS);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#settle = resolve;
      worker.postMessage(trial);
    });
    clearTimeout(watchdog);
    return outcome;
  }

  #start(): Worker {
    const worker = new Worker(new URL('trial-thread.js', import.meta.url));
    worker.on('message', (outcome: Outcome) => this.#settle(outcome));
    worker.on('error', (error) => this.#abandon(`ended its thread: ${error.message}`));
    // An idle thread keeps nobody from ending; the watchdog of a trial does.
    worker.unref();
    return worker;
  }

  #abandon(what: string): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#settle({ kind: 'crashed', what });
  }
}
