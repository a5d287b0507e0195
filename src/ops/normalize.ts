import { isPacked } from '../kernels/packed.js';
import { type Lines, type ResultTable, StretchKernel } from '../kernels/stretch.js';
import { bandsOf, type Pixels } from '../raster/block.js';
import { type DType, DTYPES, type Samples } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import { comparableNodata, type Nodata, type ValueRange } from '../raster/nodata.js';
import { type Extremes, extremesMeasure } from './loops/extremes.js';
import { fillOf, finisher } from './loops/finish.js';
import type { Kernel, Operation, OutputType } from './operation.js';
import { choiceParam, dtypeParam, everyBand, nodataParam, percentileParam, rangeParam } from './params.js';

interface NormalizeParams {
  readonly range: ValueRange;
  /** What is stretched as one: each band of each window, each band of the raster, or all of it. */
  readonly scope?: 'window' | 'band' | 'dataset';
  /** What takes the place of minimum and maximum; values beyond saturate. */
  readonly percentile?: readonly [low: number, high: number];
  readonly dtype: DType;
  readonly nodata: Nodata | undefined;
}

/** Stretches values between the valid minimum and maximum of window, band or dataset, or between percentiles, to a target range. */
export default {
  name: 'normalize',
  summary: 'Stretch each band of each window, or of the raster, from its minimum and maximum to a target range.',
  params: {
    range: rangeParam({ min: 0, max: 4096 }, 'target range'),
    scope: choiceParam('scope', ['window', 'band', 'dataset'], 'whose minimum and maximum: of each window, of each band, of all bands'),
    percentile: percentileParam('stretch from these percentiles, values beyond become the ends of the range'),
    dtype: dtypeParam('uint16'),
    nodata: nodataParam,
  },
  footprint: (params) => {
    const { scope = 'window', percentile } = params as unknown as NormalizeParams;
    const percentiles = percentile && { percents: percentile, together: scope === 'dataset' };
    return { halo: 0, edge: 'raster', measures: scope === 'window' ? 'window' : 'raster', ...(percentiles && { percentiles }) };
  },
  describe: (input, params) => {
    const { range, dtype, nodata } = params as unknown as NormalizeParams;
    return { bands: everyBand(input.bands), dtype, range, nodata, keepsValues: false };
  },
  open: (input, output, params) => {
    const { range, scope, percentile } = params as unknown as NormalizeParams;
    const beyond = percentile === undefined ? null : { min: DTYPES[input.dtype].min, max: DTYPES[input.dtype].max };
    const target = { range, output, beyond };
    const nodata = comparableNodata(input.dtype, input.nodata);
    const { measure, apply } = StretchKernel.takes(input.dtype)
      ? byKernel(new StretchKernel(input.dtype, output.dtype), nodata, target)
      : byLoops(nodata, target);
    return { ...(percentile === undefined && { measure: extremesMeasure(input.bands, measure, scope === 'dataset') }), apply };
  },
} satisfies Operation;

/** What a band is stretched to. */
interface Target {
  readonly range: ValueRange;
  readonly output: OutputType;
  /** The input type's ends where values can lie beyond what is stretched: they become the range's. null: none can. */
  readonly beyond: ValueRange | null;
}

/** One band's valid minimum and maximum, or percentiles, and what they are stretched to. */
interface Stretch extends Target {
  readonly min: number;
  readonly max: number;
}

const stretchOf = (target: Target, statistics: Float64Array, band: number): Stretch => ({
  ...target,
  min: statistics[band * 2],
  max: statistics[band * 2 + 1],
});

interface Stretcher {
  readonly measure: Extremes;
  readonly apply: Kernel['apply'];
}

/** Measures and maps by plain loops: any type, any strides, masks. */
function byLoops(nodata: number, target: Target): Stretcher {
  return {
    measure: (pixels, mask, statistics) => {
      for (let band = 0; band < pixels.shape[0]; band++) measureBand(pixels, band, nodata, mask, statistics);
    },
    apply: (pixels, mask, statistics, out) => {
      for (let band = 0; band < pixels.shape[0]; band++) {
        mapBand(pixels, band, nodata, mask, stretchOf(target, statistics, band), out);
      }
    },
  };
}

/**
 * 8- and 16-bit integers. Where all is whole, 16-bit samples are stretched by vectors; others are looked up in a table with an
 * entry for each value of the type, so that a value costs a division and a pixel none. Not where a window has fewer pixels than
 * values between its extremes.
 */
function byKernel(kernel: StretchKernel, nodata: number, target: Target): Stretcher {
  const loops = byLoops(nodata, target);
  const paysOff = (pixels: Pixels, statistics: Float64Array): boolean => {
    for (let band = 0; band < pixels.shape[0]; band++) {
      if (statistics[band * 2 + 1] - statistics[band * 2] > pixels.shape[1] * pixels.shape[2]) return false;
    }
    return true;
  };
  const measure: Extremes = (pixels, mask, statistics) => {
    if (isPacked(pixels) && mask === null) kernel.measure(pixels, nodata, statistics);
    else if (pixels.shape[0] === 1 || mask !== null) loops.measure(pixels, mask, statistics);
    else eachBand(pixels, (band, i) => measure(band, mask, statistics.subarray(i * 2, i * 2 + 2)));
  };
  let last: Float64Array = new Float64Array(0);
  const { range, output } = target;
  const apply: Kernel['apply'] = (pixels, mask, statistics, out) => {
    const isRun = isPacked(pixels) && isPacked(out) && mask === null;
    const lines: Lines = { statistics, range, nodata, fill: fillOf(output.nodata) };
    if (isRun && kernel.isWhole(lines)) kernel.stretchWhole(pixels, lines, out);
    else if (isRun && paysOff(pixels, statistics)) {
      const keepsTables = statistics.length === last.length && statistics.every((value, i) => value === last[i]);
      last = statistics.slice();
      kernel.map(pixels, (table, band) => fillTable(table, nodata, stretchOf(target, statistics, band)), out, keepsTables);
    } else if (pixels.shape[0] === 1 || mask !== null) loops.apply(pixels, mask, statistics, out);
    else eachBand(pixels, (band, i) => apply(band, mask, statistics.subarray(i * 2, i * 2 + 2), bandsOf(out, i, 1)));
  };
  return { measure, apply };
}

