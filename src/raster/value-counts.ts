import type { Pixels } from './block.js';
import { Counters } from './counters.js';
import { type DType, DTYPES } from './dtype.js';
import type { Mask } from './mask.js';

/** How often each value of an 8- or 16-bit type occurs in populations of samples: all there is to know of their statistics. */
export class ValueCounts {
  /** Values that the type has. */
  readonly bins: number;
  readonly #min: number;
  readonly #places: ReadonlyMap<number, number>;
  readonly #counters: Counters;

  /** @param populations the bands, from 0, of each; a band is in one of them */
  constructor(dtype: DType, populations: readonly (readonly number[])[]) {
    this.bins = 2 ** (8 * DTYPES[dtype].bytes);
    this.#min = DTYPES[dtype].min;
    this.#places = new Map(populations.flatMap((bands, i) => bands.map((band) => [band, i * this.bins])));
    this.#counters = new Counters(populations.length * this.bins);
  }

  /** Adds samples, those that equal nodata too. @param mask pixels that are left out whatever their samples; null: none */
  add(pixels: Pixels, mask: Mask | null): void {
    const [, rows, cols] = pixels.shape;
    this.#counters.expect(this.#places.size * rows * cols);
    for (const [band, place] of this.#places) {
      if (mask === null) this.#addBand(pixels, band, place - this.#min);
      else this.#addMasked(pixels, band, mask, place - this.#min);
    }
  }

  /** The counts of each population's values in ascending order, one behind the other. @param nodata the value that does not count; NaN: none */
  totals(nodata: number): Float64Array {
    return this.#without(nodata, this.#counters.totals());
  }

  /** The same counts where they are, which for few samples is faster. They are good until more is added. */
  counts(nodata: number): Uint32Array | Float64Array {
    return this.#without(nodata, this.#counters.counts());
  }

  #without<Counts extends Uint32Array | Float64Array>(nodata: number, counts: Counts): Counts {
    if (!Number.isNaN(nodata)) for (const place of this.#places.values()) counts[place + nodata - this.#min] = 0;
    return counts;
  }

  /** Begins anew. */
  clear(): void {
    this.#counters.clear();
  }

  #addBand(pixels: Pixels, band: number, base: number): void {
    const [, rows, cols] = pixels.shape;
    const [bandStride, rowStride, colStride] = pixels.stride;
    const data = pixels.data;
    const counts = this.#counters.recent;
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      for (let col = 0; col < cols; col++, i += colStride) counts[data[i] + base]++;
    }
  }

  #addMasked(pixels: Pixels, band: number, mask: Mask, base: number): void {
    const [, rows, cols] = pixels.shape;
    const [bandStride, rowStride, colStride] = pixels.stride;
    const data = pixels.data;
    const valid = mask.data;
    const counts = this.#counters.recent;
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      let m = mask.offset + row * mask.stride[0];
      for (let col = 0; col < cols; col++, i += colStride, m += mask.stride[1]) if (valid[m] !== 0) counts[data[i] + base]++;
    }
  }
}

/** Counts that are passed over at a time. */
const STRIDE = 256;

/** How many samples are counted, and what gives the place of the count that has a rank, from 0. @param counts as many as an 8- or a 16-bit type has values */
export function ranksOf(counts: Uint32Array | Float64Array): { readonly count: number; readonly placeOf: (rank: number) => number } {
  const sums = new Float64Array(counts.length / STRIDE);
  for (let i = 0, at = 0; i < sums.length; i++) {
    let sum = 0;
    for (const end = at + STRIDE; at < end; at++) sum += counts[at];
    sums[i] = sum;
  }
  return {
    count: sums.reduce((all, sum) => all + sum, 0),
    placeOf: (rank) => {
      let rest = rank;
      let stride = 0;
      for (; rest >= sums[stride]; stride++) rest -= sums[stride];
      let at = stride * STRIDE;
      for (; rest >= counts[at]; at++) rest -= counts[at];
      return at;
    },
  };
}
