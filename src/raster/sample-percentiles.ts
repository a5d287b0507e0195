import { bandsOf, type Pixels } from './block.js';
import { type DType, DTYPES } from './dtype.js';
import type { Mask } from './mask.js';
import { comparableNodata, type Nodata } from './nodata.js';
import { percentileOf } from './percentile.js';
import { gatherValid } from './valid-samples.js';
import { ranksOf, ValueCounts } from './value-counts.js';

/** The valid samples of one population, window after window. */
interface Population {
  clear(): void;
  /** @param band of `pixels` */
  add(pixels: Pixels, band: number, mask: Mask | null): void;
  /** How many there are, and which has a rank. */
  finish(): { readonly count: number; readonly sampleAt: (rank: number) => number };
}

/**
 * Percentiles of windows that are held in memory whole, exact. Samples of 8 and 16 bits are counted, others kept and
 * sorted. Lives in one worker; one window at a time.
 */
export class SamplePercentiles {
  readonly #bands: number;
  readonly #percents: readonly number[];
  readonly #together: boolean;
  readonly #populations: readonly Population[];

  /** @param bands the first ones of the pixels that are added @param wanted `percents` are 0 to 100; whether all bands are one population */
  constructor(
    { dtype, nodata }: { readonly dtype: DType; readonly nodata: Nodata },
    bands: number,
    { percents, together }: { readonly percents: readonly number[]; readonly together: boolean },
  ) {
    this.#bands = bands;
    this.#percents = percents;
    this.#together = together;
    const invalid = comparableNodata(dtype, nodata);
    const open = (): Population => (DTYPES[dtype].bytes <= 2 ? countedPopulation(dtype, invalid) : sortedPopulation(invalid));
    this.#populations = Array.from({ length: together ? 1 : bands }, open);
  }

  /** Begins a window. */
  start(): this {
    for (const population of this.#populations) population.clear();
    return this;
  }

  /** Adds a part of the window. @param mask the pixels that are valid at all; null: all of them */
  add(pixels: Pixels, mask: Mask | null): void {
    for (let band = 0; band < this.#bands; band++) this.#populations[this.#together ? 0 : band].add(pixels, band, mask);
  }

  /** The window's percentiles, band after band; NaN where no sample is valid. */
  finish(): Float64Array {
    const found = this.#populations.map((population) => {
      const { count, sampleAt } = population.finish();
      return this.#percents.map((percent) => (count === 0 ? NaN : percentileOf(percent, count, sampleAt)));
    });
    return Float64Array.from(Array.from({ length: this.#bands }, (_, band) => found[this.#together ? 0 : band]).flat());
  }
}

function countedPopulation(dtype: DType, nodata: number): Population {
  const values = new ValueCounts(dtype, [[0]]);
  return {
    clear: () => values.clear(),
    add: (pixels, band, mask) => values.add(bandsOf(pixels, band, 1), mask),
    finish: () => {
      const { count, placeOf } = ranksOf(values.counts(nodata));
      return { count, sampleAt: (rank) => DTYPES[dtype].min + placeOf(rank) };
    },
  };
}

function sortedPopulation(nodata: number): Population {
  let samples = new Float64Array(0);
  let count = 0;
  return {
    clear: () => {
      count = 0;
    },
    add: (pixels, band, mask) => {
      const room = count + pixels.shape[1] * pixels.shape[2];
      if (room > samples.length) {
        const larger = new Float64Array(Math.max(room, 2 * samples.length));
        larger.set(samples.subarray(0, count));
        samples = larger;
      }
      count += gatherValid(pixels, band, nodata, mask, samples.subarray(count));
    },
    finish: () => {
      const sorted = samples.subarray(0, count).sort();
      // -0 and 0 are one sample.
      return { count, sampleAt: (rank) => sorted[rank] + 0 };
    },
  };
}
