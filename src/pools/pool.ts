import { WorkerError } from '../errors.js';
import type { Lane } from './lanes.js';
import { LostCallError, type Message, Seat } from './seat.js';
import type { StagePool } from './stage-pool.js';
import type { PoolKind, Stage, StageUsage } from './stage.js';
import { startStage } from './start.js';

/** How a pool deals with workers that die or never end. It decides on no result. */
export interface Endurance {
  /** How often an item whose worker died, or took too long over it, is done again. */
  readonly retries: number;
  /** A worker that takes longer over an item is ended; Infinity: never. Work in this thread cannot be ended. */
  readonly timeoutMs: number;
}

export const STANDARD_ENDURANCE: Endurance = { retries: 2, timeoutMs: 600_000 };

/** What a worker is given to start at least, also where tasks are short: a busy machine takes its time. */
const START_MS = 60_000;

export interface PoolOptions {
  readonly kind: PoolKind;
  readonly workers: number;
  /** The URL of the module that they run, which exports `open`. */
  readonly module: string;
  /** As of `startStage`. */
  readonly youngMb?: number;
  /** What a worker, from 0, is opened with: plain JSON. */
  readonly setup: (worker: number, stage: Stage) => unknown;
  readonly endurance: Endurance;
  /** Calls that a worker handles at a time, as its handler has it; 1 by default. */
  readonly concurrency?: number;
  /** Where workers come from and go back to; by default they are the pool's own. */
  readonly stages?: StagePool | undefined;
  /** Called when a worker is open, before its first call. */
  readonly onOpen?: (stage: Stage) => Promise<unknown>;
  /** Called when a worker, from 0, died and can do no more, before another takes its place. */
  readonly onDeath?: (worker: number) => void;
  /** Told of each item that is done again, in words. */
  readonly onRetry?: ((message: string) => void) | undefined;
}

/** What a pool's worker, from 0, is called. */
export const workerName = (worker: number): string => `worker ${worker + 1}`;

/** Workers died of one item more often than is put up with; `cause` is the last death. */
export class LostItemError extends WorkerError {}

/** What a pool is asked to do. */
export interface PoolItem {
  /** What it is called in messages: `task 7`. */
  readonly name: () => string;
  /** What goes to the worker. Made anew for each try, from 0: what was moved to a worker that died is gone. */
  readonly message: (tries: number) => Message | Promise<Message>;
}

/**
 * Workers, threads or processes, that each run one module. Who dies is replaced, and what it was at is done again. Made,
 * used and ended by the main thread.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #seats: readonly Seat[];
  #isOver = false;

  /** Starts the workers. */
  constructor(options: PoolOptions) {
    this.#options = options;
    const { kind, workers, module, youngMb, setup, endurance, concurrency = 1, stages, onOpen, onDeath } = options;
    const timeoutMs = kind === 'inline' ? Infinity : endurance.timeoutMs;
    this.#seats = Array.from({ length: workers }, (_, worker) => {
      const name = workerName(worker);
      return new Seat({
        start: () => stages?.take(kind, name, module, { youngMb }) ?? startStage(kind, name, module, { youngMb }),
        open: async (stage) => {
          await stage.open(setup(worker, stage));
          await onOpen?.(stage);
        },
        concurrency,
        timeoutMs,
        startMs: Math.max(timeoutMs, START_MS),
        onDeath: () => onDeath?.(worker),
      });
    });
  }

  get size(): number {
    return this.#seats.length;
  }

  /** Whether buffers are moved to the workers and back; else they are copied. */
  get transfers(): boolean {
    return this.#seats[0].transfers;
  }

  /** Opens the workers. @throws what opening one threw; WorkerDeathError where one died meanwhile */
  async open(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.ready()));
  }

  /** Lanes to every worker, so many each. @param work does an item with a worker, from 0 */
  lanes<In, Out>(each: number, work: (worker: number, item: In) => Promise<Out>): Lane<In, Out>[] {
    return this.#seats.flatMap((_, worker) => Array.from({ length: each }, (): Lane<In, Out> => (item) => work(worker, item)));
  }

  /**
   * Has a worker, or those that take its place, do an item.
   * @throws what the module threw; LostItemError where its workers died more often than is put up with; WorkerDeathError
   *   where one died before it was ready
   */
  async call(worker: number, { name, message }: PoolItem): Promise<unknown> {
    const { retries } = this.#options.endurance;
    const seat = this.#seats[worker];
    let deaths = 0;
    for (let tries = 0; ; tries++) {
      await seat.ready();
      try {
        const made = message(tries);
        // Nothing is waited for in between: a buffer that is there now may be gone later.
        return await seat.call(made instanceof Promise ? await made : made);
      } catch (cause) {
        if (!(cause instanceof LostCallError)) throw cause;
        const { death, hadBegun } = cause;
        if (this.#isOver) throw death;
        if (hadBegun && ++deaths > retries) {
          const often = deaths === 1 ? '' : `, and so did others, ${deaths} times in all; --retries sets how often it is tried again`;
          throw new LostItemError(`${death.message}, at ${name()}${often}`, { cause: death });
        }
        if (hadBegun) this.#options.onRetry?.(`${death.message}, at ${name()}, which is done again`);
      }
    }
  }

  /** Has every worker answer a question, between two rounds of items. */
  ask(question: unknown): Promise<unknown[]> {
    const item: PoolItem = { name: () => 'a question', message: () => ({ item: question }) };
    return Promise.all(this.#seats.map((_, worker) => this.call(worker, item)));
  }

  /** Ends the workers when their calls are done, and tells what they used. */
  async close(): Promise<StageUsage> {
    this.#isOver = true;
    const usages = await Promise.all(this.#seats.map((seat) => seat.close()));
    return { maxRssBytes: usages.reduce((sum, { maxRssBytes }) => sum + maxRssBytes, 0) };
  }

  /** Ends the workers at once. Never throws. */
  async terminate(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#seats.map((seat) => seat.terminate()));
  }
}
