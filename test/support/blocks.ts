import { encodeBlocks } from '../../fixtures/tiff-blocks.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';

/** One tile or strip of a fixture: its bytes in the file, and its pixels in the image, ends excluded. */
export interface BlockPlace {
  readonly start: number;
  readonly end: number;
  readonly rows: readonly [start: number, end: number];
  readonly cols: readonly [start: number, end: number];
}

/** Where the blocks of a file lie whose directory comes first: in their order, up to the file's end. */
export function placesOfBlocks(spec: TiffSpec, fileBytes: number): BlockPlace[] {
  const blocks = encodeBlocks(spec);
  const { layout } = spec;
  const [width, height] = 'tile' in layout ? [layout.tile.width, layout.tile.height] : [spec.width, layout.rowsPerStrip];
  const across = Math.ceil(spec.width / width);
  const perPlane = across * Math.ceil(spec.height / height);
  let start = fileBytes - blocks.reduce((sum, { length }) => sum + length, 0);
  return blocks.map(({ length }, index) => {
    const row = Math.floor((index % perPlane) / across) * height;
    const col = (index % across) * width;
    const place = { start, end: start + length, rows: [row, row + height], cols: [col, col + width] } as const;
    start += length;
    return place;
  });
}

/** One entry of a file's first directory, by the places of its parts in the file. */
export interface EntryPlace {
  readonly tag: number;
  readonly typeAt: number;
  readonly countAt: number;
  readonly valueAt: number;
}

/** The directory of a file that a fixture's spec was written to. */
export function placesOfEntries(file: Uint8Array): EntryPlace[] {
  const view = new DataView(file.buffer);
  const little = file[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const directoryAt = big ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little);
  const count = big ? Number(view.getBigUint64(directoryAt, little)) : view.getUint16(directoryAt, little);
  return Array.from({ length: count }, (_, i) => {
    const at = directoryAt + (big ? 8 + i * 20 : 2 + i * 12);
    return { tag: view.getUint16(at, little), typeAt: at + 2, countAt: at + 4, valueAt: at + (big ? 12 : 8) };
  });
}
