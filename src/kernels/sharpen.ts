import { bandsOf, type Pixels } from '../raster/block.js';
import { type DType, DTYPES } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import { comparableNodata, movedOff, type Nodata, nodataNumber } from '../raster/nodata.js';
import { LOOP_NAMES } from './loop-names.js';
import { markLeftOut } from './mark-left-out.js';
import { bytesAt, openKernel, Room } from './memory.js';
import { isPacked, ownRows, type PackedRows } from './packed.js';

type Mark = (samples: number, step: number, rows: number, length: number, nodata: number, invalid: number, flags: number) => void;
type Sharpen = (
  samples: number,
  step: number,
  rows: number,
  count: number,
  bands: number,
  invalid: number,
  flags: number,
  weights: number,
  amount: number,
  low: number,
  high: number,
  avoided: number,
  other: number,
  fill: number,
  out: number,
  outBytes: number,
  room: number,
) => void;

/** What vectors may read and store behind the last row. */
const SLACK = 64;
const HALO = 2;
/** Results that are stored at a time. */
const VECTOR = 8;
const WEIGHTS_BYTES = 25 * Float64Array.BYTES_PER_ELEMENT + 8;

/** Where a thread's kernels work, one window after the other. */
const ROOMS = { samples: new Room(), invalid: new Room(), work: new Room(), made: new Room() };

type SampleRows = Pick<PackedRows, 'pointer' | 'stepBytes'>;

interface BandType {
  readonly dtype: DType;
  readonly nodata: Nodata;
}

/**
 * The loops of unsharp masking over 8- and 16-bit integers, by wasm, in the thread's memory. The results are those of
 * plain loops in float64, to the last bit.
 */
export class SharpenKernel {
  readonly #mark: Mark;
  readonly #sharpen: Sharpen;
  readonly #input: DType;
  readonly #output: DType;
  readonly #nodata: number;
  readonly #results: { readonly low: number; readonly high: number; readonly avoided: number; readonly other: number; readonly fill: number };
  readonly #amount: number;
  readonly #weights: Float64Array;

  /** Whether the kernel has loops for samples of these types. */
  static takes(input: DType, output: DType): boolean {
    return input in LOOP_NAMES && output in LOOP_NAMES;
  }

  /** @param weights G, 25 whole numbers whose sum is 273 */
  constructor(input: BandType, output: BandType, { amount, weights }: { readonly amount: number; readonly weights: readonly number[] }) {
    const kernel = openKernel('sharpen') as Record<string, unknown>;
    const suffix = LOOP_NAMES[input.dtype]!;
    this.#mark = kernel[`mark${suffix}`] as Mark;
    this.#sharpen = kernel[`sharpen${suffix}`] as Sharpen;
    this.#input = input.dtype;
    this.#output = output.dtype;
    this.#nodata = comparableNodata(input.dtype, input.nodata);
    this.#amount = amount;
    this.#weights = Float64Array.from(weights);
    const { min, max, over } = DTYPES[output.dtype];
    const value = nodataNumber(output.nodata);
    const other = value === null ? null : movedOff(output.dtype, value);
    // A result that is left as it is where none is avoided: one that cannot be.
    const avoided = other === null ? max + 1 : value!;
    this.#results = { low: min, high: max, avoided, other: other ?? 0, fill: over(new ArrayBuffer(2), 0, 1).fill(value ?? 0)[0] };
  }

