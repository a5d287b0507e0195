import { packed } from './streams.js';

/** Writers of image streams that share nothing with src/codecs: the samples they hold are known to the last bit. */

const marker = (code: number, body: readonly number[]): Buffer =>
  Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]);

const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);

/** What a JPEG stream is made of; blocks of one value each. */
export interface FlatJpeg {
  readonly width: number;
  readonly height: number;
  /** Blocks across and down in a unit, of each component. */
  readonly sampling: readonly (readonly [across: number, down: number])[];
  /** A block's value, 0 to 255, by its component and place. */
  readonly value: (component: number, column: number, row: number) => number;
  /** One scan of all components, or one scan each. */
  readonly interleaved?: boolean;
  /** Units between restart markers. */
  readonly restart?: number;
  readonly frame?: number;
  readonly precision?: number;
  /** Segments put behind the start. */
  readonly application?: readonly Uint8Array[];
}

/** Adobe's marker, which names the colours of the components. */
export const adobeMarker = (transform: number): Uint8Array =>
  marker(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);

/**
 * Steps of 8, so that a difference of 1 in a DC coefficient is one of 1 in all 64 samples. Twelve codes of 4 bits for
 * the size of a DC difference, each its own number, and one of 1 bit that ends the block.
 */
const TABLES = [
  marker(0xdb, [0, ...new Array<number>(64).fill(8)]),
  marker(0xc4, [0x00, 0, 0, 0, 12, ...new Array<number>(12).fill(0), ...Array.from({ length: 12 }, (_, size) => size)]),
  marker(0xc4, [0x10, 1, ...new Array<number>(15).fill(0), 0]),
];

/** Quantization and Huffman tables alone, as in the tag JPEGTables. */
export const FLAT_TABLES: Uint8Array = Buffer.concat([SOI, ...TABLES, EOI]);

/** Entropy-coded data: a zero byte follows each 0xff. */
const stuffed = (bytes: Uint8Array): Buffer => Buffer.from([...bytes].flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));

function scan(jpeg: FlatJpeg, components: readonly number[]): Buffer {
  const { width, height, sampling, value, restart = 0 } = jpeg;
  const isSingle = components.length === 1;
  const most = (axis: 0 | 1): number => (isSingle ? 1 : Math.max(...sampling.map((factors) => factors[axis])));
  const across = Math.ceil(width / (8 * most(0)));
  const units = across * Math.ceil(height / (8 * most(1)));
  const parts: Buffer[] = [marker(0xda, [components.length, ...components.flatMap((component) => [component + 1, 0]), 0, 63, 0])];
  let last: number[] = [];
  let bits: [number, number][] = [];
  for (let unit = 0; unit < units; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      parts.push(stuffed(packed(bits, false)), Buffer.from([0xff, 0xd0 + ((unit / restart - 1) & 7)]));
      bits = [];
      last = [];
    }
    for (const component of components) {
      const [h, v] = isSingle ? [1, 1] : sampling[component];
      for (let block = 0; block < h * v; block++) {
        const column = (unit % across) * h + (block % h);
        const row = Math.floor(unit / across) * v + Math.floor(block / h);
        const level = value(component, column, row) - 128;
        const difference = level - (last[component] ?? 0);
        last[component] = level;
        const size = 32 - Math.clz32(Math.abs(difference));
        bits.push([size, 4], [difference < 0 ? difference + (1 << size) - 1 : difference, size], [0, 1]);
      }
    }
  }
  parts.push(stuffed(packed(bits, false)));
  return Buffer.concat(parts);
}

/** @param withTables whether the stream holds its tables itself */
export function flatJpeg(jpeg: FlatJpeg, withTables = true): Buffer {
  const { width, height, sampling, interleaved = true, restart = 0, frame = 0xc0, precision = 8, application = [] } = jpeg;
  const components = sampling.map((_, component) => component);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const described = sampling.flatMap(([h, v], component) => [component + 1, (h << 4) | v, 0]);
  return Buffer.concat([
    SOI,
    ...application,
    ...(withTables ? TABLES : []),
    marker(frame, [precision, ...size, sampling.length, ...described]),
    ...(restart > 0 ? [marker(0xdd, [restart >> 8, restart & 255])] : []),
    ...(interleaved ? [scan(jpeg, components)] : components.map((component) => scan(jpeg, [component]))),
    EOI,
  ]);
}

/** liblerc's numbers of sample types. */
const LERC_TYPES = ['Int8Array', 'Uint8Array', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array'];

export type LercSamples = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** Fletcher's checksum over pairs of bytes, as liblerc has it. */
function fletcher32(bytes: Uint8Array): number {
  let sum = 0;
  let sums = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum = (sum + (bytes[at] << 8) + (bytes[at + 1] ?? 0)) % 65535;
    sums = (sums + sum) % 65535;
  }
  // liblerc starts from 65535 and never reduces a sum to 0.
  return (((sums || 65535) << 16) | (sum || 65535)) >>> 0;
}

/** Puts in the checksum of a stream, for damage that comes through to the decoder. */
export function withChecksum(stream: Uint8Array): Uint8Array {
  const copy = Buffer.from(stream);
  copy.writeUInt32LE(fletcher32(copy.subarray(14)), 10);
  return copy;
}

/**
 * A LERC stream of version 2.4 of one band, its samples not compressed.
 * @param samples pixel by pixel, `depth` of each
 * @param valid one a pixel; left out: all are valid
 */
export function plainLerc(samples: LercSamples, width: number, depth: number, valid?: readonly boolean[]): Uint8Array {
  const pixels = samples.length / depth;
  const kept = samples.filter((_, at) => valid?.[Math.floor(at / depth)] ?? true) as LercSamples;
  const bits = valid && Uint8Array.from({ length: Math.ceil(pixels / 8) }, (_, byte) =>
    [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bit) => sum | (valid[byte * 8 + bit] ? 128 >> bit : 0), 0));
  const mask = Buffer.alloc(bits === undefined ? 4 : 8 + bits.length);
  if (bits !== undefined) {
    // One run of bytes as they are, and the end.
    mask.writeInt32LE(bits.length + 4, 0);
    mask.writeInt16LE(bits.length, 4);
    mask.set(bits, 6);
    mask.writeInt16LE(-32768, 6 + bits.length);
  }
  const raw = (numbers: LercSamples): Buffer => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const of = (numbers: readonly number[]): Buffer => raw(new (samples.constructor as new (numbers: readonly number[]) => LercSamples)(numbers));
  const bands = Array.from({ length: depth }, (_, band) => [...kept].filter((_, at) => at % depth === band));
  const least = bands.map((band) => Math.min(...band));
  const most = bands.map((band) => Math.max(...band));
  const body = Buffer.concat([mask, of(least), of(most), Buffer.from([1]), raw(kept)]);
  const header = Buffer.alloc(66);
  header.write('Lerc2 ', 'latin1');
  const numbers = [4, 0, pixels / width, width, depth, kept.length / depth, 8, 66 + body.length];
  [...numbers, LERC_TYPES.indexOf(samples.constructor.name)].forEach((number, at) => header.writeInt32LE(number, 6 + at * 4));
  [0, Math.min(...least), Math.max(...most)].forEach((number, at) => header.writeDoubleLE(number, 42 + at * 8));
  return withChecksum(Buffer.concat([header, body]));
}
