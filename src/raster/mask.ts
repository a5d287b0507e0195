import ndarray from 'ndarray';
import type { Samples } from './dtype.js';
import type { Pixels } from './block.js';
import type { Size, Window } from './window.js';

/** Which pixels are valid, in every band: shape (rows, columns), not 0 where valid. */
export type Mask = ndarray.NdArray<Samples>;

/** One band as a mask, without a copy. */
export function maskOf(pixels: Pixels, band: number): Mask {
  const [bandStride, rowStride, colStride] = pixels.stride;
  return ndarray(pixels.data, pixels.shape.slice(1), [rowStride, colStride], pixels.offset + band * bandStride);
}

/** The part of a mask that is `part`, without a copy. Both windows are in the raster's columns and rows. */
export function cropMask(mask: Mask, whole: Window, part: Window): Mask {
  const [rowStride, colStride] = mask.stride;
  const offset = mask.offset + (part.row - whole.row) * rowStride + (part.col - whole.col) * colStride;
  return ndarray(mask.data, [part.height, part.width], [rowStride, colStride], offset);
}

/**
 * Sets the mask of the pixels of which at least one band is valid to 1: as GDAL and rasterio make one mask of several
 * bands.
 * @param nodata what invalid samples equal; NaN and infinities are invalid too
 * @param mask pixels that are invalid in all bands whatever their samples; null: there are none
 * @param valid of the same size
 */
export function markValid(pixels: Pixels, nodata: number, mask: Mask | null, valid: Mask): void {
  const [bands, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const data = pixels.data;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      let m = mask === null ? 0 : mask.offset + row * mask.stride[0];
      let v = valid.offset + row * valid.stride[0];
      for (let col = 0; col < cols; col++, i += colStride, v += valid.stride[1]) {
        const value = data[i];
        if (mask !== null) {
          const isMasked = mask.data[m] === 0;
          m += mask.stride[1];
          if (isMasked) continue;
        }
        if (value === nodata || value - value !== 0) continue;
        valid.data[v] = 1;
      }
    }
  }
}

/** A mask of the pixels of which any band differs from its value. */
export function maskUnlikeAll(pixels: Pixels, values: readonly number[]): Mask {
  const [bands, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const data = pixels.data;
  const valid = new Uint8Array(rows * cols);
  for (let band = 0; band < bands; band++) {
    const value = values[band];
    for (let row = 0, o = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      for (let col = 0; col < cols; col++, i += colStride, o++) if (data[i] !== value) valid[o] = 1;
    }
  }
  return ndarray(valid, [rows, cols]);
}

/** Sets every pixel that the mask calls valid, and no other one, to 1. */
export function copyMask(mask: Mask, valid: Mask): void {
  const [rows, cols] = mask.shape;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) valid.set(row, col, mask.get(row, col) === 0 ? 0 : 1);
  }
}

/** A mask of no valid pixels over the first samples of a room, if it is large enough, else of a new one. */
export function emptyMask(room: Uint8Array, { width, height }: Size): Mask {
  const data = room.length < width * height ? new Uint8Array(width * height) : room.subarray(0, width * height).fill(0);
  return ndarray(data as Samples, [height, width]);
}

/**
 * Puts a mask into bits, the most significant one the leftmost pixel (TIFF 6.0, FillOrder 1).
 * @param bits all 0, rows of `rowBytes` bytes
 */
export function packMask(valid: Mask, bits: Uint8Array, rowBytes: number): void {
  const [rows, cols] = valid.shape;
  for (let row = 0; row < rows; row++) {
    let i = valid.offset + row * valid.stride[0];
    for (let col = 0; col < cols; col++, i += valid.stride[1]) {
      if (valid.data[i] !== 0) bits[row * rowBytes + (col >> 3)] |= 0x80 >> (col & 7);
    }
  }
}
