import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { fromErrorRecord, ItemError, UsageError } from '../errors.js';
import { pauseMs } from '../io/retry.js';
import { checkCrossing, CrossingError } from './crossing.js';
import type { FunctionSetup, Outcome } from './function-stage.js';
import { imapAhead } from './imap.js';
import { runLanes } from './lanes.js';
import { isMoving, type Moving } from './moving.js';
import { LostItemError, Pool } from './pool.js';
import { Queue } from './queue.js';
import type { Message } from './seat.js';
import type { PoolKind } from './stage.js';

/** What a stage does, and how. */
export interface ProcessQueueOptions<In, Out> {
  /** The module of the function: a URL, or a path, which is taken from the working directory. */
  readonly module: string | URL;
  /** What the module exports it as; `default` by default. */
  readonly export?: string | undefined;
  /** Threads or processes; as many as the machine has cores by default. */
  readonly workers?: number | undefined;
  /** Where workers live: `threads` by default; `inline` is this thread, for debugging. */
  readonly pool?: PoolKind | undefined;
  /** Items that a queue of the stage holds, and that `imap` is ahead of who takes its results. Twice as many as are at work by default. */
  readonly size?: number | undefined;
  /** Results come out in the order of the items, not in that of their arrival. */
  readonly ordered?: boolean | undefined;
  /** Items that go to a worker in one message, where as many are waiting; 1 by default. For many small ones. */
  readonly chunkSize?: number | undefined;
  /** Calls of the function that a worker has under way at one time; 1 by default. For a function that waits for others. */
  readonly concurrency?: number | undefined;
  /** How often an item is tried again whose function failed, or whose worker died; 0 by default. */
  readonly retries?: number | undefined;
  /** Whether what the function threw is worth another try; by default it always is. */
  readonly retryIf?: ((error: Error) => boolean) | undefined;
  /** The first pause before another try, in milliseconds; they double up to 20 s, each cut at random by up to half. 100 by default. */
  readonly backoffMs?: number | undefined;
  /** A worker that takes longer over an item or a chunk, in milliseconds, is ended and replaced. By default none is. */
  readonly timeoutMs?: number | undefined;
  /** Ends the stage; whoever waits gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The in-queue and the out-queue, where they are another stage's too; by default they are the stage's own. */
  readonly input?: Queue<In> | undefined;
  readonly output?: Queue<Out> | undefined;
}

interface Job<Out> {
  readonly item: unknown;
  readonly buffers: readonly ArrayBuffer[];
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
  /** Runs before another try. */
  pause: NodeJS.Timeout | undefined;
  /** Nobody waits for it any more. */
  isOver: boolean;
}

const MODULE = new URL('./function-stage.js', import.meta.url).href;

/**
 * A stage of workers between two bounded queues: each item of the in-queue is given to a function, named by its module
 * and export, in a thread or process, and the result goes to the out-queue. When the in-queue ends, the out-queue does,
 * for each of its consumers, and the workers end. A failure that is not tried again fails both queues, for everyone.
 * Beside the queues, `submit`, `map` and `imap` have single items and lists done, whose failures are theirs alone.
 *
 * A worker that dies is replaced. Made and used by one thread.
 */
export class ProcessQueue<In = unknown, Out = unknown> {
  readonly input: Queue<In>;
  readonly output: Queue<Out>;
  readonly #options: ProcessQueueOptions<In, Out>;
  readonly #kind: PoolKind;
  readonly #name: string;
  readonly #size: number;
  readonly #pool: Pool;
  readonly #jobs: Queue<Job<Out>>;
  /** Those whose outcome is open. */
  readonly #open = new Set<Job<Out>>();
  readonly #done: Promise<void>;
  #onIdle: (() => void) | undefined;
  #failure: Error | undefined;
  readonly #abort = (): void => this.#fail(this.#options.signal!.reason as Error);

