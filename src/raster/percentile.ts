/** Where a percentile lies among `count` samples in ascending order: between two neighbours, or on one of them. */
export interface PercentilePlace {
  /** Ranks from 0. */
  readonly low: number;
  readonly high: number;
  /** How far from the lower to the upper one, 0 to 1. */
  readonly share: number;
}

/**
 * numpy's definition, method `linear`: type 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996.
 * @param percent 0 to 100
 * @param count at least 1
 */
export function placePercentile(percent: number, count: number): PercentilePlace {
  const place = (percent / 100) * (count - 1);
  const low = Math.min(Math.floor(place), count - 1);
  return { low, high: Math.min(low + 1, count - 1), share: place - low };
}

/** The value between the samples of the two ranks, rounded towards neither of them. */
function interpolate(low: number, high: number, share: number): number {
  // From the nearer end, so that a share of 1 gives the upper one exactly.
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/** A percentile of `count` samples, at least one. @param sampleAt gives the sample of a rank */
export function percentileOf(percent: number, count: number, sampleAt: (rank: number) => number): number {
  const { low, high, share } = placePercentile(percent, count);
  return interpolate(sampleAt(low), sampleAt(high), share);
}
