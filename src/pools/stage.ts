/**
 * A stage is a place where work is done: this thread, another thread, another process. It runs a module named by its
 * URL, so that no closure ever crosses, and answers calls in the order they come.
 */
export interface Stage {
  /** What messages call it: `worker 2 (process 4711)`. */
  readonly name: string;
  /** Whether `transfer` moves buffers to the stage, and replies move theirs back; else they are copied. */
  readonly transfers: boolean;
  /** Whether it is gone, or is being ended: what is asked of it fails. */
  isDead(): boolean;
  /**
   * Loads the module there and opens it with plain JSON. Called before the first call, and once more after each `release`.
   * @returns what the handler has to say of it
   */
  open(setup: unknown): Promise<unknown>;
  /**
   * Has the module handle one item. Several calls may be under way; they are handled in their order, one after the other
   * unless the handler takes several at a time.
   * @param room a buffer for the reply's, where they are copied
   * @throws what the module threw, with its stack; WorkerDeathError where the stage died
   */
  call(item: unknown, transfer?: readonly Movable[], room?: ArrayBuffer): Promise<unknown>;
  /** Has calls fail that wait for others, a network say, as nobody waits for them any more; what works goes on. */
  interrupt(): void;
  /** Lets go of the module's handler when its calls are done, and tells what the stage used so far: it can be opened again. */
  release(): Promise<StageUsage>;
  /** Ends the stage when its calls are done, and tells what it used. */
  close(): Promise<StageUsage>;
  /**
   * Ends the stage at once, whatever it does or waits for; one that is still loading ends soon, and begins nothing. Never throws.
   */
  terminate(): Promise<void>;
}

export interface StageUsage {
  /** Peak resident memory of the stage's own process; 0 where it lives in this one. */
  readonly maxRssBytes: number;
}

/** What a stage's module exports as `open`. */
export type OpenHandler = (setup: unknown) => Promise<Handler> | Handler;

export interface Handler {
  /** What who opened it has to know. */
  readonly opened?: unknown;
  /** The items it handles at a time, for work that waits for others; 1 by default. */
  readonly concurrency?: number;
  /** Handles one item; runs in the stage's thread. */
  handle(item: unknown): Promise<Reply> | Reply;
  /** Has what is being handled fail where it waits for others, a network say, and what comes after it too. Comes out of turn. */
  interrupt?(): void;
  /** Lets go of files and the like, when no more items come. */
  dispose?(): Promise<void> | void;
}

export interface Reply {
  readonly value: unknown;
  /** Buffers in `value` that may be moved rather than copied. */
  readonly transfer?: readonly Movable[];
  /** Buffers that the item came in and that nobody holds any more. Where they are copies, what comes next is received into them. */
  readonly spent?: readonly ArrayBuffer[];
}

/**
 * A buffer that may be moved. Of one with room to spare a view, from its start, tells what is in it: no more is copied, where it
 * is copied, and what gets there has room for that, mostly more.
 */
export type Movable = ArrayBuffer | Uint8Array<ArrayBuffer>;

/** The buffer itself. */
export const bufferOf = (movable: Movable): ArrayBuffer => (ArrayBuffer.isView(movable) ? movable.buffer : movable);

/** Where a pool's workers live. */
export type PoolKind = 'threads' | 'processes' | 'inline';
export const POOL_KINDS: readonly PoolKind[] = ['threads', 'processes', 'inline'];
