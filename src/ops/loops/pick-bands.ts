import type { BandType, Kernel, OutputType } from '../operation.js';
import { mapSamples } from './map-samples.js';

/** The kernel of an operation that picks bands. @param bands the input's band for each of the output's, counted from 0 */
export function pickBands(input: BandType, output: OutputType, bands: readonly number[]): Kernel {
  return mapSamples(input, output, (value) => value, (out) => bands[out]);
}
