import { inflateSync } from 'node:zlib';
import { type DType, SAMPLE_TYPES, type SampleArray } from '../../../fixtures/tiff-spec.js';

/** One directory: its tags' numbers, text as the codes of its characters. */
export type Tags = ReadonlyMap<number, readonly number[]>;

type Read = (view: DataView, at: number, little: boolean) => number;

const u16: Read = (v, at, le) => v.getUint16(at, le);
const u32: Read = (v, at, le) => v.getUint32(at, le);
const u64: Read = (v, at, le) => Number(v.getBigUint64(at, le));

const FIELD_TYPES: Readonly<Record<number, { readonly bytes: number; readonly read: Read }>> = {
  1: { bytes: 1, read: (v, at) => v.getUint8(at) },
  2: { bytes: 1, read: (v, at) => v.getUint8(at) },
  3: { bytes: 2, read: u16 },
  4: { bytes: 4, read: u32 },
  7: { bytes: 1, read: (v, at) => v.getUint8(at) },
  12: { bytes: 8, read: (v, at, le) => v.getFloat64(at, le) },
  16: { bytes: 8, read: u64 },
};

/**
 * A little TIFF reader for what geotiff cannot tell: where tiles lie, and what is left out. The values of field types
 * that the tests have no use for are left out.
 */
export function readDirectories(file: Uint8Array): Tags[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const little = file[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const [countBytes, entryBytes, offsetBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const offset = (at: number): number => (big ? u64 : u32)(view, at, little);
  const directories: Tags[] = [];
  let next = offset(big ? 8 : 4);
  while (next !== 0) {
    const tags = new Map<number, number[]>();
    const count = (big ? u64 : u16)(view, next, little);
    for (let i = 0; i < count; i++) {
      const entry = next + countBytes + i * entryBytes;
      const type = FIELD_TYPES[u16(view, entry + 2, little)];
      const values = offset(entry + 4);
      const inline = entry + 4 + offsetBytes;
      if (type === undefined) continue;
      const at = values * type.bytes <= offsetBytes ? inline : offset(inline);
      tags.set(u16(view, entry, little), Array.from({ length: values }, (_, k) => type.read(view, at + k * type.bytes, little)));
    }
    directories.push(tags);
    next = offset(next + countBytes + count * entryBytes);
  }
  return directories;
}

/** A tag's text without its closing NUL. */
export function textOf(tags: Tags, tag: number): string | undefined {
  const codes = tags.get(tag);
  return codes && String.fromCharCode(...codes.slice(0, -1));
}

/** A tag that must be there, its first value. */
export function numberOf(tags: Tags, tag: number): number {
  const value = tags.get(tag)?.[0];
  if (value === undefined) throw new Error(`there is no tag ${tag}`);
  return value;
}

/**
 * The bands of a tiled little-endian image without compression or with DEFLATE, and without a predictor.
 * @param fill what tiles hold that are left out
 */
export function readTiles(file: Uint8Array, tags: Tags, dtype: DType, fill: number): SampleArray[] {
  const [width, height, bands] = [256, 257, 277].map((tag) => numberOf(tags, tag)) as [number, number, number];
  const tile = { width: numberOf(tags, 322), height: numberOf(tags, 323) };
  const isPlanar = numberOf(tags, 284) === 2;
  const across = Math.ceil(width / tile.width);
  const perPlane = across * Math.ceil(height / tile.height);
  const { bytes, array } = SAMPLE_TYPES[dtype];
  const tiles = tags.get(324)!.map((at, i) => {
    const samples = array((tile.width * tile.height * (isPlanar ? 1 : bands)));
    const count = tags.get(325)![i];
    if (count === 0) return samples.fill(fill);
    const stored = file.subarray(at, at + count);
    const raw = numberOf(tags, 259) === 1 ? stored : inflateSync(stored);
    new Uint8Array(samples.buffer).set(raw.subarray(0, samples.length * bytes));
    return samples;
  });
  return Array.from({ length: bands }, (_, band) => {
    const samples = array(width * height);
    for (let row = 0; row < height; row++) {
      for (let col = 0; col < width; col++) {
        const number = Math.floor(row / tile.height) * across + Math.floor(col / tile.width);
        const at = (row % tile.height) * tile.width + (col % tile.width);
        const value = isPlanar ? tiles[band * perPlane + number][at] : tiles[number][at * bands + band];
        samples[row * width + col] = value;
      }
    }
    return samples;
  });
}
