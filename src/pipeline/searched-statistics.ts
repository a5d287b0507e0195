import { binEdges } from '../raster/bins.js';
import type { DigitTarget } from '../raster/digit-counts.js';
import { mergeMoments, MOMENTS, momentsOf } from '../raster/moments.js';
import { placePercentile } from '../raster/percentile.js';
import type { Profile } from '../raster/profile.js';
import { RankSearch } from '../raster/rank-search.js';
import { DIGIT_BINS, type SampleOrder, sampleOrder } from '../raster/sample-order.js';
import type { Scan } from './scan.js';
import { runPass } from './statistics-pass.js';
import type { BandFindings, StatisticsRequest } from './statistics.js';

/** Targets whose digits are counted in one pass: 768 KB of each in a worker. */
const TARGETS_A_PASS = 32;

/**
 * Samples of 32 and 64 bits. Moments are made per fixed cell and merged in the order of the cells. Percentiles are
 * searched digit by digit: two passes over the raster for 32 bits, four for 64, more where more than 32 digits are
 * sought at a time. A histogram needs the extremes, so it comes with the second pass.
 */
export function searchRanks(
  scan: Scan,
  { dtype }: Profile,
  bands: readonly number[],
  request: StatisticsRequest,
): Promise<BandFindings[]> {
  return new Measurement(scan, sampleOrder(dtype), bands, request).complete();
}

class Measurement {
  readonly #scan: Scan;
  readonly #order: SampleOrder;
  readonly #search: RankSearch;
  readonly #bands: readonly number[];
  readonly #request: StatisticsRequest;
  readonly #moments: readonly Float64Array[];
  #bins: readonly Float64Array[] | null = null;

  constructor(scan: Scan, order: SampleOrder, bands: readonly number[], request: StatisticsRequest) {
    this.#scan = scan;
    this.#order = order;
    this.#search = new RankSearch(order);
    this.#bands = bands;
    this.#request = request;
    this.#moments = bands.map(() => momentsOf(new Float64Array(0), 0));
  }

  async complete(): Promise<BandFindings[]> {
    const { percentiles, histogram } = this.#request;
    const first = percentiles.length === 0 ? [] : this.#bands.slice(0, TARGETS_A_PASS).map((band) => ({ band, prefix: 0 }));
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
    if (histogram !== null && this.#bins === null) await this.#count(0, []);
    return this.#bands.map((band, i) => ({
      moments: this.#moments[i],
      sampleAt: (rank) => this.#search.sampleAt(band, rank),
      histogram: this.#bins === null ? null : { edges: this.#edges(i), counts: this.#bins[i] },
    }));
  }

  /** The first pass: the moments of all bands, and the first digits of some. */
  async #measure(targets: readonly DigitTarget[]): Promise<Float64Array> {
    const asked = { kind: 'digits', bands: this.#bands, moments: true, level: 0, targets, edges: [] } as const;
    const { counts } = await runPass(this.#scan, asked, (cells) => {
      for (let i = 0; i * MOMENTS < cells.length; i++) {
        mergeMoments(this.#moments[i % this.#bands.length], cells.subarray(i * MOMENTS, (i + 1) * MOMENTS));
      }
    });
    return counts;
  }

  /** A later pass: digits, and the bins of the histogram if they are wanted still. */
  async #count(level: number, targets: readonly DigitTarget[]): Promise<Float64Array> {
    const wantsBins = this.#request.histogram !== null && this.#bins === null;
    const edges = wantsBins ? this.#bands.map((_, i) => this.#edges(i)) : [];
    const asked = { kind: 'digits', bands: this.#bands, moments: false, level, targets, edges } as const;
    const { counts, bins } = await runPass(this.#scan, asked);
    if (wantsBins) this.#bins = bins;
    return counts;
  }

  #seek(): void {
    this.#bands.forEach((band, i) => {
      const [valid] = this.#moments[i];
      for (const percent of valid > 0 ? this.#request.percentiles : []) {
        const { low, high } = placePercentile(percent, valid);
        this.#search.seek(band, low);
        this.#search.seek(band, high);
      }
    });
  }

  #narrow(level: number, targets: readonly DigitTarget[], counts: Float64Array): void {
    targets.forEach((target, i) => this.#search.narrow(level, target, counts.subarray(i * DIGIT_BINS, (i + 1) * DIGIT_BINS)));
  }

  /** The edges of a band's bins; none where no sample is valid. */
  #edges(i: number): Float64Array {
    const [valid, min, max] = this.#moments[i];
    return valid === 0 ? new Float64Array(0) : binEdges(min, max, this.#request.histogram!);
  }
}
