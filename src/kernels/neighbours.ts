import type { Pixels } from '../raster/block.js';
import type { Mask } from '../raster/mask.js';
import type { DoubleReader } from './double-reader.js';
import { type DoublesKernel, doublesKernel, pointerOf, type Run, runsIn } from './doubles.js';
import { markLeftOut } from './mark-left-out.js';
import { bytesAt, Room } from './memory.js';

const TAP_BYTES = 16;
/** What vectors may store behind the last mark. */
const SLACK = 16;

/** Where the rows of a thread are, one window's after the other's. */
const ROOMS = { rows: new Room(), results: new Room(), columns: new Room(), taps: new Room(), near: new Room() };

/** A neighbour, by its place in the square from the top left, and what it weighs. */
export interface Tap {
  readonly row: number;
  readonly col: number;
  readonly weight: number;
}

/**
 * The samples around a row of results, as doubles in the thread's memory: `2 * halo + 1` rows, of which each is loaded once. The
 * bands of a pixel are side by side: the sample of a result at `i` is at `i + halo * bands` of the middle row, its neighbours
 * are `bands` samples apart.
 */
export class Neighbours {
  readonly bands: number;
  readonly results: Run;
  readonly #kernel: DoublesKernel = doublesKernel();
  readonly #halo: number;
  readonly #count: number;
  readonly #ring: Run[];
  readonly #isBroken: boolean[];
  /** From top to bottom. */
  #rows: readonly Run[];

  /** @param cols pixels in a row of results */
  constructor(halo: number, bands: number, cols: number) {
    this.bands = bands;
    this.#halo = halo;
    this.#count = cols * bands;
    this.#ring = runsIn(ROOMS.rows, (cols + 2 * halo) * bands, 2 * halo + 1);
    this.#rows = this.#ring;
    this.#isBroken = this.#ring.map(() => false);
    [this.results] = runsIn(ROOMS.results, this.#count);
  }

  /** Loads a row of pixels in place of the one that is as many rows above as there are. Pixels are packed. */
  load(reader: DoubleReader, { data, offset, stride, shape }: Pixels, mask: Mask | null, row: number): void {
    const [bands, , cols] = shape;
    const into = this.#ring[row % this.#ring.length];
    const start = offset + row * stride[1];
    const hasInvalid = reader.read({ data, start, rows: 1, rowStep: 0, count: cols * bands, step: bands === 1 ? stride[2] : 1 }, into);
    const isMasked = mask !== null && markLeftOut(mask, { row, col: 0, cols }, bands, into.invalid);
    this.#isBroken[row % this.#ring.length] = hasInvalid || isMasked;
  }

  /** Has the rows be those around a row of results. */
  moveTo(row: number): void {
    this.#rows = this.#ring.map((_, i) => this.#ring[(row + i) % this.#ring.length]);
  }

  /** A neighbour's value. @param row from the top, 0 to 2 * halo @param col likewise @param i the result that it is a neighbour of */
  value(row: number, col: number, i: number): number {
    return this.#rows[row].values[i + col * this.bands];
  }

  isInvalid(row: number, col: number, i: number): boolean {
    return this.#rows[row].invalid[i + col * this.bands] !== 0;
  }

  /** Makes results the sums of weighed neighbours, in float64, in the order of the taps. */
  correlate(taps: readonly Tap[]): void {
    const at = ROOMS.taps.reserve(taps.length * TAP_BYTES);
    const { buffer } = bytesAt(at, 0);
    const places = new Uint32Array(buffer, at, taps.length * 4);
    const weights = new Float64Array(buffer, at, taps.length * 2);
    taps.forEach(({ row, col, weight }, i) => {
      places[i * 4] = pointerOf(this.#rows[row].values) + col * this.bands * Float64Array.BYTES_PER_ELEMENT;
      weights[i * 2 + 1] = weight;
    });
    this.#kernel.correlate(at, taps.length, this.#count, pointerOf(this.results.values));
  }

  /** Makes results A (2 v - G v), G the 5 x 5 blur whose weights sum up to 273. The halo is 2. */
  unsharp(amount: number): void {
    const length = this.#ring[0].values.length;
    const [columns] = runsIn(ROOMS.columns, length);
    const at = pointerOf(columns.values);
    const [a, b, c, d, e] = this.#rows.map((row) => pointerOf(row.values));
    this.#kernel.sumColumns(a, b, c, d, e, length, at);
    this.#kernel.unsharp(b, c, d, at, this.#count, this.bands, amount, pointerOf(this.results.values));
  }

  /** Puts in again the results that are made from invalid samples, or overflowed, and marks those whose own sample is invalid. */
  replaceNearInvalid(sample: (i: number) => number): void {
    const { values, invalid } = this.results;
    invalid.fill(0);
    if (this.#isBroken.includes(true)) {
      const near = this.#nearInvalid();
      const middle = this.#rows[this.#halo].invalid;
      const own = this.#halo * this.bands;
      for (let i = 0; i < values.length; i++) {
        if (near[i] === 0) continue;
        const isInvalid = middle[i + own] !== 0;
        invalid[i] = isInvalid ? 1 : 0;
        values[i] = isInvalid ? 0 : sample(i);
      }
    }
    if (this.#kernel.areFinite(pointerOf(values), values.length) !== 0) return;
    for (let i = 0; i < values.length; i++) if (invalid[i] === 0 && values[i] - values[i] !== 0) values[i] = sample(i);
  }

  /** Which results have an invalid sample among those they are made from. */
  #nearInvalid(): Uint8Array {
    const [first, second] = this.#ring.map((row) => pointerOf(row.invalid));
    const bytes = this.#ring[0].invalid.length + SLACK;
    const any = ROOMS.near.reserve(2 * bytes);
    this.#kernel.findNear(first, second - first, this.#ring.length, this.#count, this.bands, 2 * this.#halo, any, any + bytes);
    return bytesAt(any + bytes, this.#count);
  }
}
