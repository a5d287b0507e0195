import { DecodeError, UndecodableError } from '../codec.js';
import { BitReader, BitWriter, type CodeTable, codeTable, tableDefinitions } from './bits.js';
import { type Component, type Frame, type Header, MARKER, type Segment, segmentAt } from './segments.js';

const SOF1 = 0xc1;
const AC = 16;
const COEFFICIENTS = 64;
/** A symbol of AC coefficients: sixteen zeros. */
const SIXTEEN_ZEROS = 0xf0;

/** A component's place in a scan: its number in the frame, and the slots of its two tables. */
interface ScanComponent {
  readonly index: number;
  readonly dcSlot: number;
  readonly acSlot: number;
}

/** @throws UndecodableError where a stream of several components can not be split */
export function refuseUnsplit({ marker, components }: Frame): void {
  if (marker > SOF1 || components.some(({ sampling }) => sampling !== 0x11)) {
    throw new UndecodableError(`a JPEG stream of ${components.length} components is decoded only if sequential and not subsampled`);
  }
}

/**
 * Splits a sequential stream of several components into streams of one each, with the same coefficients: no sample
 * changes. Codes are moved whole, so tables stay as they are; the DC differences are each component's own anyway.
 */
export class Splitter {
  readonly #reader = new BitReader();
  readonly #writers: BitWriter[] = [];
  /** Built when a scan needs them: a table takes far more than the bytes that define it. */
  readonly #definitions = new Map<number, Uint8Array>();
  #interval = 0;

  /**
   * @param tables of the tag JPEGTables
   * @returns a stream for each component, good until the next call
   * @throws DecodeError where the stream is damaged, progressive, or has components of different sizes
   */
  split(stream: Uint8Array, { frame, segments, scansAt }: Header, tables: readonly Segment[]): Uint8Array[] {
    const { components } = frame;
    refuseUnsplit(frame);
    this.#definitions.clear();
    this.#interval = 0;
    while (this.#writers.length < components.length) this.#writers.push(new BitWriter());
    const writers = this.#writers.slice(0, components.length);
    for (const writer of writers) {
      writer.clear();
      writer.append(Uint8Array.of(0xff, MARKER.SOI));
    }
    for (const segment of tables) this.#take(segment, writers);
    for (const segment of segments) {
      if (segment.marker !== frame.marker) this.#take(segment, writers);
      else components.forEach((component, index) => writers[index].append(frameHeader(segment, component)));
    }
    const units = Math.ceil(frame.width / 8) * Math.ceil(frame.height / 8);
    let at = scansAt;
    while (at < stream.length) {
      const segment = segmentAt(stream, at);
      if (segment.marker === MARKER.EOI) break;
      at = segment.end;
      if (segment.marker === MARKER.SOS) at = this.#scan(stream, segment, components, units);
      else this.#take(segment, writers);
    }
    for (const writer of writers) writer.append(Uint8Array.of(0xff, MARKER.EOI));
    return writers.map((writer) => writer.bytes);
  }

  #take(segment: Segment, writers: readonly BitWriter[]): void {
    const { marker, bytes } = segment;
    if (marker !== MARKER.DHT && marker !== MARKER.DQT && marker !== MARKER.DRI) return;
    if (marker === MARKER.DHT) for (const [slot, definition] of tableDefinitions(segment)) this.#definitions.set(slot, definition);
    if (marker === MARKER.DRI) this.#interval = (bytes[4] << 8) | bytes[5];
    for (const writer of writers) writer.append(bytes);
  }

  #table(slot: number): CodeTable {
    const definition = this.#definitions.get(slot);
    if (definition === undefined) throw new DecodeError('the JPEG stream lacks a Huffman table');
    return codeTable(definition);
  }

  /**
   * Moves one scan.
   * @param units how many there are in it; one holds a block of each component
   * @returns where the segment behind it begins
   */
  #scan(stream: Uint8Array, header: Segment, components: readonly Component[], units: number): number {
    const inScan = scanComponents(header, components);
    const parts = inScan.map(({ index, dcSlot, acSlot }) => {
      const writer = this.#writers[index];
      writer.append(Uint8Array.of(0xff, MARKER.SOS, 0, 8, 1, components[index].id, (dcSlot << 4) | (acSlot - AC), 0, 63, 0));
      return { writer, dc: this.#table(dcSlot), ac: this.#table(acSlot) };
    });
    const reader = this.#reader;
    let end = header.end;
    for (let left = units, restart = 0; left > 0; restart++) {
      const data = end;
      end = dataEnd(stream, data);
      reader.load(stream.subarray(data, end));
      const count = this.#interval === 0 ? left : Math.min(left, this.#interval);
      for (let unit = 0; unit < count; unit++) {
        for (const { writer, dc, ac } of parts) {
          const from = reader.position;
          reader.symbol(dc);
          for (let k = 1; k < COEFFICIENTS; k++) {
            const symbol = reader.symbol(ac);
            // A symbol is a run of zeros and the size of the coefficient behind them; 0 ends the block.
            if ((symbol & 15) === 0 && symbol !== SIXTEEN_ZEROS) break;
            k += symbol >> 4;
          }
          writer.copy(reader, from, reader.position);
        }
      }
      for (const { writer } of parts) writer.align();
      left -= count;
      if (left === 0) break;
      const marker = MARKER.RST0 + (restart & 7);
      while (stream[end + 1] === 0xff) end++;
      if (stream[end + 1] !== marker) throw new DecodeError(`the JPEG stream has no restart marker at byte ${end}`);
      for (const { writer } of parts) writer.append(Uint8Array.of(0xff, marker));
      end += 2;
    }
    return end;
  }
}

/** The frame header of a stream of one component. */
function frameHeader({ bytes }: Segment, { id, quantTable }: Component): Uint8Array {
  const header = bytes.slice(0, 13);
  header.set([0, 11], 2);
  header.set([1, id, 0x11, quantTable], 9);
  return header;
}

/** T.81, B.2.3. */
function scanComponents({ bytes }: Segment, components: readonly Component[]): ScanComponent[] {
  const count = bytes[4] ?? 0;
  if (count === 0 || bytes.length !== 8 + 2 * count) throw new DecodeError('a JPEG scan header is damaged');
  return Array.from({ length: count }, (_, place) => {
    const [id, slots] = bytes.subarray(5 + 2 * place);
    const index = components.findIndex((component) => component.id === id);
    if (index < 0) throw new DecodeError(`a JPEG scan holds an unknown component, ${id}`);
    return { index, dcSlot: slots >> 4, acSlot: AC + (slots & 15) };
  });
}

/** Where entropy-coded data ends: at a marker, or with the stream. */
function dataEnd(stream: Uint8Array, from: number): number {
  let at = stream.indexOf(0xff, from);
  while (at >= 0 && stream[at + 1] === 0) at = stream.indexOf(0xff, at + 2);
  return at < 0 ? stream.length : at;
}
