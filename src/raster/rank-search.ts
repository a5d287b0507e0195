import type { DigitTarget } from './digit-counts.js';
import { DIGIT_BINS, type SampleOrder } from './sample-order.js';

/** A rank that is sought, and what is known of the sample that has it. */
interface Sought {
  readonly band: number;
  readonly rank: number;
  /** How many digits are found, what they make together, and the rank among the samples that begin with them. */
  found: number;
  prefix: number;
  rest: number;
  sample: number;
}

/**
 * Finds the samples that have given ranks, exactly: a radix search, a digit at a time, each with a pass over the
 * raster. Its memory follows from the number of ranks alone.
 */
export class RankSearch {
  readonly #order: SampleOrder;
  readonly #sought: Sought[] = [];

  constructor(order: SampleOrder) {
    this.#order = order;
  }

  /** Wants the sample of a rank, from 0 to one less than there are samples in the band. */
  seek(band: number, rank: number): void {
    if (this.#find(band, rank) === undefined) {
      this.#sought.push({ band, rank, found: 0, prefix: 0, rest: rank, sample: Number.NaN });
    }
  }

  /** Behind which digits the one at place `level` is still to be counted. */
  targets(level: number): DigitTarget[] {
    const targets: DigitTarget[] = [];
    for (const { band, found, prefix } of this.#sought) {
      if (found !== level || targets.some((target) => target.band === band && target.prefix === prefix)) continue;
      targets.push({ band, prefix });
    }
    return targets;
  }

  /** Takes the counts of a target's digits, at place `level`. */
  narrow(level: number, { band, prefix }: DigitTarget, counts: Float64Array): void {
    const { digits, join } = this.#order;
    for (const sought of this.#sought) {
      if (sought.found !== level || sought.band !== band || sought.prefix !== prefix) continue;
      let digit = 0;
      for (; sought.rest >= counts[digit]; digit++) sought.rest -= counts[digit];
      if (level === digits - 1) sought.sample = join(prefix, digit);
      else sought.prefix = prefix * DIGIT_BINS + digit;
      sought.found++;
    }
  }

  /** The sample of a rank that was sought; NaN until all its digits are found. */
  sampleAt(band: number, rank: number): number {
    return this.#find(band, rank)!.sample;
  }

  #find(band: number, rank: number): Sought | undefined {
    return this.#sought.find((sought) => sought.band === band && sought.rank === rank);
  }
}