  /** Arguments as of a kernel of an operation with a halo of 2. */
  apply(pixels: Pixels, mask: Mask | null, out: Pixels): void {
    const bands = pixels.shape[0];
    if (bands > 1 && (pixels.stride[0] !== 1 || out.stride[0] !== 1)) {
      for (let i = 0; i < bands; i++) this.apply(bandsOf(pixels, i, 1), mask, bandsOf(out, i, 1));
      return;
    }
    const [, rows, cols] = out.shape;
    const count = cols * bands;
    const length = count + 2 * HALO * bands;
    const samples = (isPacked(pixels) ? ownRows(pixels) : undefined) ?? this.#load(pixels);
    const invalid = this.#findInvalid(samples, pixels, mask);
    const { bytes } = DTYPES[this.#output];
    const own = ownRun(out);
    const made = own ?? ROOMS.made.reserve(rows * count * bytes + SLACK);
    const room = ROOMS.work.reserve(WEIGHTS_BYTES + 14 * length + 6 * SLACK);
    new Float64Array(bytesAt(room, WEIGHTS_BYTES).buffer, room, this.#weights.length).set(this.#weights);
    const { low, high, avoided, other, fill } = this.#results;
    const flags = invalid ?? { marks: 0, flags: 0 };
    this.#sharpen(samples.pointer, samples.stepBytes, rows, count, bands, flags.marks, flags.flags, room, this.#amount, low, high, avoided, other, fill, made, bytes, room + WEIGHTS_BYTES);
    if (own === undefined) this.#store(made, out);
  }

  /** Copies pixels into the memory, bands side by side. */
  #load(pixels: Pixels): SampleRows {
    const [bands, rows, cols] = pixels.shape;
    const { bytes, over } = DTYPES[this.#input];
    const length = cols * bands;
    const at = ROOMS.samples.reserve(rows * length * bytes + SLACK);
    const samples = over(bytesAt(at, rows * length * bytes).buffer, at, rows * length);
    for (let row = 0; row < rows; row++) {
      const start = pixels.offset + row * pixels.stride[1];
      if (pixels.stride[2] === bands) samples.set(pixels.data.subarray(start, start + length), row * length);
      else copyStrided(pixels.data, start, pixels.stride[2], samples, row * length, bands, { cols, bands });
    }
    return { pointer: at, stepBytes: length * bytes };
  }

  /** Which samples are invalid, and in which rows there are some; null: none is. */
  #findInvalid(samples: SampleRows, pixels: Pixels, mask: Mask | null): { readonly marks: number; readonly flags: number } | null {
    const hasNodata = !Number.isNaN(this.#nodata);
    if (!hasNodata && mask === null) return null;
    const [bands, rows, cols] = pixels.shape;
    const length = cols * bands;
    const marks = ROOMS.invalid.reserve(rows * length + rows + 2 * SLACK);
    const flags = marks + rows * length + SLACK;
    const marked = bytesAt(marks, rows * length);
    const flagged = bytesAt(flags, rows);
    if (hasNodata) this.#mark(samples.pointer, samples.stepBytes, rows, length, this.#nodata, marks, flags);
    else {
      marked.fill(0);
      flagged.fill(0);
    }
    for (let row = 0; mask !== null && row < rows; row++) {
      if (markLeftOut(mask, { row, col: 0, cols }, bands, marked.subarray(row * length))) flagged[row] = 1;
    }
    return { marks, flags };
  }

  #store(made: number, out: Pixels): void {
    const [bands, rows, cols] = out.shape;
    const { bytes, over } = DTYPES[this.#output];
    const length = cols * bands;
    const results = over(bytesAt(made, rows * length * bytes).buffer, made, rows * length);
    for (let row = 0; row < rows; row++) {
      const start = out.offset + row * out.stride[1];
      if (out.stride[2] === bands) out.data.set(results.subarray(row * length, (row + 1) * length), start);
      else copyStrided(results, row * length, bands, out.data, start, out.stride[2], { cols, bands });
    }
  }
}

/** Where results may be put at once: in the memory, and so that no vector reaches beyond the last of them. */
function ownRun(out: Pixels): number | undefined {
  const count = out.shape[0] * out.shape[2];
  return isPacked(out) && out.stride[1] === count && count % VECTOR === 0 ? ownRows(out)?.pointer : undefined;
}

/** Copies pixels of a row whose bands lie side by side, pixels apart as the strides say. */
function copyStrided(
  from: Pixels['data'],
  fromStart: number,
  fromStride: number,
  to: Pixels['data'],
  toStart: number,
  toStride: number,
  { cols, bands }: { readonly cols: number; readonly bands: number },
): void {
  for (let col = 0; col < cols; col++) {
    for (let band = 0; band < bands; band++) to[toStart + col * toStride + band] = from[fromStart + col * fromStride + band];
  }
}
