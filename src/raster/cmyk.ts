import type { Pixels } from './block.js';

/**
 * Turns the first four 8-bit bands from CMYK into red, green, blue and an alpha of 255, in place, by libtiff's formula
 * (tif_getimage.c, 8-bit CMYK without a colour profile): (255 - K) * (255 - C) / 255, cut off. Of signed samples the
 * bits are taken as unsigned, and come back so, as GDAL has it.
 */
export function cmykToRgba(pixels: Pixels): void {
  const [, rows, cols] = pixels.shape;
  const [band, rowStride, colStride] = pixels.stride;
  const { buffer, byteOffset, length } = pixels.data;
  const data = new Uint8Array(buffer, byteOffset, length);
  for (let row = 0; row < rows; row++) {
    let i = pixels.offset + row * rowStride;
    for (let col = 0; col < cols; col++, i += colStride) {
      const white = 255 - data[i + 3 * band];
      data[i] = Math.floor((white * (255 - data[i])) / 255);
      data[i + band] = Math.floor((white * (255 - data[i + band])) / 255);
      data[i + 2 * band] = Math.floor((white * (255 - data[i + 2 * band])) / 255);
      data[i + 3 * band] = 255;
    }
  }
}
