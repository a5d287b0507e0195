import ndarray from 'ndarray';
import { type Pixels, pixelsOver } from './block.js';
import { type DType, DTYPES, type Samples } from './dtype.js';
import type { Mask } from './mask.js';
import type { Nodata } from './nodata.js';
import type { Interleave } from './profile.js';
import { completeSpan, type Resampling, sourceSpan, touchedSpan } from './resampling.js';
import { intersect, type Size, type Window } from './window.js';

/** How an image becomes the next smaller one, as plain data. */
export interface Reduction {
  readonly resampling: Resampling;
  readonly from: Size;
  readonly to: Size;
  readonly bands: number;
  readonly dtype: DType;
  readonly nodata: Nodata;
  readonly interleave: Interleave;
  /** Whether a mask goes along with the pixels. */
  readonly mask: boolean;
}

/**
 * What a tile gives to the next smaller image: pixels that it makes alone, and a border of pixels that tiles beside it
 * have a part in. Both windows are in the smaller image; they can be empty.
 */
export interface PartShape {
  readonly touched: Window;
  readonly complete: Window;
  /** Pixels in `touched` and not in `complete`. */
  readonly border: number;
}

const NOTHING: Window = { col: 0, row: 0, width: 0, height: 0 };

/** @param tile in the larger image */
export function partShape({ resampling, from, to }: Reduction, tile: Window): PartShape {
  const span = (of: typeof touchedSpan): Window => {
    const cols = of(resampling, { from: from.width, to: to.width }, { start: tile.col, end: tile.col + tile.width });
    const rows = of(resampling, { from: from.height, to: to.height }, { start: tile.row, end: tile.row + tile.height });
    const window = { col: cols.start, row: rows.start, width: cols.end - cols.start, height: rows.end - rows.start };
    return window.width > 0 && window.height > 0 ? window : NOTHING;
  };
  const touched = span(touchedSpan);
  const complete = span(completeSpan);
  return { touched, complete, border: touched.width * touched.height - complete.width * complete.height };
}

/** The window of the larger image that a window of the smaller one is made of. */
export function sourceWindow({ resampling, from, to }: Reduction, { col, row, width, height }: Window): Window {
  const cols = sourceSpan(resampling, { from: from.width, to: to.width }, { start: col, end: col + width });
  const rows = sourceSpan(resampling, { from: from.height, to: to.height }, { start: row, end: row + height });
  return { col: cols.start, row: rows.start, width: cols.end - cols.start, height: rows.end - rows.start };
}

/** A tile's part over a buffer. */
export interface Part {
  /** The complete pixels. */
  readonly pixels: Pixels;
  /** Which of them are valid; null: no mask goes along. */
  readonly valid: Mask | null;
  /** Of the border, band by band and pixel by pixel in the order of `borderRuns`: the sum of weighted valid samples, and of their weights. */
  readonly sums: Float64Array;
  /** Whether a valid pixel has a part in each pixel of the border; empty without a mask. */
  readonly marks: Uint8Array;
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function partBytes(reduction: Reduction, { complete, border }: PartShape): number {
  const pixels = complete.width * complete.height;
  const masks = reduction.mask ? pixels + border : 0;
  return aligned(pixels * reduction.bands * DTYPES[reduction.dtype].bytes) + reduction.bands * border * 16 + masks;
}

export function partOver({ bands, dtype, interleave, mask }: Reduction, { complete, border }: PartShape, buffer: ArrayBuffer): Part {
  const pixels = complete.width * complete.height;
  const samples = DTYPES[dtype].over(buffer, 0, pixels * bands);
  const sums = new Float64Array(buffer, aligned(pixels * bands * DTYPES[dtype].bytes), bands * border * 2);
  const bytes = sums.byteOffset + sums.byteLength;
  const valid = mask ? ndarray(new Uint8Array(buffer, bytes, pixels) as Samples, [complete.height, complete.width]) : null;
  return { pixels: pixelsOver(samples, complete, bands, interleave), valid, sums, marks: new Uint8Array(buffer, bytes + (mask ? pixels : 0), mask ? border : 0) };
}

/** Pixels of one row, of a border: from `col` to before `end`. */
export interface BorderRun {
  readonly row: number;
  readonly col: number;
  readonly end: number;
  /** The number of its first pixel in the border. */
  readonly first: number;
}

/** The pixels of a border, row by row. */
export function borderRuns({ touched, complete }: PartShape): BorderRun[] {
  const runs: BorderRun[] = [];
  let first = 0;
  const add = (row: number, col: number, end: number): void => {
    if (end <= col) return;
    runs.push({ row, col, end, first });
    first += end - col;
  };
  for (let row = touched.row; row < touched.row + touched.height; row++) {
    const line = { ...touched, row, height: 1 };
    const inside = complete.width > 0 && complete.height > 0 ? intersect(complete, line) : null;
    add(row, touched.col, inside?.col ?? touched.col + touched.width);
    if (inside !== null) add(row, inside.col + inside.width, touched.col + touched.width);
  }
  return runs;
}
