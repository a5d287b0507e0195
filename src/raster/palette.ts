import { type Pixels, pixelsOver } from './block.js';
import { type Mask } from './mask.js';
import ndarray from 'ndarray';

/** Red, green and blue of each index, 0..255. */
export type ColourTable = readonly (readonly [number, number, number])[];

/** The colours of one band of indexes, as three 8-bit bands. Every index is in the table. */
export function lookUpColours(indexes: Pixels, table: ColourTable): Pixels {
  const [, height, width] = indexes.shape;
  const [, rowStride, colStride] = indexes.stride;
  const colours = new Uint8Array(width * height * 3);
  for (let row = 0, o = 0; row < height; row++) {
    let i = indexes.offset + row * rowStride;
    for (let col = 0; col < width; col++, i += colStride, o += 3) {
      const [red, green, blue] = table[indexes.data[i]];
      colours[o] = red;
      colours[o + 1] = green;
      colours[o + 2] = blue;
    }
  }
  return pixelsOver(colours, { width, height }, 3, 'pixel');
}

/** Which samples of one band differ from a value. */
export function maskUnlike(band: Pixels, value: number): Mask {
  const [, height, width] = band.shape;
  const [, rowStride, colStride] = band.stride;
  const valid = new Uint8Array(width * height);
  for (let row = 0, o = 0; row < height; row++) {
    let i = band.offset + row * rowStride;
    for (let col = 0; col < width; col++, i += colStride, o++) valid[o] = band.data[i] === value ? 0 : 1;
  }
  return ndarray(valid, [height, width]);
}
