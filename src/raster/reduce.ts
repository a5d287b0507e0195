import type { Pixels } from './block.js';
import type { Mask } from './mask.js';
import { borderRuns, type Part, partOver, type PartShape, type Reduction } from './overview-part.js';
import { OverviewSamples } from './overview-samples.js';
import { type Resampling, type Shrinking, type Span, supportOf } from './resampling.js';
import type { Window } from './window.js';

/** What of a tile each of a run of smaller pixels is made of, along one axis. Places count from the tile's start. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `most` for each. */
  readonly weights: Float64Array;
  readonly most: number;
  /** Whether each is made of two pixels of equal weight. */
  readonly isPairs: boolean;
}

/**
 * Makes a tile's part of the next smaller image. Samples count that are neither nodata, NaN nor infinite, in pixels that
 * the mask calls valid; nearest takes samples as they are.
 * @param tile its window in the larger image
 * @param mask pixels that are invalid in all bands whatever their samples; null: there are none
 * @param buffer at least `partBytes`; receives the part
 */
export function reduceTile(reduction: Reduction, shape: PartShape, tile: Window, pixels: Pixels, mask: Mask | null, buffer: ArrayBuffer): void {
  const { touched, complete } = shape;
  if (touched.width === 0) return;
  const part = partOver(reduction, shape, buffer);
  const { resampling, from, to } = reduction;
  const cols = tapsOf(resampling, { from: from.width, to: to.width }, { start: touched.col, end: touched.col + touched.width }, { start: tile.col, end: tile.col + tile.width });
  const rows = tapsOf(resampling, { from: from.height, to: to.height }, { start: touched.row, end: touched.row + touched.height }, { start: tile.row, end: tile.row + tile.height });
  const inner = { col: complete.col - touched.col, row: complete.row - touched.row };
  if (part.valid !== null) reduceMask(mask!, { cols, rows }, inner, part.valid);
  if (resampling === 'nearest') {
    pickSamples(pixels, { cols, rows }, inner, part.pixels);
    return;
  }
  const samples = new OverviewSamples(reduction);
  if (cols.isPairs && rows.isPairs && resampling === 'average') averagePairs(pixels, mask, { cols, rows }, inner, samples, part.pixels);
  else averageSamples(pixels, mask, { cols, rows }, inner, samples, part.pixels);
  if (shape.border > 0) sumBorder(pixels, mask, { cols, rows }, shape, samples.nodata, part);
}

interface Axes {
  readonly cols: Taps;
  readonly rows: Taps;
}

type Place = Pick<Window, 'col' | 'row'>;

function tapsOf(resampling: Resampling, axis: Shrinking, wanted: Span, tile: Span): Taps {
  const supports = Array.from({ length: wanted.end - wanted.start }, (_, i) => supportOf(resampling, axis, wanted.start + i));
  const most = Math.max(1, ...supports.map(({ weights }) => weights.length));
  const first = new Int32Array(supports.length);
  const count = new Int32Array(supports.length);
  const weights = new Float64Array(supports.length * most);
  let isPairs = true;
  supports.forEach((support, i) => {
    const start = Math.max(tile.start, support.first);
    const end = Math.min(tile.end, support.first + support.weights.length);
    first[i] = start - tile.start;
    count[i] = Math.max(0, end - start);
    weights.set(support.weights.slice(start - support.first, Math.max(start, end) - support.first), i * most);
    isPairs &&= count[i] === 2 && support.weights.length === 2 && support.weights[0] === 1 && support.weights[1] === 1;
  });
  return { first, count, weights, most, isPairs };
}

function pickSamples(pixels: Pixels, { cols, rows }: Axes, inner: Place, out: Pixels): void {
  const [bands, height, width] = out.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const [outBand, outRow, outCol] = out.stride;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < height; row++) {
      const line = pixels.offset + band * bandStride + rows.first[inner.row + row] * rowStride;
      let o = out.offset + band * outBand + row * outRow;
      for (let col = 0; col < width; col++, o += outCol) out.data[o] = pixels.data[line + cols.first[inner.col + col] * colStride];
    }
  }
}

/** A smaller pixel is valid where any pixel is that it is made of. */
function reduceMask(mask: Mask, { cols, rows }: Axes, inner: Place, valid: Mask): void {
  const [height, width] = valid.shape;
  const data = mask.data;
  let o = valid.offset;
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++, o++) valid.data[o] = anyValid(data, mask, rows, inner.row + row, cols, inner.col + col);
  }
}

function anyValid(data: Mask['data'], mask: Mask, rows: Taps, row: number, cols: Taps, col: number): 0 | 1 {
  const [rowStride, colStride] = mask.stride;
  for (let y = 0; y < rows.count[row]; y++) {
    const line = mask.offset + (rows.first[row] + y) * rowStride;
    for (let x = 0; x < cols.count[col]; x++) if (data[line + (cols.first[col] + x) * colStride] !== 0) return 1;
  }
  return 0;
}

