import type { Neighbours } from '../kernels/neighbours.js';
import { SharpenKernel } from '../kernels/sharpen.js';
import type { DType } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import { neighbourhood } from './loops/neighbourhood.js';
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
    if (!SharpenKernel.takes(input.dtype, output.dtype)) return sharpenDoubles(input, output, amount);
    const kernel = new SharpenKernel(input, output, { amount, weights: BLUR });
    return { apply: (pixels, mask, _, out) => kernel.apply(pixels, mask, out) };
  },
} satisfies Operation;

/** The kernel of any types. */
export function sharpenDoubles(input: BandType, output: OutputType, amount: number): Kernel {
  return neighbourhood(input, output, HALO, {
    row: (rows) => rows.unsharp(amount),
    sample: (rows, i) => amount * (2 * rows.value(HALO, HALO, i) - blurValid(rows, i)),
  });
}

/** The blur over the valid neighbours; each share is small enough that the largest floats do not overflow. */
function blurValid(rows: Neighbours, i: number): number {
  let weights = 0;
  for (let k = 0; k < BLUR.length; k++) if (!rows.isInvalid(Math.floor(k / 5), k % 5, i)) weights += BLUR[k];
  let blurred = 0;
  for (let k = 0; k < BLUR.length; k++) {
    const [row, col] = [Math.floor(k / 5), k % 5];
    if (!rows.isInvalid(row, col, i)) blurred += (BLUR[k] / weights) * rows.value(row, col, i);
  }
  return blurred;
}
