import type { Pixels } from '../raster/block.js';
import { type DType, DTYPES } from '../raster/dtype.js';
import { bytesAt, pointerTo, type Room } from './memory.js';

/** Rows of packed pixels in the thread's memory. */
export interface PackedRows {
  readonly pointer: number;
  readonly rows: number;
  /** In a row. */
  readonly samples: number;
  /** From one row to the next. */
  readonly stepBytes: number;
}

/** Whether samples of all bands lie side by side, pixel after pixel, so that a row is one run. */
export function isPacked(pixels: Pixels): boolean {
  const bands = pixels.shape[0];
  return pixels.stride[2] === bands && (bands === 1 || pixels.stride[0] === 1);
}

/** Where packed pixels are: themselves if they are in the thread's memory, else a copy in `room`. */
export function rowsFrom(pixels: Pixels, dtype: DType, room: Room): PackedRows {
  const own = ownRows(pixels);
  if (own !== undefined) return own;
  const made = packedRows(pixels, dtype, room);
  const samples = samplesOf(made, dtype);
  eachRun(pixels, (start, length, from) => samples.set(pixels.data.subarray(start, start + length), from));
  return made;
}

/** Where to put what packed pixels are to be: there, if they are in the thread's memory, else in `room`, for `deliver`. */
export function rowsFor(out: Pixels, dtype: DType, room: Room): PackedRows {
  return ownRows(out) ?? packedRows(out, dtype, room);
}

/** Copies what was put in a room to the pixels that it is of; what is there already stays. */
export function deliver(made: PackedRows, dtype: DType, out: Pixels): void {
  if (pointerTo(out.data) !== undefined) return;
  const samples = samplesOf(made, dtype);
  eachRun(out, (start, length, from) => out.data.set(samples.subarray(from, from + length), start));
}

/** Visits what can be done in one go: all of two kinds of rows, or row by row. */
export function eachPair(
  from: PackedRows,
  to: PackedRows,
  { fromBytes, toBytes }: { readonly fromBytes: number; readonly toBytes: number },
  visit: (from: number, to: number, samples: number) => void,
): void {
  const { rows, samples } = from;
  const isOneRun = from.stepBytes === samples * fromBytes && to.stepBytes === samples * toBytes;
  if (isOneRun) visit(from.pointer, to.pointer, rows * samples);
  else for (let row = 0; row < rows; row++) visit(from.pointer + row * from.stepBytes, to.pointer + row * to.stepBytes, samples);
}

/** Where packed pixels are that are in the thread's memory; undefined for others. */
export function ownRows({ data, offset, shape, stride }: Pixels): PackedRows | undefined {
  const start = pointerTo(data);
  if (start === undefined) return undefined;
  const bytes = data.BYTES_PER_ELEMENT;
  return { pointer: start + offset * bytes, rows: shape[1], samples: shape[0] * shape[2], stepBytes: stride[1] * bytes };
}

function packedRows({ data, offset, shape: [bands, rows, cols] }: Pixels, dtype: DType, room: Room): PackedRows {
  const { bytes } = DTYPES[dtype];
  const samples = bands * cols;
  // Where it begins as far from a multiple of 8 as the other memory, a copy is faster.
  const shift = (data.byteOffset + offset * bytes) & 7;
  const pointer = room.reserve(rows * samples * bytes + 8) + shift;
  return { pointer, rows, samples, stepBytes: samples * bytes };
}

function samplesOf({ pointer, rows, samples }: PackedRows, dtype: DType) {
  const { bytes, over } = DTYPES[dtype];
  return over(bytesAt(pointer, rows * samples * bytes).buffer, pointer, rows * samples);
}

/** The runs of samples that lie together: one a row, or a single one where rows follow each other. */
function eachRun({ offset, shape: [bands, rows, cols], stride }: Pixels, visit: (start: number, length: number, from: number) => void): void {
  const length = cols * bands;
  if (stride[1] === length) visit(offset, rows * length, 0);
  else for (let row = 0; row < rows; row++) visit(offset + row * stride[1], length, row * length);
}