/** Two by two samples of equal weight. */
function averagePairs(pixels: Pixels, mask: Mask | null, { cols, rows }: Axes, inner: Place, samples: OverviewSamples, out: Pixels): void {
  const [bands, height, width] = out.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const [outBand, outRow, outCol] = out.stride;
  const { data } = pixels;
  const { nodata, fill } = samples;
  const [maskRow, maskCol] = mask === null ? [0, 0] : mask.stride;
  const masks = mask?.data;
  for (let row = 0; row < height; row++) {
    const top = rows.first[inner.row + row];
    const left = cols.first[inner.col];
    for (let band = 0; band < bands; band++) {
      let i = pixels.offset + band * bandStride + top * rowStride + left * colStride;
      let o = out.offset + band * outBand + row * outRow;
      let m = mask === null ? 0 : mask.offset + top * maskRow + left * maskCol;
      for (let col = 0; col < width; col++, i += 2 * colStride, m += 2 * maskCol, o += outCol) {
        const a = data[i];
        const b = data[i + colStride];
        const c = data[i + rowStride];
        const d = data[i + rowStride + colStride];
        let sum = 0;
        let count = 0;
        if (a !== nodata && a - a === 0 && (masks === undefined || masks[m] !== 0)) {
          sum += a;
          count++;
        }
        if (b !== nodata && b - b === 0 && (masks === undefined || masks[m + maskCol] !== 0)) {
          sum += b;
          count++;
        }
        if (c !== nodata && c - c === 0 && (masks === undefined || masks[m + maskRow] !== 0)) {
          sum += c;
          count++;
        }
        if (d !== nodata && d - d === 0 && (masks === undefined || masks[m + maskRow + maskCol] !== 0)) {
          sum += d;
          count++;
        }
        out.data[o] = count === 0 ? fill : samples.sample(sum / count);
      }
    }
  }
}

/** Where the last `sumSamples` left its results. */
const sums = new Float64Array(2);

/** The sum of a pixel's weighted valid samples, and of their weights. */
function sumSamples(pixels: Pixels, band: number, mask: Mask | null, rows: Taps, row: number, cols: Taps, col: number, nodata: number): void {
  const { data } = pixels;
  const [bandStride, rowStride, colStride] = pixels.stride;
  let sum = 0;
  let weight = 0;
  for (let y = 0; y < rows.count[row]; y++) {
    const rowWeight = rows.weights[row * rows.most + y];
    let i = pixels.offset + band * bandStride + (rows.first[row] + y) * rowStride + cols.first[col] * colStride;
    let m = mask === null ? 0 : mask.offset + (rows.first[row] + y) * mask.stride[0] + cols.first[col] * mask.stride[1];
    for (let x = 0; x < cols.count[col]; x++, i += colStride) {
      const value = data[i];
      if (mask !== null) {
        const isMasked = mask.data[m] === 0;
        m += mask.stride[1];
        if (isMasked) continue;
      }
      if (value === nodata || value - value !== 0) continue;
      const own = rowWeight * cols.weights[col * cols.most + x];
      sum += own * value;
      weight += own;
    }
  }
  sums[0] = sum;
  sums[1] = weight;
}

function averageSamples(pixels: Pixels, mask: Mask | null, { cols, rows }: Axes, inner: Place, samples: OverviewSamples, out: Pixels): void {
  const [bands, height, width] = out.shape;
  const [outBand, outRow, outCol] = out.stride;
  for (let row = 0; row < height; row++) {
    for (let band = 0; band < bands; band++) {
      let o = out.offset + band * outBand + row * outRow;
      for (let col = 0; col < width; col++, o += outCol) {
        sumSamples(pixels, band, mask, rows, inner.row + row, cols, inner.col + col, samples.nodata);
        out.data[o] = sums[1] === 0 ? samples.fill : samples.sample(sums[0] / sums[1]);
      }
    }
  }
}

function sumBorder(pixels: Pixels, mask: Mask | null, { cols, rows }: Axes, shape: PartShape, nodata: number, part: Part): void {
  const { touched, border } = shape;
  for (const run of borderRuns(shape)) {
    for (let i = 0; i < run.end - run.col; i++) {
      const [row, col] = [run.row - touched.row, run.col - touched.col + i];
      if (part.valid !== null) part.marks[run.first + i] = anyValid(mask!.data, mask!, rows, row, cols, col);
      for (let band = 0; band < pixels.shape[0]; band++) {
        sumSamples(pixels, band, mask, rows, row, cols, col, nodata);
        part.sums.set(sums, (band * border + run.first + i) * 2);
      }
    }
  }
}

