import type { Pixels } from './block.js';

/**
 * Sets the bits of the pixels of which at least one band is valid: as GDAL and rasterio make one mask of several
 * bands. The most significant bit is the leftmost pixel (TIFF 6.0, FillOrder 1).
 * @param nodata what invalid samples equal; NaN and infinities are invalid too
 * @param mask all 0, rows of `rowBytes` bytes
 */
export function markValid(pixels: Pixels, nodata: number, mask: Uint8Array, rowBytes: number): void {
  const [bands, rows, cols] = pixels.shape as [number, number, number];
  const [bandStride, rowStride, colStride] = pixels.stride as [number, number, number];
  const data = pixels.data;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      for (let col = 0; col < cols; col++, i += colStride) {
        const value = data[i];
        if (value === nodata || value - value !== 0) continue;
        const at = row * rowBytes + (col >> 3);
        mask[at] = mask[at] | (0x80 >> (col & 7));
      }
    }
  }
}