  /**
   * Starts the workers.
   * @throws UsageError for options that cannot be. A module that cannot be loaded, or a worker that does not start, fails
   *   the queues and whatever is asked.
   */
  constructor(options: ProcessQueueOptions<In, Out>) {
    const { module, export: exported = 'default', workers = availableParallelism(), pool = 'threads', concurrency = 1, chunkSize = 1 } = options;
    for (const [name, value] of Object.entries({ workers, concurrency, chunkSize, size: options.size ?? 1 })) {
      if (!Number.isInteger(value) || value < 1) throw new UsageError(`${name}: wanted a whole number from 1, got ${value}`);
    }
    this.#options = options;
    this.#kind = pool;
    this.#name = exported;
    // A worker that does one at a time has the next one there.
    const each = concurrency === 1 && pool !== 'inline' ? 2 : concurrency;
    const atWork = workers * each * chunkSize;
    this.#size = options.size ?? 2 * atWork;
    this.input = options.input ?? new Queue(this.#size);
    this.output = options.output ?? new Queue(this.#size);
    this.#jobs = new Queue(Math.max(chunkSize, workers));
    const setup: FunctionSetup = { module: urlOf(module), exported, concurrency, pool };
    const endurance = { retries: 0, timeoutMs: options.timeoutMs ?? Infinity };
    this.#pool = new Pool({ kind: pool, workers, module: MODULE, setup: () => setup, endurance, concurrency });
    this.#work(each, chunkSize).catch((error: unknown) => this.#fail(error as Error));
    this.#done = this.#run(atWork);
    this.#done.catch((error: unknown) => this.#fail(error as Error));
    options.signal?.addEventListener('abort', this.#abort, { once: true });
    if (options.signal?.aborted === true) this.#abort();
  }

  /**
   * Has one item done, as soon as a worker is free. Who submits more than is done keeps what he submits waiting here.
   * @throws ItemError where the function failed; UsageError where the item cannot cross; the signal's reason
   */
  submit(item: In | Moving<In>, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Out> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      signal?.throwIfAborted();
      const [value, buffers] = isMoving(item) ? [item.value, item.buffers] : [item, []];
      const settle = (): void => {
        job.isOver = true;
        clearTimeout(job.pause);
        signal?.removeEventListener('abort', abort);
        this.#open.delete(job);
        if (this.#open.size === 0) this.#onIdle?.();
      };
      const job: Job<Out> = {
        item: value,
        buffers,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        tries: 0,
        pause: undefined,
        isOver: false,
      };
      const abort = (): void => job.reject(signal!.reason);
      if (signal !== undefined) setMaxListeners(0, signal);
      signal?.addEventListener('abort', abort, { once: true });
      this.#open.add(job);
      this.#jobs.put(job).catch(job.reject);
    });
  }

  /** Has all items done. @returns their results, in the order of the items @throws as `submit`, the first failure */
  async map(items: Iterable<In | Moving<In>> | AsyncIterable<In | Moving<In>>, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Out[]> {
    const results: Out[] = [];
    for await (const result of this.imap(items, options)) results.push(result);
    return results;
  }

  /**
   * Has items done as they are needed: takes no more of them than `size` ahead of the results that were taken. Who takes
   * no more results lets go of what has not begun.
   * @returns results in the order of the items
   * @throws as `submit`, the first failure in that order
   */
  imap(items: Iterable<In | Moving<In>> | AsyncIterable<In | Moving<In>>, { signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<Out, void, undefined> {
    return imapAhead(items, (item, isUnwanted) => this.submit(item, { signal: isUnwanted }), { ahead: this.#size, signal });
  }

  /** Ends the in-queue, waits until all results are taken and what was submitted is done, and ends the workers. Does not throw what the stage failed with. */
  async close(): Promise<void> {
    this.input.close();
    await this.#done.catch(() => this.#pool.terminate());
  }

  /** Ends the workers at once. Whoever waits, and whatever is asked from now on, gets an error. */
  async terminate(): Promise<void> {
    this.#fail(new Error('the ProcessQueue was ended'));
    await this.#pool.terminate();
  }

  /** Moves items from the in-queue to the out-queue until their end, and ends the workers. */
  async #run(atWork: number): Promise<void> {
    if (this.#options.ordered === true) {
      for await (const result of this.imap(this.input)) await this.output.put(result);
    } else {
      const lanes = Array.from({ length: atWork }, () => (item: In) => this.submit(item));
      await runLanes(this.input, lanes, (result) => this.output.put(result));
    }
    this.output.close();
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    this.#failure = new Error('the ProcessQueue has ended');
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#jobs.close();
    await this.#pool.close();
  }

  /** Gives jobs to the workers, as many at a time as a chunk holds. */
  async #work(each: number, chunkSize: number): Promise<void> {
    await this.#pool.open();
    const lanes = this.#pool.lanes(each, async (worker, jobs: Job<Out>[]) => {
      // What is tried again goes by itself: it may take the others with it.
      const chunks = [jobs.filter(({ tries }) => tries === 0), ...jobs.filter(({ tries }) => tries > 0).map((job) => [job])];
      for (const chunk of chunks) await this.#attempt(worker, chunk.filter(({ isOver }) => !isOver));
    });
    await runLanes({ take: () => this.#jobs.takeSome(chunkSize) }, lanes, () => Promise.resolve());
  }

  async #attempt(worker: number, jobs: readonly Job<Out>[]): Promise<void> {
    if (jobs.length === 0) return;
    const message = (): Message => {
      for (const { item, buffers } of jobs) {
        checkCrossing('the item', item, this.#kind);
        checkCrossing('what is to be moved', buffers, this.#kind);
      }
      return { item: jobs.map(({ item }) => item), transfer: jobs.flatMap(({ buffers }) => buffers) };
    };
    try {
      const outcomes = (await this.#pool.call(worker, { name: () => inWords(jobs[0].item), message })) as Outcome[];
      outcomes.forEach((outcome, i) => {
        if (outcome.ok) jobs[i].resolve(outcome.value as Out);
        else this.#failed(jobs[i], fromErrorRecord(outcome.error));
      });
    } catch (error) {
      if (error instanceof LostItemError) for (const job of jobs) this.#failed(job, error.cause as Error);
      else if (!isUnsendable(error)) throw error;
      else if (jobs.length === 1) jobs[0].reject(error);
      else for (const job of jobs) await this.#attempt(worker, [job]);
    }
  }

  #failed(job: Job<Out>, cause: Error): void {
    const { retries = 0, retryIf = () => true, backoffMs = 100 } = this.#options;
    if (job.isOver) return;
    job.tries++;
    const hasMoved = job.buffers.length > 0 && this.#kind === 'threads';
    if (job.tries > retries || hasMoved || !retryIf(cause)) {
      const message = `${this.#name} failed on ${inWords(job.item)}${job.tries === 1 ? '' : `, ${job.tries} times`}: ${cause.message}`;
      job.reject(new ItemError(message, { item: job.item, tries: job.tries, cause }));
      return;
    }
    job.pause = setTimeout(() => {
      this.#jobs.put(job).catch(job.reject);
    }, pauseMs(job.tries, backoffMs));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.input.fail(error);
    this.output.fail(error);
    this.#jobs.fail(error);
    for (const job of [...this.#open]) job.reject(error);
    void this.#pool.terminate();
  }
}

/** Whether it is the items' fault that nothing was sent: a buffer in two of them, say. */
function isUnsendable(error: unknown): boolean {
  return error instanceof CrossingError || (error instanceof Error && error.name === 'DataCloneError');
}

/** An item in a few words, for messages. */
function inWords(item: unknown): string {
  const words = inspect(item, { depth: 1, breakLength: Infinity, compact: true, maxStringLength: 40, maxArrayLength: 4 });
  return words.length <= 100 ? words : `${words.slice(0, 100)} ...`;
}

function urlOf(module: string | URL): string {
  if (module instanceof URL || /^(?:file|data|node):/.test(module)) return String(module);
  return pathToFileURL(resolvePath(module)).href;
}
