import type { Samples } from '../raster/dtype.js';
import { openKernel, pointerTo } from './memory.js';

/** Where rows of samples lie: the first one's number, and how many samples further each next one begins. */
export interface Rows {
  readonly start: number;
  readonly step: number;
}

/** Copies so many rows of so many samples. */
export type CopyRows = (from: Rows, to: Rows, samples: number, rows: number) => void;

interface Kernel {
  readonly copyRows: (from: number, fromStep: number, to: number, toStep: number, bytes: number, rows: number) => void;
}

/** What copies rows from one array to another that has no byte in common with it: the kernel, where both are in its memory. */
export function rowCopier(source: Samples, target: Samples): CopyRows {
  const [from, to] = [pointerTo(source), pointerTo(target)];
  if (from === undefined || to === undefined) return (rows, into, samples, count) => copyPlainly(source, target, { rows, into, samples, count });
  const bytes = source.BYTES_PER_ELEMENT;
  const { copyRows } = openKernel('rows') as Kernel;
  return (rows, into, samples, count) => copyRows(from + rows.start * bytes, rows.step * bytes, to + into.start * bytes, into.step * bytes, samples * bytes, count);
}

function copyPlainly(source: Samples, target: Samples, { rows, into, samples, count }: { readonly rows: Rows; readonly into: Rows; readonly samples: number; readonly count: number }): void {
  for (let row = 0; row < count; row++) {
    const start = rows.start + row * rows.step;
    target.set(source.subarray(start, start + samples), into.start + row * into.step);
  }
}
