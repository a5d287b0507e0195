import { BinFinder, type Bins, binsBetween } from '../raster/bins.js';
import { DTYPES } from '../raster/dtype.js';
import { momentsOfCounts } from '../raster/moments.js';
import type { Profile } from '../raster/profile.js';
import { ranksOf } from '../raster/value-counts.js';
import type { CountPass } from './statistics-pass.js';
import type { Findings, StatisticsRequest } from './statistics.js';

/** Populations whose values are counted in one pass: 768 KB of each in a worker, with 16 bits. */
export const COUNTED_A_PASS = 32;

/**
 * Samples of 8 and 16 bits: how often each value occurs says all. One pass over the raster, with more than 32
 * populations one for each 32.
 */
export async function countValues(
  count: CountPass,
  { dtype }: Profile,
  populations: readonly (readonly number[])[],
  { histogram }: StatisticsRequest,
): Promise<Findings[]> {
  const { min: first, bytes } = DTYPES[dtype];
  const bins = 2 ** (8 * bytes);
  const findings: Findings[] = [];
  for (let from = 0; from < populations.length; from += COUNTED_A_PASS) {
    const counted = populations.slice(from, from + COUNTED_A_PASS);
    const { counts } = await count({ kind: 'values', populations: counted });
    counted.forEach((_, i) => {
      const own = counts.slice(i * bins, (i + 1) * bins);
      const moments = momentsOfCounts(own, first);
      const { placeOf } = ranksOf(own);
      findings.push({
        moments,
        sampleAt: (rank) => first + placeOf(rank),
        histogram: histogram === null || moments[0] === 0 ? null : rebin(own, first, binsBetween(moments[1], moments[2], histogram)),
      });
    });
  }
  return findings;
}

/** A histogram of any bins, from the counts of every value. */
function rebin(counts: Float64Array, first: number, bins: Bins): NonNullable<Findings['histogram']> {
  const finder = new BinFinder(bins);
  const binned = new Float64Array(bins.count);
  counts.forEach((count, i) => {
    if (count > 0) binned[finder.binOf(first + i)] += count;
  });
  return { bins, counts: binned };
}
