import { type DType, DTYPES, isFloat } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import { mapSamples } from './loops/map-samples.js';
import { type Operation, PIXEL } from './operation.js';
import { dtypeParam, everyBand, nodataParam, numberParam } from './params.js';

interface ScaleParams {
  readonly factor: number;
  readonly offset: number;
  readonly dtype: DType | undefined;
  readonly nodata: Nodata | undefined;
}

/** Multiplies by a factor and adds an offset: value * factor + offset, in float64. */
export default {
  name: 'scale',
  summary: 'Multiply by a factor and add an offset.',
  params: {
    factor: numberParam('factor', { placeholder: 'F', help: 'what values are multiplied by', standard: 1, examples: ['0.01', '-1e30'] }),
    offset: numberParam('offset', { placeholder: 'O', help: 'what is added to the product', standard: 0, examples: ['-1000'] }),
    dtype: { ...dtypeParam(undefined), help: 'output sample type (default: float32, of types that it cannot hold float64)' },
    nodata: nodataParam,
  },
  footprint: () => PIXEL,
  describe: (input, params) => {
    const { dtype = floatFor(input.dtype), nodata } = params as unknown as ScaleParams;
    return { bands: everyBand(input.bands), dtype, range: undefined, nodata, keepsValues: false };
  },
  open: (input, output, params) => {
    const { factor, offset } = params as unknown as ScaleParams;
    return mapSamples(input, output, (value) => value * factor + offset);
  },
} satisfies Operation;

/** The float type that holds every value of the type: 24 bits of float32, 53 of float64. */
function floatFor(dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  return DTYPES[dtype].bytes <= 2 ? 'float32' : 'float64';
}
