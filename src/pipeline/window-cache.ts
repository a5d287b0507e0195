import { type CellRange, cellsOf } from '../raster/grid.js';
import { type RingShape, SlotRing } from './slot-ring.js';

/**
 * What windows were measured as, kept for the tasks that touch them next. Workers of a thread pool share it; another
 * one's answer is the same to the last bit, so it does not matter whose is kept.
 */
export class WindowCache {
  readonly #ring: SlotRing;
  readonly #numbers: number;

  constructor(shape: RingShape, memory: SharedArrayBuffer, worker: number) {
    this.#ring = new SlotRing(shape, memory, worker);
    this.#numbers = shape.slotBytes / Float64Array.BYTES_PER_ELEMENT;
  }

  /** Says which pass over the raster begins. */
  startPass(pass: number): void {
    this.#ring.startPass(pass);
  }

  /** Frees what a worker that is gone had. */
  reclaim(worker: number): void {
    this.#ring.reclaim(worker);
  }

  /** The statistics of the windows of a range that are there; undefined for the others. */
  read(range: CellRange): (Float64Array | undefined)[] {
    return [...cellsOf(range)].map((cell) => {
      const slot = this.#ring.slotOf(cell);
      if (!this.#ring.startReading(slot, cell.row)) return undefined;
      const statistics = this.#view(slot).slice();
      this.#ring.stopReading(slot);
      return statistics;
    });
  }

  /** Keeps a window's statistics, if its slot is free just then. */
  write(cell: { readonly col: number; readonly row: number }, statistics: Float64Array): void {
    const slot = this.#ring.slotOf(cell);
    if (!this.#ring.startWriting(slot, cell.row)) return;
    this.#view(slot).set(statistics);
    this.#ring.endWriting(slot);
  }

  #view(slot: number): Float64Array {
    return new Float64Array(this.#ring.memory, this.#ring.offsetOf(slot), this.#numbers);
  }
}
