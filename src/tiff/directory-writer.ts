import { DTYPES } from '../raster/dtype.js';
import { cellCount } from '../raster/grid.js';
import { formatNodata } from '../raster/nodata.js';
import { planeCount } from './block-layout.js';
import { FIELD, FIELD_TYPES, TAG } from './tags.js';
import type { Size } from '../raster/window.js';
import { levelSizes, type TiffOutput, tileGrid } from './tile-layout.js';

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
/** Of NewSubfileType. */
const REDUCED = 1;
const MASK = 4;

/** What a directory of the file is: the image or an overview, or the mask of one. */
export interface DirectoryRole {
  /** 0 is the image itself. */
  readonly level: number;
  readonly isMask: boolean;
}

/** The file's directories in their order: the image, its mask, the overviews, and their masks, as GDAL has them. */
export function directoryRoles(output: TiffOutput): DirectoryRole[] {
  const { mask } = output.profile;
  const overviews = levelSizes(output).map((_, level) => level).slice(1);
  const kinds = mask ? [false, true] : [false];
  return [[0], overviews].flatMap((levels) => kinds.flatMap((isMask) => levels.map((level) => ({ level, isMask }))));
}

/** New index arrays, a pair for each directory. */
export function createIndexes(output: TiffOutput): TileIndex[] {
  const { profile, layout } = output;
  const sizes = levelSizes(output);
  return directoryRoles(output).map(({ level, isMask }) => {
    const count = cellCount(tileGrid(sizes[level], layout)) * (isMask ? 1 : planeCount(layout, profile.bands));
    return { offsets: new Float64Array(count), byteCounts: new Float64Array(count) };
  });
}

/** Bytes of the file's head. */
export function headLength(output: TiffOutput): number {
  return buildHead(output, createIndexes(output)).length;
}

/**
 * The file's head: header, directories and index arrays, little-endian. Its length depends on the output's shape and
 * tags alone, not on the index values, so that tiles can be written behind it before they are all known. Of a COG all
 * directories come first, what they point to in between, and then the index arrays.
 */
export function buildHead(output: TiffOutput, indexes: readonly TileIndex[]): Uint8Array {
  const { bigTiff } = output.layout;
  const structure = structuralMetadata(output);
  const first = (bigTiff ? 16 : 8) + evenly(structure.length);
  const sizes = levelSizes(output);
  const directories = directoryRoles(output).map(({ level, isMask }, i) =>
    isMask ? maskEntries(output, indexes[i], { level, size: sizes[level] }) : imageEntries(output, indexes[i], { level, size: sizes[level] }),
  );
  const isLast = ({ tag }: Entry): boolean => output.cog !== undefined && (tag === TAG.TileOffsets || tag === TAG.TileByteCounts);
  const own = directories.map((entries) => directoryBytes(entries, bigTiff, (entry) => !isLast(entry)));
  const late = directories.map((entries) => valueBytes(entries, bigTiff, isLast));
  const head = new Uint8Array(first + [...own, ...late].reduce((sum, bytes) => sum + bytes, 0));
  const view = new DataView(head.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, bigTiff ? 43 : 42, true);
  if (bigTiff) {
    view.setUint16(4, 8, true);
    view.setBigUint64(8, BigInt(first), true);
  } else {
    view.setUint32(4, first, true);
  }
  head.set(structure, bigTiff ? 16 : 8);
  let position = first;
  let latePosition = head.length - late.reduce((sum, bytes) => sum + bytes, 0);
  directories.forEach((entries, i) => {
    const end = position + own[i];
    writeDirectory(head, { entries, position, latePosition, isLast, next: i + 1 < directories.length ? end : 0, bigTiff });
    position = end;
    latePosition += late[i];
  });
  return head;
}

/**
 * What a COG says of itself before its first directory, as GDAL reads it. The space behind NO leaves room for YES, which
 * a program that edits the file puts there.
 */
