import { isPacked, type ResultTable, StretchKernel } from '../kernels/stretch.js';
import { bandsOf, type Pixels } from '../raster/block.js';
import type { DType, Samples } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import { comparableNodata, type Nodata, type ValueRange } from '../raster/nodata.js';
import { type Extremes, extremesMeasure } from './loops/extremes.js';
import { fillOf, finisher } from './loops/finish.js';
import type { Kernel, Operation, OutputType } from './operation.js';
import { dtypeParam, everyBand, nodataParam, rangeParam } from './params.js';

interface NormalizeParams {
  readonly range: ValueRange;
  readonly dtype: DType;
  readonly nodata: Nodata | undefined;
}

/** Stretches each band of each window between its own valid minimum and maximum to a target range. */
export default {
  name: 'normalize',
  summary: 'Stretch each band of each window between its own minimum and maximum to a target range.',
  params: {
    range: rangeParam({ min: 0, max: 4096 }, 'target range'),
    dtype: dtypeParam('uint16'),
    nodata: nodataParam,
  },
  footprint: () => ({ halo: 0, edge: 'raster', measures: 'window' }),
  describe: (input, params) => {
    const { range, dtype, nodata } = params as unknown as NormalizeParams;
    return { bands: everyBand(input.bands), dtype, range, nodata, keepsValues: false };
  },
  open: (input, output, params) => {
    const { range } = params as unknown as NormalizeParams;
    const target = { range, output };
    const nodata = comparableNodata(input.dtype, input.nodata);
    const { measure, apply } = StretchKernel.takes(input.dtype)
      ? byKernel(new StretchKernel(input.dtype, output.dtype), nodata, target)
      : byLoops(nodata, target);
    return { measure: extremesMeasure(input.bands, measure), apply };
  },
} satisfies Operation;

/** What a band is stretched to. */
interface Target {
  readonly range: ValueRange;
  readonly output: OutputType;
}

/** One band's valid minimum and maximum, and what they are stretched to. */
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
 * 8- and 16-bit integers: results are looked up in a table with an entry for each value of the type, so that a value
 * costs a division and a pixel none. Not where a window has fewer pixels than values between its extremes.
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
  const apply: Kernel['apply'] = (pixels, mask, statistics, out) => {
    if (isPacked(pixels) && isPacked(out) && mask === null && paysOff(pixels, statistics)) {
      kernel.map(pixels, (table, band) => fillTable(table, nodata, stretchOf(target, statistics, band)), out);
    } else if (pixels.shape[0] === 1 || mask !== null) loops.apply(pixels, mask, statistics, out);
    else eachBand(pixels, (band, i) => apply(band, mask, statistics.subarray(i * 2, i * 2 + 2), bandsOf(out, i, 1)));
  };
  return { measure, apply };
}

function eachBand(pixels: Pixels, visit: (band: Pixels, index: number) => void): void {
  for (let i = 0; i < pixels.shape[0]; i++) visit(bandsOf(pixels, i, 1), i);
}

/** Puts the results of the values from minimum to maximum, and of nodata, where their bit patterns are. */
function fillTable({ entries, stretch }: ResultTable, nodata: number, line: Stretch): void {
  const { min, max, range, output } = line;
  const pattern = entries.length - 1;
  const scale = range.max - range.min;
  // No result of a target range equals nodata, which lies outside of it: there is nothing to move.
  if (max > min && Number.isFinite(scale * pattern)) {
    stretch({ min, max, scale, offset: range.min });
  } else {
    const toRange = stretcher(line);
    const finish = finisher(output);
    for (let value = min; value <= max; value++) entries[value & pattern] = finish(toRange(value));
  }
  if (!Number.isNaN(nodata)) entries[nodata & pattern] = fillOf(output.nodata);
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
  const toRange = stretcher(stretch);
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
