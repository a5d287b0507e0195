import { type DType, DTYPES, type Samples } from '../raster/dtype.js';
import { comparableNodata, type Nodata } from '../raster/nodata.js';
import { doublesKernel, pointerOf, type Run, type StridedRows } from './doubles.js';
import { ARRAY_NAMES } from './loop-names.js';
import { bytesAt, pointerTo, Room } from './memory.js';

type Read = (samples: number, rowStep: number, rows: number, step: number, count: number, nodata: number, values: number, invalid: number) => number;

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
   * Reads samples into a run, and marks there which are nodata, NaN or infinite, and which are not.
   * @returns whether any is
   */
  read(from: StridedRows, { values, invalid }: Run): boolean {
    const { data, start, rows, rowStep, count, step } = from;
    const bytes = this.#bytes;
    const own = pointerTo(data);
    const place = own === undefined ? ([this.#copied(from), count * bytes, rows, bytes] as const) : ([own + start * bytes, rowStep * bytes, rows, step * bytes] as const);
    return this.#read(...place, count, this.#nodata, pointerOf(values), pointerOf(invalid)) !== 0;
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
