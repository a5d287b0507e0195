import { UsageError } from '../errors.js';
import type { DType } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import { mapSamples } from './loops/map-samples.js';
import { type Operation, PIXEL } from './operation.js';
import { dtypeParam, everyBand, nodataParam, numberParam } from './params.js';

interface ClampParams {
  readonly min: number;
  readonly max: number;
  readonly dtype: DType | undefined;
  readonly nodata: Nodata | undefined;
}

/** Raises what is below a minimum to it, and lowers what is above a maximum. */
export default {
  name: 'clamp',
  summary: 'Keep values between a minimum and a maximum.',
  params: {
    min: numberParam('min', { placeholder: 'V', help: 'the least value', standard: undefined, required: true, examples: ['-20'] }),
    max: numberParam('max', { placeholder: 'V', help: 'the greatest value', standard: undefined, required: true, examples: ['90.5'] }),
    dtype: dtypeParam(undefined),
    nodata: nodataParam,
  },
  footprint: () => PIXEL,
  describe: (input, params) => {
    const { min, max, dtype = input.dtype, nodata } = params as unknown as ClampParams;
    if (min > max) throw new UsageError(`--min ${min} --max ${max}: wanted a minimum that is not above the maximum`);
    return { bands: everyBand(input.bands), dtype, range: undefined, nodata, keepsValues: true };
  },
  open: (input, output, params) => {
    const { min, max } = params as unknown as ClampParams;
    return mapSamples(input, output, (value) => Math.min(max, Math.max(min, value)));
  },
} satisfies Operation;
