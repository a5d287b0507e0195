import ndarray from 'ndarray';
import { type DType, DTYPES, type Samples } from './dtype.js';
import type { Interleave } from './profile.js';
import type { Size, Window } from './window.js';

/** Pixels as operations see them: an ndarray of shape (bands, rows, columns) over memory in any interleave. */
export type Pixels = ndarray.NdArray<Samples>;

/** Whether something is a typed array of numbers. */
export function isSamples(data: unknown): data is Samples {
  return ArrayBuffer.isView(data) && !(data instanceof DataView || data instanceof BigInt64Array || data instanceof BigUint64Array);
}

/** Whether the memory of an array, none of whose lengths is 0, has all of its samples: reading beyond it gives no number. */
export function liesWithin({ data, shape, stride, offset }: ndarray.NdArray<Samples>): boolean {
  const reaches = stride.map((step, i) => step * (shape[i] - 1));
  const first = reaches.reduce((sum, reach) => sum + Math.min(reach, 0), offset);
  const last = reaches.reduce((sum, reach) => sum + Math.max(reach, 0), offset);
  return stride.length === shape.length && [offset, ...stride].every(Number.isInteger) && first >= 0 && last < data.length;
}

/** A view of samples that lie as `interleave` says, `size` pixels of `bands` bands. */
export function pixelsOver(samples: Samples, size: Size, bands: number, interleave: Interleave): Pixels {
  const { width, height } = size;
  const stride = interleave === 'pixel' ? [1, width * bands, bands] : [width * height, width, 1];
  return ndarray(samples, [bands, height, width], stride, 0);
}

/** New pixels, all 0, of a window's size. */
export function createPixels(dtype: DType, size: Size, bands: number, interleave: Interleave): Pixels {
  const length = size.width * size.height * bands;
  const samples = DTYPES[dtype].over(new ArrayBuffer(length * DTYPES[dtype].bytes), 0, length);
  return pixelsOver(samples, size, bands, interleave);
}

/** The part of `pixels` that is `part`, without a copy. Both windows are in the raster's columns and rows. */
export function crop(pixels: Pixels, whole: Window, part: Window): Pixels {
  const [bandStride, rowStride, colStride] = pixels.stride as [number, number, number];
  return ndarray(
    pixels.data,
    [pixels.shape[0], part.height, part.width],
    [bandStride, rowStride, colStride],
    pixels.offset + (part.row - whole.row) * rowStride + (part.col - whole.col) * colStride,
  );
}

/** The bands `from … from + count - 1` of `pixels`, without a copy. */
export function bandsOf(pixels: Pixels, from: number, count: number): Pixels {
  const [, rows, cols] = pixels.shape as [number, number, number];
  return ndarray(pixels.data, [count, rows, cols], pixels.stride, pixels.offset + from * pixels.stride[0]);
}

/** Copies samples of one type between views of the same shape. */
export function copyPixels(from: Pixels, to: Pixels): void {
  const [bands, rows, cols] = from.shape as [number, number, number];
  const [fromBand, fromRow, fromCol] = from.stride as [number, number, number];
  const [toBand, toRow, toCol] = to.stride as [number, number, number];
  const source = from.data;
  const target = to.data;
  if (fromBand === 1 && toBand === 1 && fromCol === bands && toCol === bands) {
    for (let row = 0; row < rows; row++) {
      const start = from.offset + row * fromRow;
      target.set(source.subarray(start, start + cols * bands), to.offset + row * toRow);
    }
    return;
  }
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      let s = from.offset + band * fromBand + row * fromRow;
      let t = to.offset + band * toBand + row * toRow;
      if (fromCol === 1 && toCol === 1) {
        target.set(source.subarray(s, s + cols), t);
        continue;
      }
      for (let col = 0; col < cols; col++, s += fromCol, t += toCol) target[t] = source[s]!;
    }
  }
}

/** Sets every sample of a view. */
export function fillPixels(pixels: Pixels, value: number): void {
  const [bands, rows, cols] = pixels.shape as [number, number, number];
  const [bandStride, rowStride, colStride] = pixels.stride as [number, number, number];
  const data = pixels.data;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      for (let col = 0; col < cols; col++, i += colStride) data[i] = value;
    }
  }
}
