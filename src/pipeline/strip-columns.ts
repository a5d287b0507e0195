import { isRemote } from '../io/location.js';
import { coveringCells } from '../raster/grid.js';
import type { Size, Window } from '../raster/window.js';
import { bandsPerBlock, blockGrid, planeCount } from '../tiff/block-layout.js';
import { storedRowBytes } from '../tiff/sample-type.js';
import type { PlanImage } from './plan.js';

/** Columns of strips that lie in memory for the tasks beside each other, at most; those of one task alone may be more. */
const HELD_BYTES = 64 * 1024 * 1024;

/**
 * Whether the reader gives workers no more of the strips than the columns that they want. So a task need not be rows as wide as
 * the raster, which fit no cache: uncompressed strips of a file can be taken apart without being decoded. Of those behind a
 * network whole rows are fetched.
 */
export function readsColumns({ layout, path }: Pick<PlanImage, 'layout' | 'path'>): boolean {
  return layout.codec === 'none' && !layout.padded && layout.sample.bits % 8 === 0 && !isRemote(path);
}

/** The pixels that come of an image where a task needs those of a window: whole blocks, or whole rows of the window's columns. */
export function fetchedWindow(image: PlanImage, window: Window): Window {
  const whole = coveringCells(blockGrid(image.profile, image.layout), window);
  return readsColumns(image) ? { ...whole, col: window.col, width: window.width } : whole;
}

/** Windows a reader is told of that may be asked for. */
const FORESEEN = 64;

/**
 * A window and those of its size to the right of it, which are often asked for next: where strips are read in columns, all of their rows
 * have been found by then.
 */
export function rowFrom(window: Window, { profile }: PlanImage): Window[] {
  const { col, width } = window;
  const count = Math.min(FORESEEN, Math.ceil((profile.width - col) / width));
  return Array.from({ length: count }, (_, i) => ({ ...window, col: col + i * width, width: Math.min(width, profile.width - col - i * width) }));
}

/** How many windows of one size, one beside the other, are read at a time. */
export function heldWindows(image: PlanImage, window: Window): number {
  return Math.max(1, Math.floor(HELD_BYTES / columnBytes(image, fetchedWindow(image, window))));
}

/** The most bytes that the reader holds where tasks need windows of at most this size, whole rows of strips, `step` columns from one to the next. */
export function heldBytes(image: PlanImage, fetched: Size, step: number): number {
  if (!readsColumns(image) || fetched.width === image.profile.width) return 0;
  const bytes = columnBytes(image, fetched);
  return Math.max(bytes, Math.min(HELD_BYTES, Math.ceil(image.profile.width / step) * bytes));
}

/** Bytes of a pixel's bands as they lie together. */
export function stripPixelBytes({ layout, profile }: PlanImage): number {
  return storedRowBytes(layout.sample, bandsPerBlock(layout, profile.bands));
}

/** Bytes of a window's columns, of all planes. */
export function columnBytes(image: PlanImage, { width, height }: Size): number {
  return width * height * stripPixelBytes(image) * planeCount(image.layout, image.profile.bands);
}
