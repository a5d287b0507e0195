/**
 * Several TIFF files as one file of several directories, in their order. Takes classic little-endian files whose
 * directory is right behind the header, as `writeTiff` makes them.
 */
export function chained(...files: readonly Uint8Array[]): Uint8Array {
  const starts: number[] = [];
  let length = 0;
  for (const file of files) {
    starts.push(length);
    length += file.length + (file.length % 2);
  }
  const all = new Uint8Array(length);
  files.forEach((file, i) => all.set(file, starts[i]));
  const view = new DataView(all.buffer);
  starts.forEach((start, i) => {
    moveDirectory(view, start);
    if (i + 1 < starts.length) setNext(view, start, starts[i + 1] + HEADER_BYTES);
  });
  return all;
}

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const FIELD_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 12: 8 };
const BLOCK_OFFSETS: readonly number[] = [273, 324];

/** Sets the pointer behind the directory of the file that begins at `start`. */
export function setNext(view: DataView, start: number, next: number): void {
  const entries = view.getUint16(start + HEADER_BYTES, true);
  view.setUint32(start + HEADER_BYTES + 2 + entries * ENTRY_BYTES, next, true);
}

/** Adds a file's new place to the positions in its directory: those of values out of line, and those of blocks. */
function moveDirectory(view: DataView, start: number): void {
  const entries = view.getUint16(start + HEADER_BYTES, true);
  for (let i = 0; i < entries; i++) {
    const at = start + HEADER_BYTES + 2 + i * ENTRY_BYTES;
    const count = view.getUint32(at + 4, true);
    let values = at + 8;
    if (count * FIELD_BYTES[view.getUint16(at + 2, true)] > 4) {
      values = view.getUint32(at + 8, true) + start;
      view.setUint32(at + 8, values, true);
    }
    if (!BLOCK_OFFSETS.includes(view.getUint16(at, true))) continue;
    for (let k = 0; k < count; k++) view.setUint32(values + k * 4, view.getUint32(values + k * 4, true) + start, true);
  }
}
