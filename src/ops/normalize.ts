import { DoubleReader } from '../kernels/double-reader.js';
import { areStretchable, type DoubleLines, stretchDoubles, widen } from '../kernels/double-stretch.js';
import { isPacked } from '../kernels/packed.js';
import { type Lines, type ResultTable, StretchKernel } from '../kernels/stretch.js';
import { bandsOf, type Pixels } from '../raster/block.js';
import { type DType, DTYPES, type Samples } from '../raster/dtype.js';
import { comparableNodata, type Nodata, type ValueRange } from '../raster/nodata.js';
import { type Extremes, extremesMeasure } from './loops/extremes.js';
import { fillOf, finisher } from './loops/finish.js';
import { mapRuns } from './loops/map-samples.js';
import { eachRun } from './loops/runs.js';
import type { BandType, Kernel, Operation, OutputType } from './operation.js';
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
    const { measure, apply } = StretchKernel.takes(input.dtype)
      ? byKernel(new StretchKernel(input.dtype, output.dtype), input, target)
      : byDoubles(input, target);
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

/** Measures and maps samples as doubles: any type, any strides, masks. */
function byDoubles(input: BandType, target: Target): Stretcher {
  const { range, output } = target;
  const reader = new DoubleReader(input);
  const pairsOf = (all: Float64Array, { band, bands }: { readonly band: number; readonly bands: number }): Float64Array => all.subarray(band * 2, (band + bands) * 2);
  const { apply } = mapRuns(input, output, (run, part, statistics) => {
    const lines: DoubleLines = { pairs: pairsOf(statistics, part), range, beyond: target.beyond !== null };
    if (areStretchable(lines)) stretchDoubles(run, part.count, lines);
    else for (let i = 0; i < part.bands; i++) stretchBand(run.values, part, i, stretchOf(target, lines.pairs, i));
  });
  return {
    measure: (pixels, mask, statistics) => {
      eachRun(pixels, mask, reader, (run, part) => widen(run, part.count, part.bands, pairsOf(statistics, part)));
    },
    apply,
  };
}

/**
 * 8- and 16-bit integers. Where all is whole, 16-bit samples are stretched by vectors; others are looked up in a table with an
 * entry for each value of the type, so that a value costs a division and a pixel none. Not where a window has fewer pixels than
 * values between its extremes.
 */
function byKernel(kernel: StretchKernel, input: BandType, target: Target): Stretcher {
  const nodata = comparableNodata(input.dtype, input.nodata);
  const doubles = byDoubles(input, target);
  const paysOff = (pixels: Pixels, statistics: Float64Array): boolean => {
    for (let band = 0; band < pixels.shape[0]; band++) {
      if (statistics[band * 2 + 1] - statistics[band * 2] > pixels.shape[1] * pixels.shape[2]) return false;
    }
    return true;
  };
  const measure: Extremes = (pixels, mask, statistics) => {
    if (isPacked(pixels) && mask === null) kernel.measure(pixels, nodata, statistics);
    else if (pixels.shape[0] === 1 || mask !== null) doubles.measure(pixels, mask, statistics);
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
    } else if (pixels.shape[0] === 1 || mask !== null) doubles.apply(pixels, mask, statistics, out);
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

/** Stretches the samples of one of the bands that are side by side. */
function stretchBand(values: Float64Array, { count, bands }: { readonly count: number; readonly bands: number }, band: number, stretch: Stretch): void {
  const toRange = stretch.beyond === null ? stretcher(stretch) : clippingStretcher(stretch);
  for (let i = band; i < count; i += bands) values[i] = toRange(values[i]);
}
