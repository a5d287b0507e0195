import { SharpenKernel } from '../kernels/sharpen.js';
import type { DType } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import { type Neighbourly, neighbourhood, type Rows } from './loops/neighbourhood.js';
import type { BandType, Kernel, Operation, OutputType } from './operation.js';
import { dtypeParam, everyBand, flagParam, nodataParam, numberParam } from './params.js';

interface SharpenParams {
  readonly amount: number;
  readonly seams: boolean | undefined;
  readonly dtype: DType | undefined;
  readonly nodata: Nodata | undefined;
}

/** G, the 5 x 5 blur whose weights sum up to 273. */
const BLUR = [1, 4, 7, 4, 1, 4, 16, 26, 16, 4, 7, 26, 41, 26, 7, 4, 16, 26, 16, 4, 1, 4, 7, 4, 1];
const BLUR_SUM = 273;
const HALO = 2;

/** Unsharp masking: A (2 v - G v), correlated band by band. Near invalid pixels G is weighed over the valid ones. */
export default {
  name: 'sharpen',
  summary: 'Sharpen by a 5 x 5 unsharp mask.',
  params: {
    amount: numberParam('amount', { placeholder: 'A', help: 'what the kernel 2 I - G is multiplied by', standard: 2, examples: ['1', '0.37'] }),
    seams: flagParam('sharpen each window by itself, with seams between them'),
    dtype: dtypeParam(undefined),
    nodata: nodataParam,
  },
  footprint: (params) => ({ halo: HALO, edge: (params as unknown as SharpenParams).seams === true ? 'window' : 'raster', measures: 'nothing' }),
  describe: (input, params) => {
    const { amount, dtype = input.dtype, nodata } = params as unknown as SharpenParams;
    // The kernel's weights sum up to the amount.
    return { bands: everyBand(input.bands), dtype, range: undefined, nodata, keepsValues: amount === 1 };
  },
  open: (input, output, params) => {
    const { amount } = params as unknown as SharpenParams;
    if (!SharpenKernel.takes(input.dtype, output.dtype)) return sharpenByLoops(input, output, amount);
    const kernel = new SharpenKernel(input, output, { amount, weights: BLUR });
    return { apply: (pixels, mask, _, out) => kernel.apply(pixels, mask, out) };
  },
} satisfies Operation;

/** The kernel of any types, by plain loops. */
export function sharpenByLoops(input: BandType, output: OutputType, amount: number): Kernel {
  return neighbourhood(input, output, HALO, unsharp(amount));
}

function unsharp(amount: number): Neighbourly {
  let columns = new Float64Array(0);
  return {
    row: ({ values: [a, b, c, d, e], bands }, results) => {
      const length = a.length;
      const [one, two, three, four] = [bands, 2 * bands, 3 * bands, 4 * bands];
      if (columns.length < length) columns = new Float64Array(length);
      // G is the outer product of 1 4 7 4 1 with itself, less 2 at the four nearest and 8 in the middle: of whole
      // numbers each sum is exact.
      for (let i = 0; i < length; i++) columns[i] = a[i] + e[i] + 4 * (b[i] + d[i]) + 7 * c[i];
      for (let i = 0; i < length - four; i++) {
        const middle = c[i + two];
        const sum =
          columns[i] + columns[i + four] + 4 * (columns[i + one] + columns[i + three]) + 7 * columns[i + two] -
          2 * (b[i + two] + d[i + two] + c[i + one] + c[i + three]) - 8 * middle;
        results[i] = amount * (2 * middle - sum / BLUR_SUM);
      }
    },
    sample: (rows, i) => {
      const middle = rows.values[HALO][i + HALO * rows.bands];
      return amount * (2 * middle - blurValid(rows, i));
    },
  };
}

/** The blur over the valid neighbours; each share is small enough that the largest floats do not overflow. */
function blurValid({ values, invalid, bands }: Rows, i: number): number {
  let weights = 0;
  for (let k = 0; k < BLUR.length; k++) {
    if (invalid[Math.floor(k / 5)][i + (k % 5) * bands] === 0) weights += BLUR[k];
  }
  let blurred = 0;
  for (let k = 0; k < BLUR.length; k++) {
    const row = Math.floor(k / 5);
    const at = i + (k % 5) * bands;
    if (invalid[row][at] === 0) blurred += (BLUR[k] / weights) * values[row][at];
  }
  return blurred;
}