function eachBand(pixels: Pixels, visit: (band: Pixels, index: number) => void): void {
  for (let i = 0; i < pixels.shape[0]; i++) visit(bandsOf(pixels, i, 1), i);
}

/** Puts the results of all values that may occur, and of nodata, where their bit patterns are. */
function fillTable({ entries, stretch }: ResultTable, nodata: number, line: Stretch): void {
  const { min, max, range, output, beyond } = line;
  const pattern = entries.length - 1;
  const scale = range.max - range.min;
  const finish = finisher(output);
  // No result of a target range equals nodata, which lies outside of it: there is nothing to move.
  if (max > min && Number.isFinite(scale * pattern)) {
    stretch({ min, max, scale, offset: range.min });
  } else {
    const toRange = stretcher(line);
    for (let value = Math.ceil(min); value <= max; value++) entries[value & pattern] = finish(toRange(value));
  }
  if (beyond !== null && min <= max) {
    fillEntries(entries, beyond.min, Math.floor(min), finish(range.min));
    fillEntries(entries, Math.max(Math.ceil(max), Math.floor(min) + 1), beyond.max, finish(range.max));
  }
  if (!Number.isNaN(nodata)) entries[nodata & pattern] = fillOf(output.nodata);
}

/** Puts in one result for the values of a type from `from` to `to`; those below 0 lie behind the others. */
function fillEntries(entries: Samples, from: number, to: number, result: number): void {
  entries.fill(result, Math.max(from, 0), Math.max(to + 1, 0));
  if (from < 0) entries.fill(result, entries.length + from, entries.length + Math.min(to + 1, 0));
}

/** How to walk over a mask; without one, over a single sample that is valid. */
function maskWalk(mask: Mask | null): { at: number; data: Samples; rowStride: number; colStride: number } {
  if (mask === null) return { at: 0, data: ALL_VALID, rowStride: 0, colStride: 0 };
  return { at: mask.offset, data: mask.data, rowStride: mask.stride[0], colStride: mask.stride[1] };
}

const ALL_VALID = Uint8Array.of(1);

function measureBand(pixels: Pixels, band: number, nodata: number, mask: Mask | null, statistics: Float64Array): void {
  const [, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const data = pixels.data;
  const { at: maskAt, data: valid, rowStride: maskRow, colStride: maskCol } = maskWalk(mask);
  let min = statistics[band * 2];
  let max = statistics[band * 2 + 1];
  for (let row = 0; row < rows; row++) {
    let i = pixels.offset + band * bandStride + row * rowStride;
    let m = maskAt + row * maskRow;
    for (let col = 0; col < cols; col++, i += colStride, m += maskCol) {
      const value = data[i];
      // The difference is NaN for NaN and both infinities, and 0 for every other number.
      if (value === nodata || value - value !== 0 || valid[m] === 0) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  statistics[band * 2] = min;
  statistics[band * 2 + 1] = max;
}

/**
 * The stretch of one value, in float64: (v - min) * (b - a) / (max - min) + a, as OpenCV's NORM_MINMAX defines it; a
 * for a constant band. Where the product or the span is beyond float64, the same by smaller numbers.
 */
function stretcher({ min, max, range }: Stretch): (value: number) => number {
  const scale = range.max - range.min;
  const span = max - min;
  if (!(span > 0)) return () => range.min;
  if (!Number.isFinite(scale)) {
    return (value) => {
      const share = (value / 2 - min / 2) / (max / 2 - min / 2);
      return range.min * (1 - share) + range.max * share;
    };
  }
  if (Number.isFinite(span * scale)) return (value) => ((value - min) * scale) / span + range.min;
  if (Number.isFinite(span)) return (value) => ((value - min) / span) * scale + range.min;
  return (value) => ((value / 2 - min / 2) / (max / 2 - min / 2)) * scale + range.min;
}

/** The stretch of a value that may lie beyond minimum and maximum: it saturates to the range's ends. */
function clippingStretcher(stretch: Stretch): (value: number) => number {
  const { min, max, range } = stretch;
  const toRange = stretcher(stretch);
  return (value) => (value <= min ? range.min : value >= max ? range.max : toRange(value));
}

function mapBand(
  pixels: Pixels,
  band: number,
  nodata: number,
  mask: Mask | null,
  stretch: Stretch,
  out: Pixels,
): void {
  const [, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const [outBand, outRow, outCol] = out.stride;
  const { at: maskAt, data: valid, rowStride: maskRow, colStride: maskCol } = maskWalk(mask);
  const source = pixels.data;
  const target = out.data;
  const fill = fillOf(stretch.output.nodata);
  const toRange = stretch.beyond === null ? stretcher(stretch) : clippingStretcher(stretch);
  const finish = finisher(stretch.output);
  for (let row = 0; row < rows; row++) {
    let i = pixels.offset + band * bandStride + row * rowStride;
    let o = out.offset + band * outBand + row * outRow;
    let m = maskAt + row * maskRow;
    for (let col = 0; col < cols; col++, i += colStride, o += outCol, m += maskCol) {
      const value = source[i];
      target[o] = value === nodata || value - value !== 0 || valid[m] === 0 ? fill : finish(toRange(value));
    }
  }
}
