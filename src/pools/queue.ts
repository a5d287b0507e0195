/** What `take` gives when a queue is closed and empty. */
export const EndOfQueue: unique symbol = Symbol('EndOfQueue');
export type EndOfQueue = typeof EndOfQueue;

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A bounded queue between two stages of the pipeline: who puts waits while it is full, who takes waits while it is
 * empty. At most `size` items at any time; `highWater` tells how many there were at most.
 */
export class Queue<T> {
  readonly size: number;
  #highWater = 0;
  #items: T[] = [];
  #putters: (Waiter<void> & { readonly item: T })[] = [];
  #takers: Waiter<T | EndOfQueue>[] = [];
  #isClosed = false;
  #failure: Error | undefined;

  /** @param size at least 1; Infinity for a queue without a bound */
  constructor(size: number) {
    if (!(size >= 1)) throw new RangeError(`a queue holds at least 1 item, got ${size}`);
    this.size = size;
  }

  get highWater(): number {
    return this.#highWater;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Adds an item, as soon as there is room. @throws what `fail` was called with */
  put(item: T): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isClosed) return Promise.reject(new Error('put into a closed queue'));
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker.resolve(item);
      return Promise.resolve();
    }
    if (this.#items.length < this.size) {
      this.#add(item);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#putters.push({ item, resolve, reject }));
  }

  /** Takes the oldest item, as soon as there is one. @throws what `fail` was called with */
  take(): Promise<T | EndOfQueue> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#items.length > 0) {
      const item = this.#items.shift()!;
      const putter = this.#putters.shift();
      if (putter !== undefined) {
        this.#add(putter.item);
        putter.resolve();
      }
      return Promise.resolve(item);
    }
    if (this.#isClosed) return Promise.resolve(EndOfQueue);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** No more items will come: takers get what is left, then EndOfQueue, each of them. */
  close(): void {
    this.#isClosed = true;
    for (const { resolve } of this.#takers.splice(0)) resolve(EndOfQueue);
  }

  /** Ends the queue for everyone, waiting or to come, and drops what is in it. The first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#items = [];
    for (const { reject } of [...this.#putters.splice(0), ...this.#takers.splice(0)]) reject(this.#failure);
  }

  #add(item: T): void {
    this.#items.push(item);
    if (this.#items.length > this.#highWater) this.#highWater = this.#items.length;
  }
}

/**
 * A bounded queue whose items have numbers 0, 1, 2 … and come out in that order, whatever order they are put in. An
 * item waits outside while it is `size` or more ahead of the next one to come out; the next one itself always has
 * room, so that a full queue cannot stand still.
 */
export class OrderedQueue<T> {
  readonly size: number;
  #highWater = 0;
  #next = 0;
  readonly #items = new Map<number, T>();
  readonly #putters = new Map<number, Waiter<void> & { readonly item: T }>();
  #taker: Waiter<T | EndOfQueue> | undefined;
  #isClosed = false;
  #failure: Error | undefined;

  /** @param size at least 1 */
  constructor(size: number) {
    if (!(size >= 1)) throw new RangeError(`a queue holds at least 1 item, got ${size}`);
    this.size = size;
  }

  get highWater(): number {
    return this.#highWater;
  }

  get length(): number {
    return this.#items.size;
  }

  /** Adds item `number`, as soon as its turn is near enough. @throws what `fail` was called with */
  put(number: number, item: T): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (number === this.#next && this.#taker !== undefined) {
      const taker = this.#taker;
      this.#taker = undefined;
      this.#advance();
      taker.resolve(item);
      return Promise.resolve();
    }
    if (number < this.#next + this.size) {
      this.#add(number, item);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#putters.set(number, { item, resolve, reject }));
  }

  /** Takes the next item in order, as soon as it is there. One taker at a time. @throws what `fail` was called with */
  take(): Promise<T | EndOfQueue> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const item = this.#items.get(this.#next);
    if (item !== undefined) {
      this.#items.delete(this.#next);
      this.#advance();
      return Promise.resolve(item);
    }
    if (this.#isClosed) return Promise.resolve(EndOfQueue);
    return new Promise((resolve, reject) => (this.#taker = { resolve, reject }));
  }

  /** No more items will come. */
  close(): void {
    this.#isClosed = true;
    if (this.#items.size === 0) {
      this.#taker?.resolve(EndOfQueue);
      this.#taker = undefined;
    }
  }

  /** Ends the queue for everyone, waiting or to come, and drops what is in it. The first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#items.clear();
    for (const { reject } of this.#putters.values()) reject(this.#failure);
    this.#putters.clear();
    this.#taker?.reject(this.#failure);
    this.#taker = undefined;
  }

  #advance(): void {
    this.#next++;
    const newest = this.#next + this.size - 1;
    const putter = this.#putters.get(newest);
    if (putter === undefined) return;
    this.#putters.delete(newest);
    this.#add(newest, putter.item);
    putter.resolve();
  }

  #add(number: number, item: T): void {
    this.#items.set(number, item);
    if (this.#items.size > this.#highWater) this.#highWater = this.#items.size;
  }
}
