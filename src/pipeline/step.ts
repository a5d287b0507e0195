import type { Footprint, Operation, OutputType, Params, Result } from '../ops/operation.js';
import { chooseMarking } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { StatisticsSource } from './task.js';

/** One operation of a plan, as plain JSON. */
export interface Step {
  readonly operation: string;
  readonly params: Params;
  readonly footprint: Footprint;
  /** Where the statistics of windows, or of the raster, come from. */
  readonly statistics: StatisticsSource;
  /** For each band of the result, alpha among them, the input's band that it is; null: a new one. */
  readonly bands: readonly (number | null)[];
  /** What the step makes: what a file of it would be read as. */
  readonly output: Profile;
}

/** The profile as operations see it: without the alpha band, which is the last. */
export function seenBy(profile: Profile): Profile {
  return profile.alpha === null ? profile : { ...profile, bands: profile.bands - 1, alpha: null };
}

/** What the operation of a step makes itself: all bands but an alpha band behind them. */
export function madeBy({ bands, output }: Pick<Step, 'bands' | 'output'>, { alpha }: Profile): OutputType {
  const { dtype, nodata, mask } = output;
  const isBehind = alpha !== null && bands.indexOf(alpha) === bands.length - 1;
  return { bands: isBehind ? bands.length - 1 : bands.length, dtype, nodata, mask };
}

/**
 * What a step's result is, and how invalid pixels are marked in it.
 * @throws UsageError where operation or parameters do not fit the input
 */
export function describeStep(
  operation: Operation,
  params: Params,
  input: Profile,
): Pick<Step, 'bands'> & { readonly result: Result; readonly profile: Omit<Profile, 'interleave' | 'compression' | 'predictor'> } {
  const result = operation.describe(operation.picksBands === true ? input : seenBy(input), params);
  const bands = operation.picksBands === true || input.alpha === null ? result.bands : [...result.bands, input.alpha];
  const { dtype } = result;
  const keepsAlpha = input.alpha !== null && bands.length > 1 && bands.at(-1) === input.alpha;
  const alpha = keepsAlpha ? bands.length - 1 : null;
  // An alpha band that is left out, or moved where readers do not look for it, leaves its say to a mask.
  const validity = { ...input, alpha, mask: input.mask || (input.alpha !== null && !keepsAlpha) };
  const marking = chooseMarking(validity, { dtype, bands: bands.length, range: result.range, wanted: result.nodata, makesInvalid: result.makesInvalid ?? false });
  const { width, height } = input;
  return { bands, result, profile: { width, height, bands: bands.length, dtype, ...marking, alpha } };
}
