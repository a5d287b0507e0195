import { type DType, DTYPES, type Samples } from '../raster/dtype.js';
import { comparableNodata, type Nodata } from '../raster/nodata.js';
import { ARRAY_NAMES, doublesKernel, pointerOf, type Run, type StridedRows } from './doubles.js';
import { bytesAt, pointerTo, Room } from './memory.js';

type Read = (samples: number, rowStep: number, rows: number, step: number, count: number, nodata: number, values: number, apart: number, invalid: number) => number;

/** Where samples of other memory are copied to. */
const COPIES = new Room();

/** Reads samples of a type as doubles, by wasm. In any thread. */
export class DoubleReader {
  readonly #nodata: number;
  readonly #bytes: number;
  readonly #over: (typeof DTYPES)[DType]['over'];
  readonly #read: Read;

  constructor({ dtype, nodata }: { readonly dtype: DType; readonly nodata: Nodata }) {
    this.#nodata = comparableNodata(dtype, nodata);
    this.#bytes = DTYPES[dtype].bytes;
    this.#over = DTYPES[dtype].over;
    this.#read = doublesKernel()[`read${ARRAY_NAMES[dtype]}`];
  }

  /**
   * Reads samples to the places from `at` on of a run, `apart` from each other, and marks there which are nodata, NaN or infinite,
   * and which are not.
   * @returns whether any is
   */
  read(from: StridedRows, into: Run, at = 0, apart = 1): boolean {
    const { data, start, rows, rowStep, count, step } = from;
    const bytes = this.#bytes;
    const values = pointerOf(into.values) + at * Float64Array.BYTES_PER_ELEMENT;
    const marks = pointerOf(into.invalid) + at;
    const own = pointerTo(data);
    if (own !== undefined) return this.#read(own + start * bytes, rowStep * bytes, rows, step * bytes, count, this.#nodata, values, apart, marks) !== 0;
    return this.#read(this.#copied(from), count * bytes, rows, bytes, count, this.#nodata, values, apart, marks) !== 0;
  }

  #copied({ data, start, rows, rowStep, count, step }: StridedRows): number {
    const pointer = COPIES.reserve(rows * count * this.#bytes);
    const copy: Samples = this.#over(bytesAt(pointer, 0).buffer, pointer, rows * count);
    for (let row = 0; row < rows; row++) {
      const from = start + row * rowStep;
      if (step === 1) copy.set(data.subarray(from, from + count), row * count);
      else for (let i = 0; i < count; i++) copy[row * count + i] = data[from + i * step];
    }
    return pointer;
  }
}
