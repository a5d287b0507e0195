import { DoubleReader } from '../../kernels/double-reader.js';
import { DoubleWriter } from '../../kernels/double-writer.js';
import type { Run } from '../../kernels/doubles.js';
import { isPacked } from '../../kernels/packed.js';
import { bandsOf } from '../../raster/block.js';
import type { BandType, Kernel, OutputType } from '../operation.js';
import { eachRun, rowsOf } from './runs.js';

/**
 * The kernel of an operation that makes one sample of one sample: invalid ones become nodata, else 0, and results valid
 * samples of the output's type.
 * @param result of any number but NaN a number that is not it; of what is invalid, anything
 */
export function mapSamples(input: BandType, output: OutputType, result: (value: number) => number): Kernel {
  return mapRuns(input, output, ({ values }, { count }) => {
    for (let i = 0; i < count; i++) values[i] = result(values[i]);
  });
}

/** The first `count` samples of a run: `bands` bands side by side, of which `band` is the first. */
export interface MappedPart {
  readonly count: number;
  readonly band: number;
  readonly bands: number;
}

/** The same where results are computed in place, a run at a time. */
export function mapRuns(input: BandType, output: OutputType, map: (run: Run, part: MappedPart, statistics: Float64Array) => void): Kernel {
  const reader = new DoubleReader(input);
  const writer = new DoubleWriter(output);
  return {
    apply: (pixels, mask, statistics, out) => {
      // Bands that are side by side here have to be so there.
      const parts = isPacked(out) ? [pixels] : Array.from({ length: pixels.shape[0] }, (_, band) => bandsOf(pixels, band, 1));
      parts.forEach((part, first) => {
        eachRun(part, mask, reader, (run, own) => {
          const band = first + own.band;
          map(run, { count: own.rows * own.cols * own.bands, band, bands: own.bands }, statistics);
          writer.write(run, rowsOf(out, { ...own, band }));
        });
      });
    },
  };
}
