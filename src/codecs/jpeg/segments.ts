import { DecodeError, UndecodableError } from '../codec.js';

/** Markers of ITU-T T.81, table B.1; each stands behind a byte of 0xff. */
export const MARKER = {
  SOF0: 0xc0,
  SOF2: 0xc2,
  DHT: 0xc4,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DRI: 0xdd,
  APP14: 0xee,
} as const;

const TEM = 0x01;
/** Of a frame that no TIFF holds: lossless, hierarchical, arithmetic; DHT, JPG and DAC lie between them. */
const OTHER_FRAMES = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/** A marker and what belongs to it. */
export interface Segment {
  readonly marker: number;
  /** From the 0xff on to the end of the parameters. */
  readonly bytes: Uint8Array;
  /** Where the next segment, or a scan's data, begins. */
  readonly end: number;
}

/** The frame header: what the stream is of. */
export interface Frame {
  readonly marker: number;
  /** Bits of a sample. */
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

export interface Component {
  readonly id: number;
  /** Blocks across and down in one unit of an interleaved scan, 4 bits each. */
  readonly sampling: number;
  readonly quantTable: number;
}

/** A stream up to its first scan. */
export interface Header {
  readonly frame: Frame;
  /** Tables, restart interval and frame header, in the stream's order. */
  readonly segments: readonly Segment[];
  /** Where the first scan's header begins. */
  readonly scansAt: number;
}

/**
 * The segment that begins at `at`; fill bytes before it are skipped. Nothing is read beyond the stream's end.
 * @throws DecodeError where there is none
 */
export function segmentAt(stream: Uint8Array, at: number): Segment {
  if (stream[at] !== 0xff) throw new DecodeError(`the JPEG stream has no marker at byte ${at}`);
  while (stream[at + 1] === 0xff) at++;
  const marker = stream[at + 1] ?? 0;
  const isAlone = (marker >= MARKER.RST0 && marker <= MARKER.EOI) || marker === TEM;
  const length = isAlone ? 0 : (stream[at + 2] << 8) | stream[at + 3];
  const end = at + 2 + length;
  if (marker === 0 || end > stream.length || (!isAlone && length < 2)) {
    throw new DecodeError(`the JPEG stream is cut short or damaged at byte ${at}`);
  }
  return { marker, bytes: stream.subarray(at, end), end };
}

/** The quantization and Huffman tables of the tag JPEGTables: a stream without an image. */
export function tablesOf(jpegTables: Uint8Array): Segment[] {
  const tables: Segment[] = [];
  let segment = start(jpegTables);
  while (segment.marker !== MARKER.EOI) {
    if (segment.marker === MARKER.DQT || segment.marker === MARKER.DHT) tables.push(segment);
    if (segment.end === jpegTables.length) break;
    segment = segmentAt(jpegTables, segment.end);
  }
  return tables;
}

/**
 * Reads a stream up to its first scan. Application data and comments are left out.
 * @throws DecodeError where it is damaged or of a kind that is not decoded
 */
export function headerOf(stream: Uint8Array): Header {
  const segments: Segment[] = [];
  let frame: Frame | undefined;
  let segment = start(stream);
  while (segment.marker !== MARKER.SOS) {
    const { marker } = segment;
    if (OTHER_FRAMES.has(marker)) {
      throw new UndecodableError(`the JPEG stream is of kind SOF${marker - MARKER.SOF0}, only baseline and progressive ones are decoded`);
    }
    if (marker === MARKER.EOI || segment.end === stream.length) throw new DecodeError('the JPEG stream holds no image');
    if (marker >= MARKER.SOF0 && marker <= MARKER.SOF2) {
      if (frame !== undefined) throw new DecodeError('the JPEG stream holds two frames');
      frame = frameOf(segment);
      segments.push(segment);
    } else if (marker === MARKER.DQT || marker === MARKER.DHT || marker === MARKER.DRI) segments.push(segment);
    segment = segmentAt(stream, segment.end);
  }
  if (frame === undefined) throw new DecodeError('the JPEG stream has a scan before its frame');
  return { frame, segments, scansAt: segment.end - segment.bytes.length };
}

function start(stream: Uint8Array): Segment {
  if (stream[0] !== 0xff || stream[1] !== MARKER.SOI) throw new DecodeError('the bytes are no JPEG stream');
  return segmentAt(stream, 0);
}

/** T.81, B.2.2. */
function frameOf({ marker, bytes }: Segment): Frame {
  const count = bytes[9] ?? 0;
  if (bytes.length < 10 + count * 3 || count === 0) throw new DecodeError('the JPEG frame header is damaged');
  const components = Array.from({ length: count }, (_, index) => {
    const [id, sampling, quantTable] = bytes.subarray(10 + index * 3);
    return { id, sampling, quantTable };
  });
  return {
    marker,
    precision: bytes[4],
    height: (bytes[5] << 8) | bytes[6],
    width: (bytes[7] << 8) | bytes[8],
    components,
  };
}
