import { type Bins, binsBetween } from '../raster/bins.js';
import type { DigitTarget } from '../raster/digit-counts.js';
import { mergeMoments, MOMENTS, momentsOf } from '../raster/moments.js';
import { placePercentile } from '../raster/percentile.js';
import type { Profile } from '../raster/profile.js';
import { RankSearch, type RankTarget } from '../raster/rank-search.js';
import { DIGIT_BINS, type SampleOrder, sampleOrder } from '../raster/sample-order.js';
import type { CountPass } from './statistics-pass.js';
import type { Findings, StatisticsRequest } from './statistics.js';

/** Targets whose digits are counted in one pass: 768 KB of each in a worker. */
export const TARGETS_A_PASS = 32;

/**
 * Samples of 32 and 64 bits. Moments are made per fixed cell and merged in the order of the cells. Percentiles are
 * searched digit by digit: two passes over the raster for 32 bits, four for 64, more where more than 32 digits are
 * sought at a time. A histogram needs the extremes, so it comes with the second pass.
 */
export function searchRanks(
  count: CountPass,
  { dtype }: Profile,
  populations: readonly (readonly number[])[],
  request: StatisticsRequest,
): Promise<Findings[]> {
  return new Measurement(count, sampleOrder(dtype), populations, request).complete();
}

class Measurement {
  readonly #countPass: CountPass;
  readonly #order: SampleOrder;
  readonly #search: RankSearch;
  readonly #populations: readonly (readonly number[])[];
  /** The bands of all populations, and the population of each. */
  readonly #bands: readonly number[];
  readonly #populationOf: readonly number[];
  readonly #request: StatisticsRequest;
  readonly #moments: readonly Float64Array[];
  /** What is in the bins of each population. */
  #binned: readonly Float64Array[] | null = null;

  constructor(count: CountPass, order: SampleOrder, populations: readonly (readonly number[])[], request: StatisticsRequest) {
    this.#countPass = count;
    this.#order = order;
    this.#search = new RankSearch(order);
    this.#populations = populations;
    this.#bands = populations.flat();
    this.#populationOf = populations.flatMap((bands, i) => bands.map(() => i));
    this.#request = request;
    this.#moments = populations.map(() => momentsOf(new Float64Array(0), 0));
  }

  async complete(): Promise<Findings[]> {
    const { percentiles, histogram } = this.#request;
    const first = percentiles.length === 0 ? [] : this.#populations.slice(0, TARGETS_A_PASS).map((_, population) => ({ population, prefix: 0 }));
    const counts = await this.#measure(first);
    // Ranks follow from the number of valid samples, which is known only now.
    this.#seek();
    this.#narrow(0, first, counts);
    for (let level = 0; level < this.#order.digits; level++) {
      for (let targets = this.#search.targets(level); targets.length > 0; targets = this.#search.targets(level)) {
        const some = targets.slice(0, TARGETS_A_PASS);
        this.#narrow(level, some, await this.#count(level, some));
      }
    }
    if (histogram !== null && this.#binned === null) await this.#count(0, []);
    return this.#populations.map((_, i) => {
      const bins = this.#binsOf(i);
      return {
        moments: this.#moments[i],
        sampleAt: (rank) => this.#search.sampleAt(i, rank),
        histogram: this.#binned === null || bins === null ? null : { bins, counts: this.#binned[i] },
      };
    });
  }

  /** The first pass: the moments of all populations, and the first digits of some. */
  async #measure(targets: readonly RankTarget[]): Promise<Float64Array> {
    const asked = { kind: 'digits', bands: this.#bands, moments: true, level: 0, targets: this.#withBands(targets), bins: [] } as const;
    const { counts } = await this.#countPass(asked, (cells) => {
      for (let i = 0; i * MOMENTS < cells.length; i++) {
        mergeMoments(this.#moments[this.#populationOf[i % this.#bands.length]], cells.subarray(i * MOMENTS, (i + 1) * MOMENTS));
      }
    });
    return counts;
  }

  /** A later pass: digits, and the bins of the histogram if they are wanted still. */
  async #count(level: number, targets: readonly RankTarget[]): Promise<Float64Array> {
    const wantsBins = this.#request.histogram !== null && this.#binned === null;
    const wanted = wantsBins ? this.#populationOf.map((i) => this.#binsOf(i)) : [];
    const asked = { kind: 'digits', bands: this.#bands, moments: false, level, targets: this.#withBands(targets), bins: wanted } as const;
    const { counts, bins } = await this.#countPass(asked);
    if (wantsBins) this.#binned = this.#populations.map((_, i) => sumOf(bins.filter((_, band) => this.#populationOf[band] === i)));
    return counts;
  }

  #seek(): void {
    this.#populations.forEach((_, i) => {
      const [valid] = this.#moments[i];
      for (const percent of valid > 0 ? this.#request.percentiles : []) {
        const { low, high } = placePercentile(percent, valid);
        this.#search.seek(i, low);
        this.#search.seek(i, high);
      }
    });
  }

  #narrow(level: number, targets: readonly RankTarget[], counts: Float64Array): void {
    targets.forEach((target, i) => this.#search.narrow(level, target, counts.subarray(i * DIGIT_BINS, (i + 1) * DIGIT_BINS)));
  }

  #withBands(targets: readonly RankTarget[]): DigitTarget[] {
    return targets.map(({ population, prefix }) => ({ bands: this.#populations[population], prefix }));
  }

  /** The bins of a population; null: none are wanted, or no sample is valid. */
  #binsOf(i: number): Bins | null {
    const { histogram } = this.#request;
    const [valid, min, max] = this.#moments[i];
    return histogram === null || valid === 0 ? null : binsBetween(min, max, histogram);
  }
}

/** Counts of one length added up. */
function sumOf([first, ...others]: readonly Float64Array[]): Float64Array {
  return first.map((count, at) => others.reduce((sum, other) => sum + other[at], count));
}
