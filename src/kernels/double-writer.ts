import { type DType, DTYPES } from '../raster/dtype.js';
import { takenForNodata } from '../raster/near-nodata.js';
import { movedOff, type Nodata, nodataNumber } from '../raster/nodata.js';
import { doublesKernel, pointerOf, type Run, type StridedRows } from './doubles.js';
import { RESULT_NAMES } from './loop-names.js';
import { bytesAt, pointerTo, Room } from './memory.js';

/** How results become samples: the least and the largest one, the range that none may lie in, what such a one becomes, what an invalid one does. */
type Limits = readonly [low: number, high: number, from: number, to: number, other: number, fill: number];
type Write = (values: number, invalid: number, rows: number, count: number, ...rest: [...Limits, out: number, rowStep: number, step: number]) => void;

/** Where samples are that go to other memory. */
const COPIES = new Room();

/**
 * Writes doubles as samples of a type, by wasm: integers rounded half to even and saturated, floats kept finite, and what equals
 * nodata, or is taken for it, moved to the next value of the type that is not, up, or down from the type's largest; invalid ones
 * become nodata, else 0. In any thread.
 */
export class DoubleWriter {
  readonly #bytes: number;
  readonly #over: (typeof DTYPES)[DType]['over'];
  readonly #limits: Limits;
  readonly #write: Write;

  constructor({ dtype, nodata }: { readonly dtype: DType; readonly nodata: Nodata }) {
    const { bytes, over } = DTYPES[dtype];
    this.#bytes = bytes;
    this.#over = over;
    this.#limits = limitsOf(dtype, nodataNumber(nodata));
    this.#write = doublesKernel()[`write${RESULT_NAMES[dtype]}`];
  }

  /** Writes results of a run, of which invalid ones alone may be NaN. */
  write({ values, invalid }: Run, { data, start, rows, rowStep, count, step }: StridedRows): void {
    const bytes = this.#bytes;
    const own = pointerTo(data);
    if (own !== undefined) {
      this.#write(pointerOf(values), pointerOf(invalid), rows, count, ...this.#limits, own + start * bytes, rowStep * bytes, step * bytes);
      return;
    }
    const pointer = COPIES.reserve(rows * count * bytes);
    this.#write(pointerOf(values), pointerOf(invalid), rows, count, ...this.#limits, pointer, count * bytes, bytes);
    const copy = this.#over(bytesAt(pointer, 0).buffer, pointer, rows * count);
    for (let row = 0; row < rows; row++) {
      const to = start + row * rowStep;
      if (step === 1) data.set(copy.subarray(row * count, (row + 1) * count), to);
      else for (let i = 0; i < count; i++) data[to + i * step] = copy[row * count + i];
    }
  }
}

function limitsOf(dtype: DType, nodata: number | null): Limits {
  const { bytes, over, min, max } = DTYPES[dtype];
  const other = nodata === null ? null : movedOff(dtype, nodata);
  // No result lies in a range that ends before it begins.
  const avoided = other === null ? { low: Infinity, high: -Infinity } : takenForNodata(dtype, dtype === 'float32' ? Math.fround(nodata!) : nodata!);
  const [fill] = over(new ArrayBuffer(bytes), 0, 1).fill(nodata ?? 0);
  return [min, max, avoided.low, avoided.high, other ?? 0, fill];
}
