import { Counters } from './counters.js';
import { DIGIT_BINS, type SampleOrder } from './sample-order.js';

/** The samples of some bands whose first digits are `prefix`: their next digit is counted. */
export interface DigitTarget {
  readonly bands: readonly number[];
  /** What the digits before make together; 0 where there are none. */
  readonly prefix: number;
}

const NO_PREFIX = [0];

/** Counts how often each digit occurs behind given prefixes. */
export class DigitCounts {
  readonly #order: SampleOrder;
  readonly #level: number;
  /** By band: its prefixes in ascending order, and where their counts start. */
  readonly #prefixes: ReadonlyMap<number, { readonly sorted: readonly number[]; readonly starts: readonly number[] }>;
  readonly #counters: Counters;
  #found = new Float64Array(0);
  #next = new Uint16Array(0);

  /** @param level the place of the digit that is counted, from 0; prefixes are of as many digits */
  constructor(order: SampleOrder, level: number, targets: readonly DigitTarget[]) {
    this.#order = order;
    this.#level = level;
    const ascending = targets
      .flatMap(({ bands, prefix }, i) => bands.map((band) => ({ band, prefix, start: i * DIGIT_BINS })))
      .sort((a, b) => a.prefix - b.prefix);
    const byBand = new Map<number, { sorted: number[]; starts: number[] }>();
    for (const { band, prefix, start } of ascending) {
      const own = byBand.get(band) ?? { sorted: [], starts: [] };
      own.sorted.push(prefix);
      own.starts.push(start);
      byBand.set(band, own);
    }
    this.#prefixes = byBand;
    this.#counters = new Counters(targets.length * DIGIT_BINS);
  }

  /** Adds the first `count` values, samples of a band. */
  add(band: number, values: Float64Array, count: number): void {
    const own = this.#prefixes.get(band);
    if (own === undefined || count === 0) return;
    this.#counters.expect(count);
    if (this.#next.length < count) {
      this.#found = new Float64Array(count);
      this.#next = new Uint16Array(count);
    }
    const [prefixes, next, counts] = [this.#found, this.#next, this.#counters.recent];
    this.#order.split(values, count, this.#level, prefixes, next);
    const { sorted, starts } = this.#level === 0 ? { sorted: NO_PREFIX, starts: own.starts } : own;
    if (sorted.length === 1) {
      const [[prefix], [start]] = [sorted, starts];
      for (let i = 0; i < count; i++) if (prefixes[i] === prefix) counts[start + next[i]]++;
      return;
    }
    for (let i = 0; i < count; i++) {
      const prefix = prefixes[i];
      let low = 0;
      for (let high = sorted.length - 1; low < high; ) {
        const middle = (low + high) >> 1;
        if (sorted[middle] < prefix) low = middle + 1;
        else high = middle;
      }
      if (sorted[low] === prefix) counts[starts[low] + next[i]]++;
    }
  }

  /** The counts of all targets, one behind the other, in their order. */
  totals(): Float64Array {
    return this.#counters.totals();
  }
}
