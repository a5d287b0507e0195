import { FormatError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { FIELD, FIELD_TYPES } from './tags.js';

/** One entry of an image file directory: a tag, and where its value lies. */
export interface Field {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Where the value's bytes start in the file. */
  readonly position: number;
}

export interface Directory {
  readonly position: number;
  readonly fields: ReadonlyMap<number, Field>;
}

export interface TiffHeader {
  readonly little: boolean;
  readonly bigTiff: boolean;
  readonly directories: readonly Directory[];
  /** What is wrong with the chain behind the directories that could be read; null: it ends as it should. */
  readonly brokenEnd: string | null;
}

/** The most bytes of one tag's value that are read whole. Index arrays are read in pieces and may be longer. */
const VALUE_LIMIT = 64 * 1024 * 1024;
/** No raster has more pages; a chain this long is a damaged pointer running through data. */
const DIRECTORY_LIMIT = 65536;

/**
 * Reads the header and the chain of directories, none of their long values. A chain that comes back to an earlier
 * directory is damage; one that ends beyond the file is cut off there, for the images before it may be whole.
 * @throws FormatError where the file is no TIFF or its directories are damaged
 */
export async function readHeader(source: ByteSource): Promise<TiffHeader> {
  const { name, size } = source;
  if (size < 8) throw new FormatError(`${name}: not a TIFF: ${size} bytes, a header has 8`);
  const head = await readView(source, 0, Math.min(size, 16));
  const order = head.getUint16(0);
  const little = order === 0x4949;
  const version = head.getUint16(2, little);
  if ((!little && order !== 0x4d4d) || (version !== 42 && version !== 43)) {
    throw new FormatError(`${name}: not a TIFF: it starts with ${hex(head, 4)}, a TIFF with 49 49 2a 00 or 4d 4d 00 2a`);
  }
  const bigTiff = version === 43;
  if (bigTiff && (size < 16 || head.getUint16(4, little) !== 8)) {
    throw new FormatError(`${name}: damaged BigTIFF header: its offsets must have 8 bytes`);
  }
  const directories: Directory[] = [];
  const seen = new Set<number>();
  let brokenEnd: string | null = null;
  let next = bigTiff ? Number(head.getBigUint64(8, little)) : head.getUint32(4, little);
  while (next !== 0) {
    if (seen.has(next)) {
      throw new FormatError(`${name}: damaged: directory ${directories.length} points back to the one at byte ${next}`);
    }
    seen.add(next);
    if (directories.length === DIRECTORY_LIMIT) {
      throw new FormatError(`${name}: damaged: more than ${DIRECTORY_LIMIT} directories`);
    }
    const read = await readDirectory(source, next, { little, bigTiff }).catch((error: unknown) => {
      if (directories.length === 0 || !(error instanceof FormatError)) throw error;
      brokenEnd = error.message;
      return null;
    });
    if (read === null) break;
    directories.push(read.directory);
    next = read.next;
  }
  if (directories.length === 0) throw new FormatError(`${name}: damaged: a TIFF without an image directory`);
  return { little, bigTiff, directories, brokenEnd };
}

async function readDirectory(
  source: ByteSource,
  position: number,
  { little, bigTiff }: { little: boolean; bigTiff: boolean },
): Promise<{ directory: Directory; next: number }> {
  const { name, size } = source;
  const [countBytes, entryBytes, offsetBytes] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  const where = `${name}: damaged: directory at byte ${position}`;
  if (position + countBytes > size) throw new FormatError(`${where} lies beyond the file's ${size} bytes`);
  const head = await readView(source, position, countBytes);
  const count = bigTiff ? Number(head.getBigUint64(0, little)) : head.getUint16(0, little);
  const length = count * entryBytes + offsetBytes;
  if (count === 0) throw new FormatError(`${where} is empty`);
  if (count > 65535 || position + countBytes + length > size) {
    throw new FormatError(`${where} has ${count} entries, more than fit into the file's ${size} bytes`);
  }
  const view = await readView(source, position + countBytes, length);
  const fields = new Map<number, Field>();
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const tag = view.getUint16(at, little);
    const type = view.getUint16(at + 2, little);
    const values = bigTiff ? Number(view.getBigUint64(at + 4, little)) : view.getUint32(at + 4, little);
    const inline = at + (bigTiff ? 12 : 8);
    const fieldType = FIELD_TYPES.get(type);
    // TIFF 6.0: readers skip fields of types they do not know. The first of two fields with one tag counts.
    if (fieldType === undefined || fields.has(tag)) continue;
    const fits = values * fieldType.bytes <= offsetBytes;
    const elsewhere = bigTiff ? () => Number(view.getBigUint64(inline, little)) : () => view.getUint32(inline, little);
    fields.set(tag, { tag, type, count: values, position: fits ? position + countBytes + inline : elsewhere() });
  }
  const end = count * entryBytes;
  const next = bigTiff ? Number(view.getBigUint64(end, little)) : view.getUint32(end, little);
  return { directory: { position, fields }, next };
}

/**
 * The bytes of a field's value in the file's order.
 * @throws FormatError where they lie beyond the file
 */
export async function readFieldBytes(source: ByteSource, field: Field): Promise<Uint8Array> {
  const length = field.count * FIELD_TYPES.get(field.type)!.bytes;
  if (length > VALUE_LIMIT || field.position + length > source.size) {
    throw new FormatError(
      `${source.name}: damaged: tag ${field.tag} has ${field.count} values at byte ${field.position}, ` +
        `the file has ${source.size} bytes`,
    );
  }
  const bytes = new Uint8Array(length);
  await source.read(field.position, bytes);
  return bytes;
}

/** The field's values as numbers. @throws FormatError where they lie beyond the file or are no numbers */
export async function readNumbers(source: ByteSource, field: Field, little: boolean): Promise<number[]> {
  const { bytes, read } = FIELD_TYPES.get(field.type)!;
  if (read === null) {
    throw new FormatError(`${source.name}: damaged: tag ${field.tag} is of field type ${field.type}, wanted a plain number`);
  }
  const data = await readFieldBytes(source, field);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: field.count }, (_, i) => read(view, i * bytes, little));
}

/** The field's text up to its first NUL, each byte one character. */
export async function readText(source: ByteSource, field: Field): Promise<string> {
  if (field.type !== FIELD.ASCII && field.type !== FIELD.BYTE) return '';
  const text = Buffer.from(await readFieldBytes(source, field)).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

async function readView(source: ByteSource, position: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await source.read(position, bytes);
  return new DataView(bytes.buffer);
}

function hex(view: DataView, count: number): string {
  return Array.from({ length: count }, (_, i) => view.getUint8(i).toString(16).padStart(2, '0')).join(' ');
}
