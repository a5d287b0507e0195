import { bandsOf } from '../../raster/block.js';
import type { BandType, Kernel, OutputType } from '../operation.js';
import { mapRuns } from './map-samples.js';

/** The kernel of an operation that picks bands. @param bands the input's band for each of the output's, counted from 0 */
export function pickBands(input: BandType, output: OutputType, bands: readonly number[]): Kernel {
  const { apply } = mapRuns(input, output, () => undefined);
  return {
    apply: (pixels, mask, statistics, out) => {
      for (let i = 0; i < out.shape[0]; i++) {
        // Alpha is picked, but not here.
        if (bands[i] < pixels.shape[0]) apply(bandsOf(pixels, bands[i], 1), mask, statistics, bandsOf(out, i, 1));
      }
    },
  };
}
