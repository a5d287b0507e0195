import type { JournalContent, JournalWriter } from '../io/journal-lines.js';
import type { OutputStamp, ResumableSink } from '../io/kept-place.js';
import type { TaskRule } from './task.js';
import type { Work } from './work.js';

/** A journal's first record: what is being made of what. */
export interface BegunRecord {
  readonly rastq: 'journal';
  readonly work: Work;
  /** How the work is cut into tasks: those that follow are counted by it. */
  readonly rule: TaskRule;
}

/** A task whose tiles are on the disk, or on their way to an object. Tasks come in their order. */
export interface TaskRecord {
  readonly task: number;
  /** As the writer was given them. */
  readonly byteCounts: readonly number[];
  /** Of the tiles before they were encoded; absent where the run took none. */
  readonly checksums?: readonly number[];
}

/** The output is complete: all that is left is to make it appear. */
export interface CompleteRecord {
  readonly complete: OutputStamp;
  /** Whether it was read back and found right. */
  readonly verified: boolean;
}

/** What a journal tells. */
export interface Standing {
  readonly work: Work;
  readonly rule: TaskRule;
  readonly tasks: readonly TaskRecord[];
  readonly complete: OutputStamp | undefined;
  /** Whether what is complete was read back and found right. */
  readonly verified: boolean;
  /** Where in the journal the last task's record ends. */
  readonly bytes: number;
}

/** Reads a journal's records; undefined where it is another program's. */
export function standingOf({ records, ends }: JournalContent): Standing | undefined {
  const [first, ...others] = records as [BegunRecord?, ...Partial<TaskRecord & CompleteRecord>[]];
  if (first?.rastq !== 'journal') return undefined;
  const tasks: TaskRecord[] = [];
  for (const record of others) {
    if (record.task !== tasks.length) break;
    tasks.push(record as TaskRecord);
  }
  const last = others.at(-1);
  return { work: first.work, rule: first.rule, tasks, complete: last?.complete, verified: last?.verified === true, bytes: ends[tasks.length] };
}

/** Tasks are told to the disk when so much is written since, or so much time went by. */
const FLUSHED_BYTES = 64 * 1024 * 1024;
const FLUSHED_MS = 2_000;
/** A journal that has to be written anew waits for so many times its bytes. */
const REWRITING_SHARE = 32;

/**
 * Keeps the journal while tasks are written: a task is noted when its tiles last, or are sure to be missed. Flushing goes
 * on beside the writing. Lives in the writer thread.
 */
export class TaskJournal {
  readonly #file: ResumableSink;
  readonly #journal: JournalWriter;
  #written: TaskRecord[] = [];
  #writtenBytes = 0;
  #flushedAt = performance.now();
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(file: ResumableSink, journal: JournalWriter) {
    this.#file = file;
    this.#journal = journal;
  }

  /** A task was written, so many bytes. @throws IoError where flushing an earlier one has failed */
  add(record: TaskRecord, bytes: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#written.push(record);
    this.#writtenBytes += bytes;
    const isDue = this.#writtenBytes >= FLUSHED_BYTES || performance.now() - this.#flushedAt >= FLUSHED_MS;
    const isWorthIt = this.#writtenBytes >= REWRITING_SHARE * this.#journal.rewrittenBytes;
    if (isDue && isWorthIt && this.#flushing === undefined) this.#flush();
  }

  /** Waits until all tasks that were added are noted. @throws IoError */
  async settle(): Promise<void> {
    while (this.#flushing !== undefined || (this.#written.length > 0 && this.#failure === undefined)) {
      if (this.#flushing === undefined) this.#flush();
      await this.#flushing;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Notes that the flushed file is complete, and whether it was verified. @throws IoError */
  complete(verified: boolean): Promise<void> {
    return this.#journal.append([{ complete: this.#file.stamp(), verified } satisfies CompleteRecord]);
  }

  /** Notes what can still be noted. Never throws. */
  async close(): Promise<void> {
    await this.settle().catch(() => undefined);
    this.#journal.close();
  }

  #flush(): void {
    const tasks = this.#written;
    this.#written = [];
    this.#writtenBytes = 0;
    this.#flushing = this.#file
      .persist()
      .then(() => this.#journal.append(tasks))
      .catch((error: unknown) => {
        this.#failure = error as Error;
      })
      .finally(() => {
        this.#flushing = undefined;
        this.#flushedAt = performance.now();
      });
  }
}
