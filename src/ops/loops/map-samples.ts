import { DoubleReader } from '../../kernels/double-reader.js';
import { DoubleWriter } from '../../kernels/double-writer.js';
import type { Run } from '../../kernels/doubles.js';
import type { BandType, Kernel, OutputType } from '../operation.js';
import { eachRun, type Part, rowsOf } from './runs.js';

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

/** The same where results are computed in place, a run at a time. */
export function mapRuns(input: BandType, output: OutputType, map: (run: Run, part: Part, statistics: Float64Array) => void): Kernel {
  const reader = new DoubleReader(input);
  const writer = new DoubleWriter(output);
  return {
    apply: (pixels, mask, statistics, out) => {
      const convert = (run: Run, part: Part): void => {
        map(run, part, statistics);
        writer.write(run, rowsOf(out, part));
      };
      eachRun(pixels, mask, reader, convert, out);
    },
  };
}
