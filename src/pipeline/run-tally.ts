import type { HighWater } from './conveyor.js';
import type { StageSeconds } from './chain.js';
import type { LoadedTask } from './reader.js';
import { Timeline, type TimelineRecord } from './timeline.js';
import type { Verified } from './verification.js';

/** What a run did. Seconds of a stage are summed over its workers. */
export interface RunTotals {
  readonly queue: { readonly inputHighWater: number; readonly outputHighWater: number };
  readonly seconds: {
    /** Until the first task was asked for. */
    readonly startup: number;
    readonly wall: number;
    readonly read: number;
    readonly decode: number;
    readonly operation: number;
    readonly encode: number;
    readonly write: number;
    readonly waiting: { readonly reader: number; readonly workers: number; readonly writer: number };
  };
  readonly bytes: { readonly read: number; readonly written: number };
  /** Peak resident memory of the pool's processes, summed. */
  readonly childrenMaxRssBytes: number;
  /** Tasks that runs before had done, where it is one that can be resumed. */
  readonly resumedTasks: number;
  /** What was read back and found right, where that was asked for. */
  readonly verified?: Verified | undefined;
  /** Where it was asked for. */
  readonly timeline?: TimelineRecord;
}

/** What was read for a task. */
type Read = Pick<LoadedTask, 'seconds' | 'bytesRead'>;

/** What is known at a run's end. */
type RunEnd = Pick<RunTotals, 'childrenMaxRssBytes' | 'resumedTasks' | 'verified'> & { readonly fileBytes: number };

const workerLane = (worker: number): string => `worker ${worker + 1}`;

/** Adds up what the stages of a run say they did. Lives in the main thread. */
export class RunTally {
  readonly timeline: Timeline | undefined;
  readonly #workers: number;
  readonly #started = performance.now();
  readonly #seconds = { startup: 0, read: 0, decode: 0, operation: 0, encode: 0, write: 0, passes: 0 };
  readonly #highWater = { input: 0, output: 0 };
  readonly #workersRead: boolean;
  #bytesRead = 0;

  /** Begins with the run. @param workers how many work in its pool @param workersRead whether they read their input, in the time that is theirs */
  constructor(workers: number, { withTimeline, workersRead }: { readonly withTimeline: boolean; readonly workersRead: boolean }) {
    this.#workers = workers;
    this.#workersRead = workersRead;
    if (withTimeline) this.timeline = new Timeline([...(workersRead ? [] : ['reader']), ...Array.from({ length: workers }, (_, i) => workerLane(i)), 'writer']);
  }

  /** All stages are open. */
  opened(): void {
    this.#seconds.startup = this.elapsed();
  }

  /** The reader has fetched a task. */
  read({ seconds, bytesRead }: Read): void {
    this.#seconds.read += seconds;
    this.#bytesRead += bytesRead;
    this.timeline?.worked('reader', seconds);
  }

  /** A worker, from 0, has done something. @param own what it read for it itself */
  worked(worker: number, { decode, operation, encode }: StageSeconds, own?: Read): void {
    this.#bytesRead += own?.bytesRead ?? 0;
    this.#seconds.read += own?.seconds ?? 0;
    this.timeline?.worked(workerLane(worker), (own?.seconds ?? 0) + decode + operation + encode);
    this.#seconds.decode += decode;
    this.#seconds.operation += operation;
    this.#seconds.encode += encode;
  }

  /** The writer has worked. */
  wrote(seconds: number): void {
    this.#seconds.write += seconds;
    this.timeline?.worked('writer', seconds);
  }

  /** All tasks have gone one way through reader and pool. */
  passed(seconds: number, { input, output }: HighWater): void {
    this.#seconds.passes += seconds;
    this.#highWater.input = Math.max(this.#highWater.input, input);
    this.#highWater.output = Math.max(this.#highWater.output, output);
  }

  /** Seconds since the run began. */
  elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  totals({ fileBytes, childrenMaxRssBytes, resumedTasks, verified }: RunEnd): RunTotals {
    const { startup, read, decode, operation, encode, write, passes } = this.#seconds;
    const idle = (all: number, busy: number): number => Math.max(0, all - busy);
    const [readers, own] = this.#workersRead ? [this.#workers, read] : [1, 0];
    const waiting = {
      reader: idle(passes * readers, read),
      workers: idle(passes * this.#workers, own + decode + operation + encode),
      writer: idle(passes, write),
    };
    return {
      queue: { inputHighWater: this.#highWater.input, outputHighWater: this.#highWater.output },
      seconds: { startup, wall: this.elapsed(), read, decode, operation, encode, write, waiting },
      bytes: { read: this.#bytesRead, written: fileBytes },
      childrenMaxRssBytes,
      resumedTasks,
      verified,
      ...(this.timeline && { timeline: this.timeline.finish() }),
    };
  }
}

/** Of a run that found its output complete. */
export function nothingDone({ fileBytes, resumedTasks }: Pick<RunEnd, 'fileBytes' | 'resumedTasks'>): RunTotals {
  const tally = new RunTally(1, { withTimeline: false, workersRead: false });
  return tally.totals({ fileBytes, childrenMaxRssBytes: 0, resumedTasks });
}