function structuralMetadata({ profile, layout, cog }: TiffOutput): Uint8Array {
  if (cog?.leaders !== true) return new Uint8Array(0);
  const lines = ['LAYOUT=IFDS_BEFORE_DATA', 'BLOCK_ORDER=ROW_MAJOR', 'BLOCK_LEADER=SIZE_AS_UINT4', 'BLOCK_TRAILER=LAST_4_BYTES_REPEATED', 'KNOWN_INCOMPATIBLE_EDITION=NO', ' '];
  // A tile that is left out has no place for its mask to follow.
  const text = lines.join('\n') + (profile.mask && !layout.sparse ? 'MASK_INTERLEAVED_WITH_IMAGERY=YES\n' : '');
  return Buffer.from(`GDAL_STRUCTURAL_METADATA_SIZE=${String(text.length).padStart(6, '0')} bytes\n${text}`, 'latin1');
}

const evenly = (bytes: number): number => bytes + (bytes & 1);

const valueBytes = (entries: readonly Entry[], bigTiff: boolean, which: (entry: Entry) => boolean): number =>
  entries.filter(which).reduce((sum, { bytes }) => sum + (bytes.length > (bigTiff ? 8 : 4) ? evenly(bytes.length) : 0), 0);

/** The bytes of a directory and of those values of it that follow it. */
function directoryBytes(entries: readonly Entry[], bigTiff: boolean, follows: (entry: Entry) => boolean): number {
  const [countBytes, entryBytes, offsetBytes] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  return countBytes + entries.length * entryBytes + offsetBytes + valueBytes(entries, bigTiff, follows);
}

interface DirectoryPlace {
  readonly entries: readonly Entry[];
  readonly position: number;
  /** Where those values go that do not follow it. */
  readonly latePosition: number;
  readonly isLast: (entry: Entry) => boolean;
  readonly next: number;
  readonly bigTiff: boolean;
}

function writeDirectory(head: Uint8Array, { entries, position, latePosition, isLast, next, bigTiff }: DirectoryPlace): void {
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
  let late = latePosition;
  entries.forEach((entry, i) => {
    const { tag, type, count, bytes } = entry;
    const at = position + countBytes + i * entryBytes;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    writeOffset(at + 4, count);
    const value = at + 4 + offsetBytes;
    if (bytes.length <= offsetBytes) {
      head.set(bytes, value);
      return;
    }
    const place = isLast(entry) ? late : free;
    writeOffset(value, place);
    head.set(bytes, place);
    if (isLast(entry)) late += evenly(bytes.length);
    else free += evenly(bytes.length);
  });
}

interface Level {
  readonly level: number;
  readonly size: Size;
}

function imageEntries({ profile, layout, content, compressionTag }: TiffOutput, index: TileIndex, { level, size }: Level): Entry[] {
  const { bands, dtype, nodata } = profile;
  const { bytes, kind } = DTYPES[dtype];
  const each = (value: number): number[] => new Array<number>(bands).fill(value);
  const entries = [
    ...(level === 0 ? [] : [long(TAG.NewSubfileType, REDUCED)]),
    long(TAG.ImageWidth, size.width),
    long(TAG.ImageLength, size.height),
    short(TAG.BitsPerSample, each(bytes * 8)),
    short(TAG.Compression, [compressionTag]),
    short(TAG.Photometric, [content.photometric]),
    short(TAG.SamplesPerPixel, [bands]),
    short(TAG.PlanarConfiguration, [layout.interleave === 'pixel' ? 1 : 2]),
    ...tileEntries(layout, index),
    short(TAG.SampleFormat, each(SAMPLE_FORMAT[kind])),
    ...content.tags.filter(({ tag }) => level === 0 || tag === TAG.ExtraSamples).map(({ tag, type, count, bytes: base64 }) => ({ tag, type, count, bytes: fromBase64(base64) })),
  ];
  if (layout.predictor !== 1) entries.push(short(TAG.Predictor, [layout.predictor]));
  if (content.metadata !== null && level === 0) entries.push(ascii(TAG.GdalMetadata, content.metadata));
  if (nodata !== null) entries.push(ascii(TAG.GdalNodata, formatNodata(nodata)));
  return entries.sort((a, b) => a.tag - b.tag);
}

function maskEntries({ layout, compressionTag }: TiffOutput, index: TileIndex, { level, size }: Level): Entry[] {
  return [
    long(TAG.NewSubfileType, level === 0 ? MASK : MASK | REDUCED),
    long(TAG.ImageWidth, size.width),
    long(TAG.ImageLength, size.height),
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
