import type { Pixels } from './block.js';
import type { Mask } from './mask.js';

/**
 * Copies the valid samples of one band, row by row, one behind the other.
 * @param nodata what invalid samples equal; NaN: nothing. NaN and infinities are invalid too
 * @param mask pixels that are invalid whatever their samples; null: there are none
 * @param into room for every pixel of the band
 * @returns how many there are
 */
export function gatherValid(pixels: Pixels, band: number, nodata: number, mask: Mask | null, into: Float64Array): number {
  const [, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const data = pixels.data;
  let count = 0;
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
      // The difference is NaN for NaN and both infinities, and 0 for every other number.
      if (value === nodata || value - value !== 0) continue;
      into[count++] = value;
    }
  }
  return count;
}
