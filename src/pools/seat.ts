import { WorkerDeathError } from '../errors.js';
import type { Movable, Stage, StageUsage } from './stage.js';

/** What goes to a worker. */
export interface Message {
  readonly item: unknown;
  /** Buffers in the item that may be moved rather than copied. */
  readonly transfer?: readonly Movable[];
  /** As of `Stage.call`. */
  readonly room?: ArrayBuffer | undefined;
}

export interface SeatOptions {
  /** Starts a worker: the first, and each that takes the place of one that died. */
  readonly start: () => Stage;
  /** Opens it, before its first call. */
  readonly open: (stage: Stage) => Promise<unknown>;
  /** Calls that a worker handles at a time; others wait there. */
  readonly concurrency: number;
  /** A worker that takes longer over a call is ended; Infinity: never. */
  readonly timeoutMs: number;
  /** A worker that takes longer to start or to close is ended; Infinity: never. */
  readonly startMs: number;
  /** Called when a worker died and can do no more, before another takes its place. */
  readonly onDeath: () => void;
}

/** Why a call has no result: its worker died. */
export class LostCallError extends Error {
  readonly death: WorkerDeathError;
  /** Whether the worker had begun it. One that only waited there is not to blame. */
  readonly hadBegun: boolean;

  constructor(death: WorkerDeathError, hadBegun: boolean) {
    super(death.message, { cause: death });
    this.death = death;
    this.hadBegun = hadBegun;
  }
}

interface CallUnderWay {
  hasBegun: boolean;
  isOverdue: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** The longest a timer of Node's can be. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A timer that is so late was stopped with this process, by Ctrl-Z say. */
const LATE_MS = 1000;
/** A thread within a call of the system cannot be ended; after so long it is left to itself. It runs no more code of ours. */
const LONGEST_END_MS = 5000;

/** A worker's place in a pool: who dies is replaced. Lives in the main thread. */
export class Seat {
  readonly #options: SeatOptions;
  #stage: Stage;
  #ready: Promise<void> | undefined;
  /** The one whose place was given to another last. */
  #replaced: Stage | undefined;
  #hasFailed = false;
  #isOver = false;
  /** In the order in which the worker begins them. */
  readonly #underWay = new Set<CallUnderWay>();

  constructor(options: SeatOptions) {
    this.#options = options;
    this.#stage = options.start();
  }

  get transfers(): boolean {
    return this.#stage.transfers;
  }

  /**
   * Opens the worker, or gives the seat to another where it is dead. Once for all who ask.
   * @throws what opening threw; WorkerDeathError where the worker died meanwhile, or took too long: no other is tried
   */
  ready(): Promise<void> {
    const dead = this.#stage;
    if (this.#ready !== undefined && !this.#hasFailed && !this.#isOver && this.#replaced !== dead && dead.isDead()) {
      this.#replaced = dead;
      this.#ready = this.#end(dead).then(() => {
        this.#options.onDeath();
        if (this.#isOver) throw new WorkerDeathError(`${dead.name} was ended`);
        this.#stage = this.#options.start();
        return this.#open();
      });
    }
    this.#ready ??= this.#open();
    return this.#ready;
  }

  /** @throws LostCallError where the worker died; what the module threw */
  async call({ item, transfer, room }: Message): Promise<unknown> {
    const stage = this.#stage;
    const call: CallUnderWay = { hasBegun: false, isOverdue: false, timer: undefined };
    this.#underWay.add(call);
    this.#begin();
    try {
      return await stage.call(item, transfer, room);
    } catch (error) {
      if (!(error instanceof WorkerDeathError)) throw error;
      throw new LostCallError(call.isOverdue ? this.#tooLong(stage, { cause: error }) : error, call.hasBegun);
    } finally {
      clearTimeout(call.timer);
      this.#underWay.delete(call);
      this.#begin();
    }
  }

  /** Ends the worker when its calls are done. One that is dead by then has nothing to tell. */
  async close(): Promise<StageUsage> {
    this.#isOver = true;
    try {
      return await this.#within('close', this.#stage.close());
    } catch (error) {
      if (!(error instanceof WorkerDeathError)) throw error;
      await this.#end(this.#stage);
      return { maxRssBytes: 0 };
    }
  }

  /** Ends the worker at once. Never throws. */
  async terminate(): Promise<void> {
    this.#isOver = true;
    await this.#end(this.#stage);
  }

  async #open(): Promise<void> {
    const stage = this.#stage;
    try {
      await this.#within('start', this.#options.open(stage));
    } catch (cause) {
      this.#hasFailed = true;
      if (!(cause instanceof WorkerDeathError)) throw cause;
      throw new WorkerDeathError(`${cause.message}, before its first task`, { cause });
    }
  }

  /** Fails where the worker takes too long to start or close, and ends it. */
  async #within<T>(what: string, work: Promise<T>): Promise<T> {
    const { startMs } = this.#options;
    const stage = this.#stage;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      if (startMs > LONGEST_TIMER_MS) return;
      timer = setTimeout(() => reject(new WorkerDeathError(`${stage.name} did not ${what} within ${startMs / 1000} s`)), startMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Marks what the worker is at now: as many of its calls as it handles at a time. */
  #begin(): void {
    // What waits at a dead worker never begins there.
    if (this.#stage.isDead()) return;
    let running = 0;
    for (const call of this.#underWay) {
      if (running++ === this.#options.concurrency) return;
      if (call.hasBegun) continue;
      call.hasBegun = true;
      this.#watch(call);
    }
  }

  #watch(call: CallUnderWay): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs > LONGEST_TIMER_MS) return;
    const stage = this.#stage;
    const due = performance.now() + timeoutMs;
    call.timer = setTimeout(() => {
      call.isOverdue = performance.now() <= due + LATE_MS;
      if (call.isOverdue) void this.#end(stage);
      else this.#watch(call);
    }, timeoutMs);
  }

  #tooLong({ name }: Stage, options: ErrorOptions): WorkerDeathError {
    return new WorkerDeathError(`${name} was ended: it took longer than ${this.#options.timeoutMs / 1000} s`, options);
  }

  async #end(stage: Stage): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const longest = new Promise<void>((resolve) => (timer = setTimeout(resolve, LONGEST_END_MS)));
    await Promise.race([stage.terminate(), longest]);
    clearTimeout(timer);
  }
}
