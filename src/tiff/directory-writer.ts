import { DTYPES } from '../raster/dtype.js';
import { cellCount } from '../raster/grid.js';
import { formatNodata } from '../raster/nodata.js';
import { planeCount } from './block-layout.js';
import { FIELD, FIELD_TYPES, TAG } from './tags.js';
import { type TiffOutput, tileGrid } from './tile-layout.js';

/** One tag with its value's bytes in little-endian order. */
interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Where a directory's tiles lie, in the order of the index arrays. A byte count of 0: the tile is left out. */
export interface TileIndex {
  readonly offsets: Float64Array;
  readonly byteCounts: Float64Array;
}

const SAMPLE_FORMAT = { uint: 1, int: 2, float: 3 } as const;
const TRANSPARENCY_MASK = 4;

/** New index arrays of the image, and of the mask where the output has one. */
export function createIndexes(output: TiffOutput): TileIndex[] {
  const { profile, layout } = output;
  const cells = cellCount(tileGrid(profile, layout));
  const counts = [cells * planeCount(layout, profile.bands), ...(profile.mask ? [cells] : [])];
  return counts.map((count) => ({ offsets: new Float64Array(count), byteCounts: new Float64Array(count) }));
}

/**
 * The file's head: header, directories and index arrays, little-endian. Its length depends on the output's shape and
 * tags alone, not on the index values, so that tiles can be written behind it before they are all known.
 */
export function buildHead(output: TiffOutput, indexes: readonly TileIndex[]): Uint8Array {
  const { bigTiff } = output.layout;
  const headerBytes = bigTiff ? 16 : 8;
  const directories = indexes.map((index, i) => (i === 0 ? imageEntries(output, index) : maskEntries(output, index)));
  const head = new Uint8Array(headerBytes + directories.reduce((sum, d) => sum + directoryBytes(d, bigTiff), 0));
  const view = new DataView(head.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, bigTiff ? 43 : 42, true);
  if (bigTiff) {
    view.setUint16(4, 8, true);
    view.setBigUint64(8, BigInt(headerBytes), true);
  } else {
    view.setUint32(4, headerBytes, true);
  }
  let position = headerBytes;
  directories.forEach((entries, i) => {
    const end = position + directoryBytes(entries, bigTiff);
    writeDirectory(head, { entries, position, next: i + 1 < directories.length ? end : 0, bigTiff });
    position = end;
  });
  return head;
}

const evenly = (bytes: number): number => bytes + (bytes & 1);

function directoryBytes(entries: readonly Entry[], bigTiff: boolean): number {
  const [countBytes, entryBytes, offsetBytes] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  const values = entries.reduce((sum, { bytes }) => sum + (bytes.length > offsetBytes ? evenly(bytes.length) : 0), 0);
  return countBytes + entries.length * entryBytes + offsetBytes + values;
}

function writeDirectory(
  head: Uint8Array,
  { entries, position, next, bigTiff }: { entries: readonly Entry[]; position: number; next: number; bigTiff: boolean },
): void {
  const view = new DataView(head.buffer);
  const [countBytes, entryBytes, offsetBytes] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  const writeOffset = (at: number, value: number): void => {
    if (bigTiff) view.setBigUint64(at, BigInt(value), true);
    else view.setUint32(at, value, true);
  };
  if (bigTiff) view.setBigUint64(position, BigInt(entries.length), true);
  else view.setUint16(position, entries.length, true);
  const end = position + countBytes + entries.length * entryBytes;
  writeOffset(end, next);
  let free = end + offsetBytes;
  entries.forEach(({ tag, type, count, bytes }, i) => {
    const at = position + countBytes + i * entryBytes;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    writeOffset(at + 4, count);
    const value = at + 4 + offsetBytes;
    if (bytes.length <= offsetBytes) {
      head.set(bytes, value);
    } else {
      writeOffset(value, free);
      head.set(bytes, free);
      free += evenly(bytes.length);
    }
  });
}

function imageEntries({ profile, layout, content, compressionTag }: TiffOutput, index: TileIndex): Entry[] {
  const { bands, dtype, nodata } = profile;
  const { bytes, kind } = DTYPES[dtype];
  const each = (value: number): number[] => new Array<number>(bands).fill(value);
  const entries = [
    long(TAG.ImageWidth, profile.width),
    long(TAG.ImageLength, profile.height),
    short(TAG.BitsPerSample, each(bytes * 8)),
    short(TAG.Compression, [compressionTag]),
    short(TAG.Photometric, [content.photometric]),
    short(TAG.SamplesPerPixel, [bands]),
    short(TAG.PlanarConfiguration, [layout.interleave === 'pixel' ? 1 : 2]),
    ...tileEntries(layout, index),
    short(TAG.SampleFormat, each(SAMPLE_FORMAT[kind])),
    ...content.tags.map(({ tag, type, count, bytes: base64 }) => ({ tag, type, count, bytes: fromBase64(base64) })),
  ];
  if (layout.predictor !== 1) entries.push(short(TAG.Predictor, [layout.predictor]));
  if (content.metadata !== null) entries.push(ascii(TAG.GdalMetadata, content.metadata));
  if (nodata !== null) entries.push(ascii(TAG.GdalNodata, formatNodata(nodata)));
  return entries.sort((a, b) => a.tag - b.tag);
}

function maskEntries({ profile, layout, compressionTag }: TiffOutput, index: TileIndex): Entry[] {
  return [
    long(TAG.NewSubfileType, 4),
    long(TAG.ImageWidth, profile.width),
    long(TAG.ImageLength, profile.height),
    short(TAG.BitsPerSample, [1]),
    short(TAG.Compression, [compressionTag]),
    short(TAG.Photometric, [TRANSPARENCY_MASK]),
    short(TAG.SamplesPerPixel, [1]),
    short(TAG.PlanarConfiguration, [1]),
    ...tileEntries(layout, index),
  ];
}

function tileEntries({ tile, bigTiff }: TiffOutput['layout'], { offsets, byteCounts }: TileIndex): Entry[] {
  return [
    long(TAG.TileWidth, tile.width),
    long(TAG.TileLength, tile.height),
    numbers(TAG.TileOffsets, bigTiff ? FIELD.LONG8 : FIELD.LONG, offsets),
    numbers(TAG.TileByteCounts, FIELD.LONG, byteCounts),
  ];
}

const short = (tag: number, values: readonly number[]): Entry => numbers(tag, FIELD.SHORT, values);
const long = (tag: number, value: number): Entry => numbers(tag, FIELD.LONG, [value]);

function numbers(tag: number, type: number, values: ArrayLike<number>): Entry {
  const { bytes: size } = FIELD_TYPES.get(type)!;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (type === FIELD.SHORT) view.setUint16(i * 2, values[i], true);
    else if (type === FIELD.LONG) view.setUint32(i * 4, values[i], true);
    else view.setBigUint64(i * 8, BigInt(values[i]), true);
  }
  return { tag, type, count: values.length, bytes };
}

function ascii(tag: number, text: string): Entry {
  const bytes = Buffer.from(`${text}\0`, 'latin1');
  return { tag, type: FIELD.ASCII, count: bytes.length, bytes };
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
