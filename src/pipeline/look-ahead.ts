import { keepFreedMemory, leaveGarbage } from '../kernels/garbage.js';
import type { Window } from '../raster/window.js';
import { ensureRoom, SpareBuffers } from './buffers.js';
import { LastUses } from './last-uses.js';
import { collectBlocks, type ComingBlocks, layOut, type LoadedBlocks } from './loaded-blocks.js';
import { bytesOf, type Place, type PlaceKey, type SourceRange, type Span, SpanSet } from './span.js';
import { REQUEST_BYTES, SpanRequests } from './span-requests.js';

export interface LookAheadOptions {
  /** The blocks of a task's window, in the order that its buffer lists them. */
  readonly rangesOf: (window: Window) => Promise<readonly SourceRange[]>;
  /** The same blocks' numbers. */
  readonly blocksOf: (window: Window) => Iterable<number>;
  /** The most bytes that are held; a single task may need more. */
  readonly bytes: number;
}

/**
 * Requests ask for less where less is fetched ahead, so that several are on their way at one time, and the first ones too, so
 * that the workers have something to do soon; those behind them for more and more.
 */
const FIRST_BYTES = 512 * 1024;
const REQUEST_SHARE = 8;
/** So much is fetched ahead at first, enough for two cores and a near network, for memory that is new to the system is dear; half as much more each time that turns out too little. */
const FIRST_AHEAD = 16 * 1024 * 1024;

/** Blocks that are as large come to their task's buffer by themselves; smaller ones are copied, and found again where a file refers to them often. */
const DIRECT_BYTES = 16 * 1024;
/** A task that is as large has its buffer ahead: of a smaller one the room to spare would be more than is counted. */
const DIRECT_TASK_BYTES = 512 * 1024;

interface Scheduled extends ComingBlocks {
  /** Numbers of blocks that it needs alone. */
  readonly alone: readonly number[];
  readonly spans: ReadonlySet<Span>;
}

/**
 * Loads the blocks of tasks that come in their order, and fetches those of coming tasks meanwhile: blocks that lie
 * behind each other in one request, many requests at a time. A block that several tasks need is kept until the last of
 * them, as far as there is room. Lives in the reader thread.
 */
export class LookAhead {
  readonly #options: LookAheadOptions;
  /** The windows of tasks that are not loaded yet, as far as they were told. */
  readonly #windows = new Map<number, Window>();
  /** Tasks of the pass whose windows were told. */
  #told = 0;
  /** The next task to schedule. */
  #next = 0;
  #scheduled = new Map<number, Scheduled>();
  readonly #requests = new SpanRequests();
  /** Spans that no scheduled task needs but a later one, */
  readonly #waiting = new SpanSet();
  /** and those that none needs, the oldest first: another pass may. */
  readonly #idle = new SpanSet();
  readonly #uses = new LastUses();
  /** The task that was asked for last. */
  #current = 0;
  #neededBytes = 0;
  /** The most bytes of coming tasks that are held. */
  #aheadBytes = FIRST_AHEAD;
  /** Bytes of tasks that were loaded since that was set. */
  #loadedBytes = 0;
  #filling: Promise<void> = Promise.resolve();
  /** What tasks come back in, for coming ones. */
  readonly #spares = new SpareBuffers();

  constructor(options: LookAheadOptions) {
    this.#options = options;
    keepFreedMemory();
  }

