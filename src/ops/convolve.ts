import { readFileSync } from 'node:fs';
import { ioError, UsageError } from '../errors.js';
import type { DType } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import { type Neighbourly, neighbourhood } from './loops/neighbourhood.js';
import type { Operation } from './operation.js';
import { dtypeParam, everyBand, nodataParam, param } from './params.js';

interface ConvolveParams {
  /** Rows of weights, as many each. */
  readonly kernel: readonly (readonly number[])[];
  readonly dtype: DType | undefined;
  readonly nodata: Nodata | undefined;
}

const LARGEST_EDGE = 99;
/** Weights up to here cannot overflow what is scaled down. */
const LARGEST_WEIGHT = 1e100;
const SCALE = 2 ** -512;

/**
 * Correlates each band with a kernel, as OpenCV's filter2D does: the kernel is not turned round. An invalid neighbour
 * takes the centre's value.
 */
export default {
  name: 'convolve',
  summary: 'Weigh each pixel and its neighbours by a kernel.',
  params: {
    kernel: param({
      name: 'kernel',
      placeholder: 'K',
      help: 'rows of weights, "0 -1 0; -1 5 -1; 0 -1 0", or JSON or a file of it: [[0, -1, 0], …]',
      standard: undefined,
      required: true,
      examples: ['0 -1 0; -1 5 -1; 0 -1 0', '[[0.25, 0.5, 0.25]]', '1;-2;3;0.5;1e30'],
      read: weightsIn,
      check: wrongKernel,
    }),
    dtype: dtypeParam(undefined),
    nodata: nodataParam,
  },
  footprint: (params) => ({ halo: haloOf(params as unknown as ConvolveParams), edge: 'raster', measures: 'nothing' }),
  describe: (input, params) => {
    const { kernel, dtype = input.dtype, nodata } = params as unknown as ConvolveParams;
    const sum = kernel.flat().reduce((total, weight) => total + weight, 0);
    return { bands: everyBand(input.bands), dtype, range: undefined, nodata, keepsValues: Math.abs(sum - 1) < 1e-9 };
  },
  open: (input, output, params) => {
    const { kernel } = params as unknown as ConvolveParams;
    const halo = haloOf({ kernel });
    return neighbourhood(input, output, halo, correlation(kernel, halo));
  },
} satisfies Operation;

const haloOf = ({ kernel }: Pick<ConvolveParams, 'kernel'>): number => Math.floor(Math.max(kernel.length, kernel[0].length) / 2);

function correlation(kernel: ConvolveParams['kernel'], halo: number): Neighbourly {
  const top = halo - Math.floor(kernel.length / 2);
  const left = halo - Math.floor(kernel[0].length / 2);
  const taps = kernel
    .flatMap((weights, row) => weights.map((weight, col) => ({ row: top + row, col: left + col, weight })))
    .filter(({ weight }) => weight !== 0);
  return {
    row: (rows) => rows.correlate(taps),
    sample: (rows, i) => {
      const centre = rows.value(halo, halo, i);
      const sum = (scale: number): number => {
        let total = 0;
        for (const { row, col, weight } of taps) total += weight * ((rows.isInvalid(row, col, i) ? centre : rows.value(row, col, i)) * scale);
        return total;
      };
      const total = sum(1);
      // Parts may overflow though their sum does not.
      return Number.isFinite(total) ? total : sum(SCALE) / SCALE;
    },
  };
}

/** What is wrong with a kernel, in words; undefined: nothing is. */
function wrongKernel(rows: unknown): string | undefined {
  if (!isKernel(rows)) return 'wanted rows of as many numbers each';
  if (rows.flat().some((weight) => !(Math.abs(weight) <= LARGEST_WEIGHT))) return `wanted numbers from -${LARGEST_WEIGHT} to ${LARGEST_WEIGHT}`;
  const [height, width] = [rows.length, rows[0].length];
  const isOdd = height % 2 === 1 && width % 2 === 1;
  return isOdd && height <= LARGEST_EDGE && width <= LARGEST_EDGE ? undefined : `a kernel of ${width} x ${height}, wanted odd numbers up to ${LARGEST_EDGE}`;
}

function isKernel(value: unknown): value is number[][] {
  // Spread, so that where a list has a hole there is no number.
  const isRow = (row: unknown): row is number[] => Array.isArray(row) && row.length > 0 && [...(row as unknown[])].every((weight) => typeof weight === 'number');
  if (!Array.isArray(value) || value.length === 0) return false;
  const rows = [...(value as unknown[])];
  return rows.every((row) => isRow(row) && row.length === (rows[0] as number[]).length);
}

/** Where there is nothing between two commas there is no number. */
const weightsOf = (row: string): number[] => (row.trim() === '' ? [] : row.trim().split(/\s*,\s*|\s+/).map((word) => (word === '' ? NaN : Number(word))));

/** Rows of weights: from the text itself, be it JSON or not, or from a JSON file. @throws UsageError, IoError */
function weightsIn(text: string): unknown {
  if (/^[\s\d.eE+;,-]*$/.test(text)) return text.split(';').map(weightsOf);
  const json = text.trimStart().startsWith('[') ? text : readKernel(text);
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new UsageError(`--kernel ${text}: is no JSON`, { cause });
  }
}

function readKernel(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw ioError(path, 'cannot read the kernel', cause);
  }
}
