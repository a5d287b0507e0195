import { DecodeError } from '../codec.js';
import type { Segment } from './segments.js';

/** The most bits of a Huffman code. */
const CODE_BITS = 16;

/** By the next 16 bits: the code's length in bits times 256, plus its symbol. 0: no code begins so. */
export type CodeTable = Uint16Array;

/**
 * The tables that a DHT segment defines, not yet built: by class (16: of AC coefficients) plus destination.
 * @throws DecodeError where the segment is damaged
 */
export function* tableDefinitions({ bytes }: Segment): Generator<readonly [slot: number, definition: Uint8Array]> {
  // T.81, B.2.4.2: class and destination, how many codes of each length, symbols in the order of their codes.
  for (let at = 4; at < bytes.length; ) {
    const symbolsAt = at + 1 + CODE_BITS;
    const end = bytes.subarray(at + 1, symbolsAt).reduce((sum, count) => sum + count, symbolsAt);
    if (end > bytes.length) throw new DecodeError('a JPEG Huffman table is damaged');
    yield [bytes[at], bytes.subarray(at + 1, end)];
    at = end;
  }
}

/** @throws DecodeError where there are more codes than their lengths allow */
export function codeTable(definition: Uint8Array): CodeTable {
  const table = new Uint16Array(1 << CODE_BITS);
  let symbolAt = CODE_BITS;
  let next = 0;
  for (let bits = 1; bits <= CODE_BITS; bits++) {
    const span = 1 << (CODE_BITS - bits);
    for (let left = definition[bits - 1]; left > 0; left--, next += span) {
      if (next + span > table.length) throw new DecodeError('a JPEG Huffman table is damaged');
      table.fill((bits << 8) | definition[symbolAt++], next, next + span);
    }
  }
  return table;
}

/** Positions are in bits, and signed 32-bit numbers. */
const DATA_LIMIT = 1 << 28;

/** Reads the bits of entropy-coded data, the most significant bit of a byte first. */
export class BitReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** In bits. */
  position = 0;

  /** Starts on the data between two markers; a zero byte behind each 0xff is no data. */
  load(data: Uint8Array): void {
    if (data.length >= DATA_LIMIT) throw new DecodeError(`a JPEG scan of ${data.length} bytes is too long`);
    // Two bytes more, so that 16 bits can be read from any position.
    if (this.#bytes.length < data.length + 2) this.#bytes = new Uint8Array(data.length + 2);
    let length = 0;
    for (let from = 0; from < data.length; ) {
      const ff = data.indexOf(0xff, from);
      const to = ff < 0 ? data.length : ff + 1;
      this.#bytes.set(data.subarray(from, to), length);
      length += to - from;
      from = ff < 0 ? to : to + 1;
    }
    this.#bytes.fill(0, length, length + 2);
    this.#length = length * 8;
    this.position = 0;
  }

  /** The `count` bits at a position, 1 to 16. */
  at(position: number, count: number): number {
    const byte = position >> 3;
    const three = (this.#bytes[byte] << 16) | (this.#bytes[byte + 1] << 8) | this.#bytes[byte + 2];
    return (three >> (24 - (position & 7) - count)) & ((1 << count) - 1);
  }

  /** Reads a code, gives its symbol, and skips as many bits as the symbol's lower half says. */
  symbol(table: CodeTable): number {
    const entry = table[this.at(this.position, CODE_BITS)];
    this.position += (entry >> 8) + (entry & 15);
    if (entry === 0 || this.position > this.#length) throw new DecodeError('the JPEG stream is cut short or damaged');
    return entry & 255;
  }
}

/** Writes entropy-coded data, growing as it must. */
export class BitWriter {
  #bytes: Uint8Array = new Uint8Array(1024);
  #length = 0;
  #bits = 0;
  #have = 0;

  /** What was written, good until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    this.#bits = 0;
    this.#have = 0;
  }

  /** Writes the reader's bits from one position to another. */
  copy(reader: BitReader, from: number, to: number): void {
    for (let at = from; at < to; at += CODE_BITS) {
      const count = Math.min(CODE_BITS, to - at);
      this.#put(reader.at(at, count), count);
    }
  }

  /** Fills the last byte with ones, as they stand before a marker. */
  align(): void {
    const missing = -this.#have & 7;
    this.#put((1 << missing) - 1, missing);
  }

  /** Writes bytes as they are, behind whole bytes only. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #put(bits: number, count: number): void {
    this.#reserve(2 * (count + 8));
    this.#bits = (this.#bits << count) | bits;
    this.#have += count;
    for (; this.#have >= 8; this.#have -= 8) {
      const byte = (this.#bits >> (this.#have - 8)) & 255;
      this.#bytes[this.#length++] = byte;
      if (byte === 0xff) this.#bytes[this.#length++] = 0;
    }
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + count));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
