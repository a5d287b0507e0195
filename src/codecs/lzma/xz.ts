import { crc32 } from 'node:zlib';
import { DecodeError, UndecodableError } from '../codec.js';
import { checkBytes, CHECKS } from './checks.js';
import { Lzma2Decoder } from './lzma2.js';

const MAGIC = Buffer.from('fd377a585a00', 'hex');
const END_MAGIC = Buffer.from('YZ');
const [DELTA, LZMA2] = [0x03, 0x21];
const MOST_FILTERS = 4;
/** A number of seven bits a byte has 63 bits at most. */
const LONGEST_NUMBER = 9;

/** A block's size in the stream, without its padding, and in the output: what the index says of it too. */
interface BlockRecord {
  readonly stored: number;
  readonly size: number;
}

interface BlockHeader {
  /** How far apart samples are that differ by what is stored; null: no delta filter. */
  readonly distance: number | null;
  readonly compressed: number | null;
  readonly uncompressed: number | null;
}

/** Reads bytes in their order. @throws DecodeError where they end */
class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  take(count: number): Buffer {
    const end = this.at + count;
    if (end > this.bytes.length) throw new DecodeError('the xz stream is cut short');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  byte(): number {
    return this.take(1)[0];
  }

  /** Seven bits a byte, the lowest first; a byte of 128 and more is not the last one. */
  number(): number {
    let value = 0;
    for (let i = 0; i < LONGEST_NUMBER; i++) {
      const byte = this.byte();
      if (byte === 0 && i > 0) break;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new DecodeError('the xz stream has a damaged number');
  }

  /** Zeros up to a multiple of four bytes from `from` on. */
  padding(from: number): void {
    while ((this.at - from) % 4 !== 0) if (this.byte() !== 0) throw new DecodeError('the xz stream has padding that is not 0');
  }

  /** A CRC-32 of the bytes from `from` on. */
  crc(from: number): void {
    const wanted = crc32(this.bytes.subarray(from, this.at));
    if (this.take(4).readUInt32LE() !== wanted) throw new DecodeError('a checksum of the xz stream is wrong');
  }
}

/** Decodes streams of the xz file format 1.1.0, filters delta and LZMA2, as libtiff writes them. */
export class XzDecoder {
  readonly #lzma2 = new Lzma2Decoder();

  /**
   * @returns how many bytes it wrote. All that the stream says of itself is checked, unless `raw` is full before its end.
   * @throws DecodeError
   */
  decode(encoded: Uint8Array, raw: Uint8Array): number {
    const cursor = new Cursor(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length), 0);
    if (!cursor.take(MAGIC.length).equals(MAGIC)) throw new DecodeError('the bytes are no xz stream');
    const flags = cursor.take(2);
    cursor.crc(MAGIC.length);
    if (flags[0] !== 0 || flags[1] > 15) throw new DecodeError('the xz stream has flags that are unknown');
    const records: BlockRecord[] = [];
    let out = 0;
    while (cursor.bytes[cursor.at] !== 0) {
      const record = this.#block(cursor, flags[1], raw, out);
      if (record === null) return raw.length;
      out += record.size;
      records.push(record);
    }
    const indexAt = cursor.at;
    checkIndex(cursor, records);
    checkFooter(cursor, cursor.at - indexAt, flags);
    return out;
  }

  /** Decodes one block; null where `raw` was full before it ended. */
  #block(cursor: Cursor, check: number, raw: Uint8Array, start: number): BlockRecord | null {
    const blockAt = cursor.at;
    const { distance, compressed, uncompressed } = readBlockHeader(cursor);
    const dataAt = cursor.at;
    const { out, at } = this.#lzma2.decode(cursor.bytes, dataAt, raw, start);
    const pixels = raw.subarray(start, out);
    if (distance !== null) for (let i = distance; i < pixels.length; i++) pixels[i] += pixels[i - distance];
    if (at === null) return null;
    const size = out - start;
    if ((compressed !== null && at - dataAt !== compressed) || (uncompressed !== null && size !== uncompressed)) {
      throw new DecodeError('a block of the xz stream is not of the size it says');
    }
    cursor.at = at;
    cursor.padding(blockAt);
    const stated = cursor.take(checkBytes(check));
    if (CHECKS[check]?.(pixels).some((byte, i) => byte !== stated[i])) throw new DecodeError('a checksum of the xz stream is wrong');
    return { stored: at - blockAt + stated.length, size };
  }
}

/** Section 3.1. */
function readBlockHeader(cursor: Cursor): BlockHeader {
  const from = cursor.at;
  const end = from + (cursor.byte() + 1) * 4 - 4;
  const flags = cursor.byte();
  const compressed = (flags & 0x40) === 0 ? null : cursor.number();
  const uncompressed = (flags & 0x80) === 0 ? null : cursor.number();
  let distance: number | null = null;
  const filters = (flags & (MOST_FILTERS - 1)) + 1;
  for (let place = 1; place <= filters; place++) {
    const filter = cursor.number();
    const properties = cursor.take(cursor.number());
    if (filter !== (place === filters ? LZMA2 : DELTA) || place > 2 || properties.length !== 1) {
      throw new UndecodableError(`filter ${filter} of the xz stream is not supported`);
    }
    if (filter === DELTA) distance = properties[0] + 1;
  }
  if ((flags & 0x3c) !== 0 || cursor.at > end || cursor.take(end - cursor.at).some((byte) => byte !== 0)) {
    throw new DecodeError('a block header of the xz stream is damaged');
  }
  cursor.crc(from);
  return { distance, compressed, uncompressed };
}

/** Section 4. */
function checkIndex(cursor: Cursor, records: readonly BlockRecord[]): void {
  const from = cursor.at;
  cursor.byte();
  const isSame =
    cursor.number() === records.length &&
    records.every(({ stored, size }) => cursor.number() === stored && cursor.number() === size);
  if (!isSame) throw new DecodeError('the index of the xz stream does not agree with its blocks');
  cursor.padding(from);
  cursor.crc(from);
}

/** Section 2.1.2. */
function checkFooter(cursor: Cursor, indexBytes: number, flags: Buffer): void {
  const crc = cursor.take(4).readUInt32LE();
  const rest = cursor.take(6);
  const isRight = crc32(rest) === crc && (rest.readUInt32LE() + 1) * 4 === indexBytes && rest.subarray(4).equals(flags);
  if (!isRight || !cursor.take(2).equals(END_MAGIC)) throw new DecodeError('the end of the xz stream is damaged');
}
