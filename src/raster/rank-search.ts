import { DIGIT_BINS, type SampleOrder } from './sample-order.js';

/** The samples of a population whose first digits are `prefix`. */
export interface RankTarget {
  readonly population: number;
  readonly prefix: number;
}

/** A rank that is sought, and what is known of the sample that has it. */
interface Sought {
  readonly population: number;
  readonly rank: number;
  /** How many digits are found, what they make together, and the rank among the samples that begin with them. */
  found: number;
  prefix: number;
  rest: number;
  sample: number;
}

/**
 * Finds the samples that have given ranks, exactly: a radix search, a digit at a time, each with a pass over the
 * raster. Its memory follows from the number of ranks alone. Populations are known by their numbers.
 */
export class RankSearch {
  readonly #order: SampleOrder;
  readonly #sought: Sought[] = [];

  constructor(order: SampleOrder) {
    this.#order = order;
  }

  /** Wants the sample of a rank, from 0 to one less than there are samples in the population. */
  seek(population: number, rank: number): void {
    if (this.#find(population, rank) === undefined) {
      this.#sought.push({ population, rank, found: 0, prefix: 0, rest: rank, sample: Number.NaN });
    }
  }

  /** Behind which digits the one at place `level` is still to be counted. */
  targets(level: number): RankTarget[] {
    const targets: RankTarget[] = [];
    for (const { population, found, prefix } of this.#sought) {
      if (found !== level || targets.some((target) => target.population === population && target.prefix === prefix)) continue;
      targets.push({ population, prefix });
    }
    return targets;
  }

  /** Takes the counts of a target's digits, at place `level`. */
  narrow(level: number, { population, prefix }: RankTarget, counts: Float64Array): void {
    const { digits, join } = this.#order;
    for (const sought of this.#sought) {
      if (sought.found !== level || sought.population !== population || sought.prefix !== prefix) continue;
      let digit = 0;
      for (; sought.rest >= counts[digit]; digit++) sought.rest -= counts[digit];
      if (level === digits - 1) sought.sample = join(prefix, digit);
      else sought.prefix = prefix * DIGIT_BINS + digit;
      sought.found++;
    }
  }

  /** The sample of a rank that was sought; NaN until all its digits are found. */
  sampleAt(population: number, rank: number): number {
    return this.#find(population, rank)!.sample;
  }

  #find(population: number, rank: number): Sought | undefined {
    return this.#sought.find((sought) => sought.population === population && sought.rank === rank);
  }
}
