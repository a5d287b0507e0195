import type { Percentiles } from '../ops/operation.js';
import { DTYPES } from '../raster/dtype.js';
import { percentileOf } from '../raster/percentile.js';
import type { Profile } from '../raster/profile.js';
import { countValues } from './counted-statistics.js';
import { searchRanks } from './searched-statistics.js';
import type { CountPass } from './statistics-pass.js';

/**
 * Percentiles of a whole raster, exact: band after band, NaN where no sample is valid. A pass over it for 8 and 16 bits,
 * two for 32, four for 64.
 * @param profile of the raster as operations see it
 */
export async function rasterPercentiles(count: CountPass, profile: Profile, { percents, together }: Percentiles): Promise<Float64Array> {
  const bands = Array.from({ length: profile.bands }, (_, band) => band);
  const populations = together ? [bands] : bands.map((band) => [band]);
  const find = DTYPES[profile.dtype].bytes <= 2 ? countValues : searchRanks;
  const findings = await find(count, profile, populations, { percentiles: percents, histogram: null });
  const found = findings.map(({ moments: [valid], sampleAt }) => percents.map((percent) => (valid === 0 ? NaN : percentileOf(percent, valid, sampleAt))));
  return Float64Array.from(bands.flatMap((band) => found[together ? 0 : band]));
}
