import type { Nodata } from '../raster/nodata.js';
import { pickBands } from './loops/pick-bands.js';
import { type Operation, PIXEL } from './operation.js';
import { everyBand, nodataParam } from './params.js';

/** Turns the order of the bands round. Their colours, metadata, alpha and nodata go with them. */
export default {
  name: 'reverse-bands',
  summary: 'Turn the order of the bands round.',
  params: { nodata: nodataParam },
  picksBands: true,
  footprint: () => PIXEL,
  describe: (input, params) => {
    const { nodata } = params as { readonly nodata?: Nodata };
    return { bands: everyBand(input.bands).reverse(), dtype: input.dtype, range: undefined, nodata, keepsValues: true };
  },
  open: (input, output) => pickBands(input, output, everyBand(output.bands).reverse()),
} satisfies Operation;
