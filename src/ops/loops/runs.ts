import type { DoubleReader } from '../../kernels/double-reader.js';
import { type Run, runsIn, type StridedRows } from '../../kernels/doubles.js';
import { Room } from '../../kernels/memory.js';
import { isPacked } from '../../kernels/packed.js';
import type { Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';

/** Samples that are worked on at a time: few enough to stay in a cache, many enough that calls cost nothing. */
const CHUNK = 4096;

/** Where the runs of a thread are, one after the other. */
const ROOM = new Room();

/** Pixels of some rows. */
interface Part {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

/** The bands of a part that are side by side. */
interface Bands {
  readonly band: number;
  readonly bands: number;
}

/** All of a window in parts of at most so many pixels. */
function* partsOf(height: number, width: number, most: number): Generator<Part> {
  const mostCols = Math.min(width, most);
  const mostRows = Math.floor(most / mostCols);
  for (let row = 0; row < height; row += mostRows) {
    for (let col = 0; col < width; col += mostCols) yield { row, rows: Math.min(mostRows, height - row), col, cols: Math.min(mostCols, width - col) };
  }
}

/** Reads pixels a run at a time, all their bands side by side or one band after the other, and marks in it what is invalid. */
export function eachRun(pixels: Pixels, mask: Mask | null, reader: DoubleReader, visit: (run: Run, part: Part & Bands) => void): void {
  const [all, height, width] = pixels.shape;
  const bands = mask === null && isPacked(pixels) && all <= CHUNK ? all : 1;
  const [run] = runsIn(ROOM, CHUNK);
  for (let band = 0; band < all; band += bands) {
    for (const own of partsOf(height, width, Math.floor(CHUNK / bands))) {
      const part = { ...own, band, bands };
      reader.read(rowsOf(pixels, part), run);
      if (mask !== null) markMasked(mask, part, run.invalid);
      visit(run, part);
    }
  }
}

/** Where the samples of a part are; bands that are side by side in it have to be so in the pixels. */
export function rowsOf({ data, offset, stride }: Pixels, { row, rows, col, cols, band, bands }: Part & Bands): StridedRows {
  const start = offset + band * stride[0] + row * stride[1] + col * stride[2];
  return { data, start, rows, rowStep: stride[1], count: cols * bands, step: bands === 1 ? stride[2] : 1 };
}

/** Marks the pixels of a part that a mask leaves out. @param invalid a mark each pixel */
function markMasked({ data, offset, stride }: Mask, { row, rows, col, cols }: Part, invalid: Uint8Array): void {
  for (let r = 0, i = 0; r < rows; r++) {
    let m = offset + (row + r) * stride[0] + col * stride[1];
    for (let c = 0; c < cols; c++, i++, m += stride[1]) if (data[m] === 0) invalid[i] = 1;
  }
}
