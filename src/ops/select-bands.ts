import { UsageError } from '../errors.js';
import { pickBands } from './loops/pick-bands.js';
import { type Operation, PIXEL } from './operation.js';
import { nodataParam, param } from './params.js';
import type { Nodata } from '../raster/nodata.js';

interface SelectParams {
  /** Counted from 1, as users do. */
  readonly bands: readonly number[];
  readonly nodata: Nodata | undefined;
}

// Where a list has a hole there is no number.
const isBands = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && [...(value as unknown[])].every((band) => Number.isInteger(band) && (band as number) >= 1);

/** Picks bands, in any order and any number of times. Their colours, metadata, alpha and nodata go with them. */
export default {
  name: 'select-bands',
  summary: 'Pick bands, in any order.',
  params: {
    bands: param({
      name: 'bands',
      placeholder: 'B,B,…',
      help: 'the bands to pick, counted from 1',
      standard: undefined,
      required: true,
      examples: ['1', '1,1'],
      read: (text) => text.split(',').map((word) => (/^\s*\d+\s*$/.test(word) ? Number(word) : 0)),
      check: (value) => (isBands(value) ? undefined : 'wanted whole numbers from 1, as in 4,3,2'),
    }),
    nodata: nodataParam,
  },
  picksBands: true,
  footprint: () => PIXEL,
  describe: (input, params) => {
    const { bands, nodata } = params as unknown as SelectParams;
    const missing = bands.find((band) => band > input.bands);
    if (missing !== undefined) throw new UsageError(`--bands ${bands.join(',')}: there is no band ${missing}, the input has ${input.bands}`);
    return { bands: bands.map((band) => band - 1), dtype: input.dtype, range: undefined, nodata, keepsValues: true };
  },
  open: (input, output, params) => {
    const { bands } = params as unknown as SelectParams;
    return pickBands(input, output, bands.map((band) => band - 1));
  },
} satisfies Operation;
