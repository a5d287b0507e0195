import type { ByteSink } from './byte-sink.js';
import type { JournalContent } from './journal-lines.js';
import type { OpenTarget } from './output.js';

/** What tells a complete output from any other at its place. */
export interface OutputStamp {
  readonly bytes: number;
  /** Of a file when it was last changed, ns since 1970; of an object the mark of its upload. */
  readonly version: string;
}

/** An output whose bytes outlive a run that fails. */
export interface ResumableSink extends ByteSink {
  /** Waits until what was written before the call lasts, or will be asked for again. Writing may go on. @throws IoError */
  persist(): Promise<void>;
  /** Of the flushed output. @throws IoError */
  stamp(): OutputStamp;
}

/** What is found at the place of an output. */
export interface Found {
  /** The output itself. */
  readonly output: OutputStamp | undefined;
  /** What is being made of it, and appears there when it is complete. */
  readonly partial: OutputStamp | undefined;
}

/**
 * The place of an output whose runs can be gone on with: the output, what is being made of it, and the journal beside
 * them. Used by the main thread, which holds the output's lock. All throw IoError where the system or the store fails,
 * and UsageError where what is there is a stranger's.
 */
export interface KeptPlace {
  /** As messages name them. */
  readonly path: string;
  readonly journalPath: string;
  readonly partialName: string;
  readonly overwrite: boolean;
  /** Undefined where there is none. */
  readJournal(): Promise<JournalContent | undefined>;
  /** Makes the journal of some records, at once whole. */
  writeJournal(records: readonly unknown[]): Promise<void>;
  /** @param first the journal's first record; undefined: there is none */
  look(first: unknown): Promise<Found>;
  /**
   * Makes a journal whose first record says this, and perhaps more, and all that a writer needs.
   * @param onBegun told what has to be ended should the process end before the journal is there
   */
  begin(first: object, onBegun?: (target: OpenTarget) => void): Promise<OpenTarget>;
  /** What a writer goes on with. After `look`. */
  goOn(): OpenTarget;
  /**
   * Whether the bytes from..to of a partial output, which a journal says were written, are there. After `look`.
   * @param headBytes what is before all that is noted
   */
  holds(from: number, to: number, headBytes: number): boolean;
  /** Whether bytes that are not there look as if they were as soon as any behind them are written. */
  readonly isOneFile: boolean;
  /** Makes the complete partial output appear. After `look`. */
  publish(): Promise<void>;
  /** Takes away what making the output appear may have left of the partial one. After `look`. */
  tidy(): Promise<void>;
  /** Takes away what there is of a partial output, and what would go on with it. After `look`. */
  removeAll(): Promise<void>;
  /** What may be left of a `begin` that was stopped, and how to find or end it; absent: nothing. */
  left?(): string | undefined;
  close(): void;
}
