/** How large a ring of slots is, as plain JSON. */
export interface RingShape {
  readonly rows: number;
  readonly cols: number;
  readonly slotBytes: number;
}

/** Rows are told apart by pass: what a pass before left behind counts as earlier. */
const ROWS_A_PASS = 2 ** 27;
const PASSES = 15;

/** A slot's state is the count of its readers, or below 0 while a worker writes it: -1 for the first worker … */
const NOBODY = 0;
const stateOfWriter = (worker: number): number => -1 - worker;
/** What a slot holds is a row of the grid, or nothing. */
const EMPTY = -1;

/**
 * Slots for the cells of a few rows of a grid, in memory that the workers of a thread pool share: row r of the grid is
 * in row r % rows of the ring, until a later one takes its place. Each slot has a state, a count of readers or who
 * writes it, and the row it holds, which changes while it is written only. A worker has at most one slot at a time.
 *
 * Nothing waits for a slot for long and nothing depends on it: who finds it taken does the work itself.
 */
export class SlotRing {
  readonly #shape: RingShape;
  readonly #states: Int32Array;
  readonly #rows: Int32Array;
  readonly #bytes: SharedArrayBuffer;
  readonly #from: number;
  /** By worker: the slot that it reads and one, or 0. Set while it is counted among the slot's readers, never longer. */
  readonly #reading: Int32Array;
  readonly #worker: number;
  #firstRow = 0;

  /** The bytes of memory that a ring takes, without 4 for each worker. */
  static bytesOf({ rows, cols, slotBytes }: RingShape): number {
    return headBytes(rows * cols) + rows * cols * slotBytes;
  }

  /** Memory for a ring whose slots hold nothing. */
  static allocate(shape: RingShape, workers: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(SlotRing.bytesOf(shape) + workers * 4);
    const slots = shape.rows * shape.cols;
    new Int32Array(memory, slots * 4, slots).fill(EMPTY);
    return memory;
  }

  /** @param worker who uses it, from 0 */
  constructor(shape: RingShape, memory: SharedArrayBuffer, worker: number) {
    const slots = shape.rows * shape.cols;
    this.#shape = shape;
    this.#states = new Int32Array(memory, 0, slots);
    this.#rows = new Int32Array(memory, slots * 4, slots);
    this.#bytes = memory;
    this.#from = headBytes(slots);
    this.#reading = new Int32Array(memory, SlotRing.bytesOf(shape));
    this.#worker = worker;
  }

  /**
   * Frees what a worker that is gone had: what it wrote half is nobody's to see. Called when it runs no more code.
   * A worker that died between becoming a reader and saying so leaves a slot that is read for ever, and costs its use.
   */
  reclaim(worker: number): void {
    const reading = Atomics.exchange(this.#reading, worker, 0) - 1;
    for (let slot = 0; slot < this.#states.length; slot++) {
      if (Atomics.load(this.#states, slot) === stateOfWriter(worker)) this.abandon(slot);
      else if (slot === reading) Atomics.sub(this.#states, slot, 1);
    }
  }

  /** Says which pass over the raster begins. */
  startPass(pass: number): void {
    this.#firstRow = (pass % PASSES) * ROWS_A_PASS;
  }

  /** The number of the slot for a cell. */
  slotOf({ col, row }: { readonly col: number; readonly row: number }): number {
    return (row % this.#shape.rows) * this.#shape.cols + col;
  }

  /** Where a slot's memory begins. */
  offsetOf(slot: number): number {
    return this.#from + slot * this.#shape.slotBytes;
  }

  get memory(): SharedArrayBuffer {
    return this.#bytes;
  }

  /** Becomes a reader of a slot that holds the row. @returns false where it does not */
  startReading(slot: number, row: number): boolean {
    for (;;) {
      const state = Atomics.load(this.#states, slot);
      if (state < NOBODY) return false;
      if (Atomics.compareExchange(this.#states, slot, state, state + 1) !== state) continue;
      if (Atomics.load(this.#rows, slot) === this.#firstRow + row) {
        Atomics.store(this.#reading, this.#worker, slot + 1);
        return true;
      }
      Atomics.sub(this.#states, slot, 1);
      return false;
    }
  }

  stopReading(slot: number): void {
    Atomics.store(this.#reading, this.#worker, 0);
    Atomics.sub(this.#states, slot, 1);
  }

  /**
   * Becomes the writer of a slot for a row.
   * @returns false where it is in use, or holds the row already or a later one
   */
  startWriting(slot: number, row: number): boolean {
    if (Atomics.load(this.#rows, slot) >= this.#firstRow + row) return false;
    if (Atomics.compareExchange(this.#states, slot, NOBODY, stateOfWriter(this.#worker)) !== NOBODY) return false;
    if (Atomics.load(this.#rows, slot) >= this.#firstRow + row) {
      this.endWriting(slot);
      return false;
    }
    Atomics.store(this.#rows, slot, this.#firstRow + row);
    return true;
  }

  /** The writer is done: the slot holds the row. */
  endWriting(slot: number): void {
    Atomics.store(this.#states, slot, NOBODY);
    Atomics.notify(this.#states, slot);
  }

  /** The writer failed: the slot holds nothing. */
  abandon(slot: number): void {
    Atomics.store(this.#rows, slot, EMPTY);
    this.endWriting(slot);
  }

  /** Whether another worker puts the row into the slot just now. */
  hasWriter(slot: number, row: number): boolean {
    return Atomics.load(this.#states, slot) < NOBODY && Atomics.load(this.#rows, slot) === this.#firstRow + row;
  }

  /** Waits while another worker puts the row into the slot, for a moment at most. */
  awaitWriter(slot: number, row: number, milliseconds: number): void {
    const state = Atomics.load(this.#states, slot);
    if (state < NOBODY && Atomics.load(this.#rows, slot) === this.#firstRow + row) Atomics.wait(this.#states, slot, state, milliseconds);
  }
}

/** Bytes of states and rows, so that slots begin where any number can. */
function headBytes(slots: number): number {
  return slots * 8;
}
