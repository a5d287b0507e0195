import type { Pixels } from '../raster/block.js';
import { type DType, type Samples } from '../raster/dtype.js';
import { type TakenRange, takenForNodata } from '../raster/near-nodata.js';
import { openKernel, pointerTo } from './memory.js';

type Unify = (samples: number, count: number, low: number, high: number, nodata: number) => void;
type Exports = Readonly<Record<'unifyF32' | 'unifyF64', Unify>>;

/** Makes samples nodata that are taken for it, so that one comparison tells from then on. */
export class NearNodata {
  readonly #nodata: number;
  readonly #range: TakenRange;

  private constructor(nodata: number, range: TakenRange) {
    this.#nodata = nodata;
    this.#range = range;
  }

  /** @param nodata as `comparableNodata` has it @returns undefined where nothing else is taken for it */
  static of(dtype: DType, nodata: number): NearNodata | undefined {
    const range = takenForNodata(dtype, nodata);
    return Number.isNaN(nodata) || range.low === range.high ? undefined : new NearNodata(nodata, range);
  }

  /** @param pixels of the type */
  unify({ data, offset, shape, stride }: Pixels): void {
    const [bands, rows, cols] = shape as [number, number, number];
    const [bandStride, rowStride, colStride] = stride as [number, number, number];
    const unifyRow = this.#rowOf(data);
    const isByPixel = bandStride === 1 && colStride === bands;
    for (let band = 0; band < (isByPixel ? 1 : bands); band++) {
      for (let row = 0; row < rows; row++) {
        const first = offset + band * bandStride + row * rowStride;
        if (isByPixel) unifyRow(first, cols * bands, 1);
        else unifyRow(first, cols, colStride);
      }
    }
  }

  /** What unifies so many samples from one on: the kernel, where they are in its memory and lie side by side. */
  #rowOf(data: Samples): (first: number, count: number, step: number) => void {
    const { low, high } = this.#range;
    const nodata = this.#nodata;
    const plainly = (first: number, count: number, step: number): void => {
      for (let i = first; count > 0; count--, i += step) {
        const sample = data[i];
        if (sample >= low && sample <= high) data[i] = nodata;
      }
    };
    const pointer = pointerTo(data);
    if (pointer === undefined) return plainly;
    const bytes = data.BYTES_PER_ELEMENT;
    const kernel = (openKernel('near-nodata') as Exports)[bytes === 4 ? 'unifyF32' : 'unifyF64'];
    return (first, count, step) => (step === 1 ? kernel(pointer + first * bytes, count, low, high, nodata) : plainly(first, count, step));
  }
}
