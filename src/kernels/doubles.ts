import type { Samples } from '../raster/dtype.js';
import { bytesAt, openKernel, type Room } from './memory.js';

/** What vectors may read and store behind the last value, and the last mark. */
const SLACK_VALUES = 8;
const SLACK_MARKS = 16;

/** Functions of src/kernels/doubles.as.ts. */
export type DoublesKernel = Readonly<Record<string, (...args: number[]) => number>>;

export const doublesKernel = (): DoublesKernel => openKernel('doubles') as DoublesKernel;

/** Samples as doubles, and which of them are invalid: in the thread's memory, as long as the room that they are in is not asked again. */
export interface Run {
  readonly values: Float64Array;
  /** Not 0 where a sample is invalid. */
  readonly invalid: Uint8Array;
}

/** Samples in an array: rows of them, from one place to the next. */
export interface StridedRows {
  readonly data: Samples;
  readonly start: number;
  readonly rows: number;
  readonly rowStep: number;
  /** In a row. */
  readonly count: number;
  readonly step: number;
}

/** Runs of so many samples, one behind the other. What is in them may be anything. */
export function runsIn(room: Room, samples: number, count = 1): Run[] {
  const values = samples + SLACK_VALUES + (samples % 2);
  const marks = Math.ceil((samples + SLACK_MARKS) / SLACK_MARKS) * SLACK_MARKS;
  const at = room.reserve(count * (values * Float64Array.BYTES_PER_ELEMENT + marks));
  const { buffer } = bytesAt(at, 0);
  const firstMark = at + count * values * Float64Array.BYTES_PER_ELEMENT;
  return Array.from({ length: count }, (_, i) => ({
    values: new Float64Array(buffer, at + i * values * Float64Array.BYTES_PER_ELEMENT, samples),
    invalid: new Uint8Array(buffer, firstMark + i * marks, samples),
  }));
}

/** Where a view of the thread's memory is in it. */
export const pointerOf = (view: ArrayBufferView): number => view.byteOffset;
