import ndarray from 'ndarray';
import { copyPixels, crop, type Pixels, pixelsOver } from './block.js';
import { DTYPES, type DType } from './dtype.js';
import { cropMask, type Mask } from './mask.js';
import { contains, intersect, type Window } from './window.js';

/** A window with `halo` columns and rows more on each side; it can reach beyond the raster. */
export function grown({ col, row, width, height }: Window, halo: number): Window {
  return { col: col - halo, row: row - halo, width: width + 2 * halo, height: height + 2 * halo };
}

/** The smallest window that holds both. */
export function spanned(a: Window, b: Window): Window {
  const col = Math.min(a.col, b.col);
  const row = Math.min(a.row, b.row);
  return {
    col,
    row,
    width: Math.max(a.col + a.width, b.col + b.width) - col,
    height: Math.max(a.row + a.height, b.row + b.height) - row,
  };
}

/** The place inside 0 … length - 1 that a place outside is reflected to, the edge not repeated: -1 becomes 1. */
export function reflected(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((at % period) + period) % period;
  return place < length ? place : period - place;
}

/**
 * Makes windows that reach beyond an edge: what is outside is reflected at it, as OpenCV's BORDER_REFLECT_101 has it.
 * Lives in one worker; what it returns is good until the next call.
 */
export class Reflector {
  #room: ArrayBuffer = new ArrayBuffer(0);
  #mask: Uint8Array = new Uint8Array(0);

  /**
   * @param pixels of `window`, which holds all of `wanted` that lies in `domain`
   * @param domain where pixels end
   * @returns the pixels of `wanted`: a view where it lies in the domain, else a copy
   */
  pixels(pixels: Pixels, dtype: DType, window: Window, wanted: Window, domain: Window): Pixels {
    if (contains(domain, wanted)) return crop(pixels, window, wanted);
    const bands = pixels.shape[0];
    const length = wanted.width * wanted.height * bands;
    const bytes = length * DTYPES[dtype].bytes;
    if (this.#room.byteLength < bytes) this.#room = new ArrayBuffer(bytes);
    const interleave = bands === 1 || pixels.stride[0] === 1 ? 'pixel' : 'band';
    const out = pixelsOver(DTYPES[dtype].over(this.#room, 0, length), wanted, bands, interleave);
    const inside = intersect(wanted, domain)!;
    copyPixels(crop(pixels, window, inside), crop(out, wanted, inside));
    reflectOutside(out, wanted, inside, domain);
    return out;
  }

  /** The same of a mask. */
  mask(mask: Mask, window: Window, wanted: Window, domain: Window): Mask {
    if (contains(domain, wanted)) return cropMask(mask, window, wanted);
    const { width, height } = wanted;
    if (this.#mask.length < width * height) this.#mask = new Uint8Array(width * height);
    const out = pixelsOver(this.#mask.subarray(0, width * height), wanted, 1, 'pixel');
    const inside = intersect(wanted, domain)!;
    const source = cropMask(mask, window, inside);
    const target = crop(out, wanted, inside);
    for (let row = 0; row < inside.height; row++) {
      for (let col = 0; col < inside.width; col++) target.set(0, row, col, source.get(row, col) === 0 ? 0 : 1);
    }
    reflectOutside(out, wanted, inside, domain);
    return ndarray(out.data, [height, width]);
  }
}

/** Fills what is outside from what is inside: first the columns beside it, then whole rows above and below. */
function reflectOutside(out: Pixels, wanted: Window, inside: Window, domain: Window): void {
  const [bandStride, rowStride, colStride] = out.stride;
  const { data } = out;
  const sourceCol = (col: number): number => reflected(wanted.col + col - domain.col, domain.width) + domain.col - wanted.col;
  const sourceRow = (row: number): number => reflected(wanted.row + row - domain.row, domain.height) + domain.row - wanted.row;
  const [left, right] = [inside.col - wanted.col, inside.col - wanted.col + inside.width];
  const [top, bottom] = [inside.row - wanted.row, inside.row - wanted.row + inside.height];
  for (let col = 0; col < wanted.width; col++) {
    if (col === left) col = right;
    if (col === wanted.width) break;
    const from = sourceCol(col);
    for (let band = 0; band < out.shape[0]; band++) {
      const at = out.offset + band * bandStride;
      for (let row = top; row < bottom; row++) data[at + row * rowStride + col * colStride] = data[at + row * rowStride + from * colStride];
    }
  }
  for (let row = 0; row < wanted.height; row++) {
    if (row === top) row = bottom;
    if (row === wanted.height) break;
    const from = sourceRow(row);
    copyPixels(rowOf(out, from), rowOf(out, row));
  }
}

function rowOf(pixels: Pixels, row: number): Pixels {
  const [bands, , cols] = pixels.shape;
  return ndarray(pixels.data, [bands, 1, cols], pixels.stride, pixels.offset + row * pixels.stride[1]);
}
