import { UsageError } from '../errors.js';
import type { Bins } from '../raster/bins.js';
import { DTYPES } from '../raster/dtype.js';
import { percentileOf } from '../raster/percentile.js';
import { countValues } from './counted-statistics.js';
import type { PlanInput } from './plan.js';
import { Scan, type ScanOptions, type ScanTasks } from './scan.js';
import { searchRanks } from './searched-statistics.js';
import { countingBy } from './statistics-pass.js';
import type { MeasuredTask, StatisticsSetup } from './statistics-worker.js';

/** What is to be found out beside count, extremes, mean and standard deviation. */
export interface StatisticsRequest {
  /** 0 to 100 each. */
  readonly percentiles: readonly number[];
  /** How many bins of one width between minimum and maximum; null: no histogram. */
  readonly histogram: number | null;
}

/** The statistics of the valid samples of a band. */
export interface BandStatistics {
  /** From 1. */
  readonly band: number;
  readonly valid: number;
  /** null where no sample is valid, as are mean and deviation. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** The standard deviation of the samples themselves: divided by their number. */
  readonly std: number | null;
  readonly percentiles: readonly { readonly percent: number; readonly value: number | null }[];
  /** Bins from the first edge to the last, which is in the last bin; null: not asked for, or no sample is valid. */
  readonly histogram: { readonly min: number; readonly max: number; readonly counts: readonly number[] } | null;
}

/** What was found out of a population of samples, those of a band or several, before percentiles are made of it. */
export interface Findings {
  /** As `momentsOf` gives them. */
  readonly moments: Float64Array;
  /** The sample of a rank from 0 that a percentile lies at. */
  readonly sampleAt: (rank: number) => number;
  readonly histogram: { readonly bins: Bins; readonly counts: Float64Array } | null;
}

/**
 * The statistics of a whole raster, in parallel: those of all bands but alpha. They are the same whatever the tasks,
 * workers and pool, and percentiles are exact in rank. Memory follows from bands, bins and percentiles alone.
 * @throws RastqError by cause; the signal's reason
 */
export async function measureRaster(input: PlanInput, request: StatisticsRequest, options: ScanOptions): Promise<BandStatistics[]> {
  const { percentiles } = request;
  const wrong = percentiles.find((percent) => !(percent >= 0 && percent <= 100));
  if (wrong !== undefined) throw new UsageError(`percentile ${wrong}: wanted 0 to 100`);
  const { bands: count, alpha, dtype } = input.profile;
  const bands = Array.from({ length: count }, (_, band) => band).filter((band) => band !== alpha);
  const module = new URL('./statistics-worker.js', import.meta.url).href;
  const setup = (tasks: ScanTasks): StatisticsSetup => ({ input, ...tasks });
  const scan = await Scan.open([input], { module, setup }, options);
  try {
    const find = DTYPES[dtype].bytes <= 2 ? countValues : searchRanks;
    const count = countingBy(
      (questions, consume) => scan.keepingPass(questions, (scanned) => consume((scanned as MeasuredTask).moments)),
      (question) => question,
    );
    const findings = await find(count, input.profile, bands.map((band) => [band]), request);
    return findings.map((found, i) => ({ band: bands[i] + 1, ...conclude(found, percentiles) }));
  } finally {
    await scan.end();
  }
}

function conclude({ moments, sampleAt, histogram }: Findings, percentiles: readonly number[]): Omit<BandStatistics, 'band'> {
  const [valid, min, max, mean, squares] = moments;
  if (valid === 0) {
    const none = percentiles.map((percent) => ({ percent, value: null }));
    return { valid, min: null, max: null, mean: null, std: null, percentiles: none, histogram: null };
  }
  return {
    valid,
    // -0 and 0 are one sample: which of them came first says nothing.
    min: min + 0,
    max: max + 0,
    mean,
    std: Math.sqrt(Math.max(0, squares) / valid),
    percentiles: percentiles.map((percent) => ({ percent, value: percentileOf(percent, valid, sampleAt) })),
    histogram: histogram && { min: histogram.bins.min, max: histogram.bins.max, counts: [...histogram.counts] },
  };
}
