import type { DoubleReader } from '../../kernels/double-reader.js';
import { type Run, runsIn, type StridedRows } from '../../kernels/doubles.js';
import { markLeftOut } from '../../kernels/mark-left-out.js';
import { Room } from '../../kernels/memory.js';
import { isPacked } from '../../kernels/packed.js';
import type { Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';

/** Samples that are worked on at a time: few enough to stay in a cache, many enough that calls cost nothing. */
const CHUNK = 4096;

/** Where the runs of a thread are, one after the other. */
const ROOM = new Room();

/** What a run has: pixels of some rows, `bands` bands of them side by side, of which `band` is the first; `count` samples in all. */
export interface Part {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
  readonly band: number;
  readonly bands: number;
  readonly count: number;
}

/**
 * Reads pixels a run at a time, all their bands side by side or one band after the other, and marks in it what is invalid.
 * @param out pixels of the same shape, if runs are written there
 */
export function eachRun(pixels: Pixels, mask: Mask | null, reader: DoubleReader, visit: (run: Run, part: Part) => void, out = pixels): void {
  const [all, height, width] = pixels.shape;
  const bands = mask === null && isPacked(pixels) && isPacked(out) && all <= CHUNK ? all : 1;
  const mostCols = Math.min(width, Math.floor(CHUNK / bands));
  const mostRows = Math.floor(CHUNK / bands / mostCols);
  const [run] = runsIn(ROOM, CHUNK);
  for (let band = 0; band < all; band += bands) {
    for (let row = 0; row < height; row += mostRows) {
      for (let col = 0; col < width; col += mostCols) {
        const [rows, cols] = [Math.min(mostRows, height - row), Math.min(mostCols, width - col)];
        const part = { row, rows, col, cols, band, bands, count: rows * cols * bands };
        reader.read(rowsOf(pixels, part), run);
        if (mask !== null) markMasked(mask, part, run.invalid);
        visit(run, part);
      }
    }
  }
}

/** Where the samples of a part are; bands that are side by side in it have to be so in the pixels. */
export function rowsOf({ data, offset, stride }: Pixels, { row, rows, col, cols, band, bands }: Part): StridedRows {
  const start = offset + band * stride[0] + row * stride[1] + col * stride[2];
  return { data, start, rows, rowStep: stride[1], count: cols * bands, step: bands === 1 ? stride[2] : 1 };
}

/** Marks the pixels of a part, which is of one band, that a mask leaves out. */
function markMasked(mask: Mask, { row, rows, col, cols }: Part, invalid: Uint8Array): void {
  for (let i = 0; i < rows; i++) markLeftOut(mask, { row: row + i, col, cols }, 1, invalid.subarray(i * cols));
}