  /**
   * @param task from 0, with which a pass begins
   * @param coming windows of tasks, behind those that were told in this pass; a task's own is told with it or earlier
   * @throws what reading this task's blocks throws; a failure of a coming task waits for its turn
   */
  async load(task: number, coming: readonly Window[], spare: ArrayBuffer | undefined): Promise<LoadedBlocks> {
    if (spare !== undefined) this.#spares.give(spare);
    await this.#filling;
    if (task === 0) this.#begin();
    this.#current = task;
    for (const window of coming) {
      this.#uses.tell(this.#told, this.#options.blocksOf(window));
      this.#windows.set(this.#told++, window);
    }
    if (!this.#scheduled.has(task)) {
      this.#restart(task);
      await this.#fill(task);
    }
    this.#filling = this.#fill().catch(() => undefined);
    const scheduled = this.#scheduled.get(task)!;
    this.#adapt(scheduled);
    try {
      const blocks = await collectBlocks(scheduled, () => this.#spares.take());
      return { ...blocks, bytesRead: this.#requests.takeAskedBytes() };
    } finally {
      this.#scheduled.delete(task);
      this.#windows.delete(task);
      for (const span of scheduled.spans) this.#release(span);
      this.#uses.forget(task, scheduled.alone);
    }
  }

  /** Tasks that wait for their bytes, though all that is held ahead was asked for before them, want more to be. */
  #adapt({ lengths, spans }: Scheduled): void {
    const isLate = [...spans].some(({ hasCome }) => !hasCome);
    if (isLate && this.#loadedBytes >= this.#aheadBytes) {
      this.#aheadBytes += FIRST_AHEAD / 2;
      this.#loadedBytes = 0;
    }
    for (const length of lengths) this.#loadedBytes += length;
  }

  /**
   * Schedules coming tasks while there is room for them, and asks for their blocks. Waits until there is room for some,
   * so that their blocks make long requests.
   * @param wanted a task to schedule whatever room there is, the first of those that come
   */
  async #fill(wanted = -1): Promise<void> {
    const { bytes } = this.#options;
    // At least a quarter is for what comes, and one for what will be needed again.
    const room = Math.max(bytes / 4, Math.min((bytes * 3) / 4, bytes - this.#waiting.bytes - this.#idle.bytes));
    const most = Math.min(room, this.#aheadBytes);
    if (this.#next > wanted && this.#neededBytes > most - Math.min(most / 4, 2 * REQUEST_BYTES)) return;
    const open: Span[] = [];
    try {
      while (this.#next < this.#told && (this.#next <= wanted || this.#neededBytes < most)) {
        const ranges = await this.#options.rangesOf(this.#windows.get(this.#next)!);
        const requestBytes = Math.min(REQUEST_BYTES, Math.max(FIRST_BYTES, (wanted < 0 ? most : this.#neededBytes) / REQUEST_SHARE));
        this.#schedule(ranges, open, requestBytes);
      }
    } catch (error) {
      if (this.#next <= wanted) throw error;
      // Its own turn reports it.
    } finally {
      for (const span of open) this.#requests.ask(span);
    }
  }

  #schedule(ranges: readonly SourceRange[], open: Span[], requestBytes: number): void {
    const order = this.#requests.inOrder(ranges);
    const keys = ranges.map((range) => (range.length > 0 ? this.#requests.keyOf(range) : undefined));
    const layout = layOut(ranges, keys);
    const { starts, total } = layout;
    const alone = new Set(order.filter((i) => this.#isForThisAlone(ranges[i], keys[i]!)));
    const aloneBytes = [...alone].reduce((sum, i) => sum + ranges[i].length, 0);
    const buffer = total >= DIRECT_TASK_BYTES && aloneBytes > total / 2 ? ensureRoom(this.#spares.take(), total) : undefined;
    const places = new Map<number, Place>();
    const spans = new Set<Span>();
    for (const i of order) {
      const { length, block } = ranges[i];
      const into = buffer && alone.has(i) ? new Uint8Array(buffer, starts[i], length) : undefined;
      const place = places.get(starts[i]) ?? this.#requests.place(ranges[i], { key: keys[i]!, into, open, requestBytes });
      if (typeof place.goes === 'number') place.span.blocks.add(block);
      places.set(starts[i], place);
      spans.add(place.span);
    }
    for (const span of spans) this.#need(span);
    this.#scheduled.set(this.#next++, { ...layout, buffer, places, alone: Array.from(alone, (i) => ranges[i].block), spans });
  }

  /** Whether a block is large, not asked for yet, and needed by no task behind the one that is scheduled. A file that can be held stays for another pass. */
  #isForThisAlone({ source, length, block }: SourceRange, key: PlaceKey): boolean {
    const mayStay = source.size <= this.#idleBytes;
    return !mayStay && length >= DIRECT_BYTES && !this.#requests.isHeld(key) && !this.#uses.isNeededAfter(this.#next, block);
  }

  /** The most that is held of what no task needs. */
  get #idleBytes(): number {
    return Math.max(0, this.#options.bytes / 4 - this.#waiting.bytes);
  }

  #need(span: Span): void {
    this.#waiting.delete(span);
    this.#idle.delete(span);
    span.tasks++;
    // Those of a span that is not asked for yet become more with each task.
    this.#neededBytes += bytesOf(span) - span.neededBytes;
    span.neededBytes = bytesOf(span);
  }

  #release(span: Span): void {
    if (--span.tasks > 0) return;
    const { bytes } = this.#options;
    this.#neededBytes -= span.neededBytes;
    span.neededBytes = 0;
    const areNeeded = this.#uses.areNeededAfter(this.#current, span.blocks);
    this.#uses.forget(this.#current, span.blocks);
    if (span.heldBytes === 0) return;
    if (!areNeeded) this.#idle.add(span);
    // The last that came is the last to be needed: what came before it is nearer to its next use.
    else if (this.#waiting.bytes + span.heldBytes <= (bytes * 3) / 4) this.#waiting.add(span);
    else this.#requests.discard(span);
    while (this.#idle.bytes > this.#idleBytes) this.#requests.discard(this.#idle.takeOldest());
  }

  /** Another pass begins: what was told of the one before is over. */
  #begin(): void {
    this.#windows.clear();
    this.#uses.clear();
    // It may be one whose blocks are held, which leaves no room for as many.
    for (let spare = this.#spares.take(); spare !== undefined; spare = this.#spares.take()) leaveGarbage(spare);
    this.#told = 0;
    this.#restart(0);
  }

  /** Lets go of what was scheduled, and goes on with a task. */
  #restart(task: number): void {
    for (const { spans } of this.#scheduled.values()) {
      for (const span of spans) this.#release(span);
    }
    this.#scheduled.clear();
    this.#next = task;
    this.#loadedBytes = 0;
  }
}
