/** Rectangles of pixels. All values are whole pixels; a window is half-open: it ends before `col + width`. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Window extends Size {
  readonly col: number;
  readonly row: number;
}

/** The part that two windows share, or null where they share none. */
export function intersect(a: Window, b: Window): Window | null {
  const col = Math.max(a.col, b.col);
  const row = Math.max(a.row, b.row);
  const width = Math.min(a.col + a.width, b.col + b.width) - col;
  const height = Math.min(a.row + a.height, b.row + b.height) - row;
  return width > 0 && height > 0 ? { col, row, width, height } : null;
}

/** Whether `inner` lies in `outer` entirely. */
export function contains(outer: Window, inner: Window): boolean {
  return (
    inner.col >= outer.col &&
    inner.row >= outer.row &&
    inner.col + inner.width <= outer.col + outer.width &&
    inner.row + inner.height <= outer.row + outer.height
  );
}

/** Pixels of one band. */
export const area = ({ width, height }: Size): number => width * height;

/** A window in words, for messages: `512 x 256 pixels at column 0, row 1024`. */
export function describeWindow(window: Window): string {
  return `${window.width} x ${window.height} pixels at column ${window.col}, row ${window.row}`;
}
