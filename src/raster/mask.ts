import ndarray from 'ndarray';
import type { Samples } from './dtype.js';
import type { Pixels } from './block.js';
import type { Window } from './window.js';

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
 * Sets the bits of the pixels of which at least one band is valid: as GDAL and rasterio make one mask of several
 * bands. The most significant bit is the leftmost pixel (TIFF 6.0, FillOrder 1).
 * @param nodata what invalid samples equal; NaN and infinities are invalid too
 * @param mask pixels that are invalid in all bands whatever their samples; null: there are none
 * @param bits all 0, rows of `rowBytes` bytes
 */
export function markValid(pixels: Pixels, nodata: number, mask: Mask | null, bits: Uint8Array, rowBytes: number): void {
  const [bands, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const data = pixels.data;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      let m = mask === null ? 0 : mask.offset + row * mask.stride[0];
      for (let col = 0; col < cols; col++, i += colStride) {
        const value = data[i];
        if (mask !== null) {
          const isMasked = mask.data[m] === 0;
          m += mask.stride[1];
          if (isMasked) continue;
        }
        if (value === nodata || value - value !== 0) continue;
        bits[row * rowBytes + (col >> 3)] |= 0x80 >> (col & 7);
      }
    }
  }
}
