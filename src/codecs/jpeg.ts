import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Codec, DecodeError, type Decoder, type EncodedImage, UndecodableError } from './codec.js';
import { Engine, type Factory, startEmscripten } from './image/engine.js';
import { checkedBytes } from './image/size.js';
import { type Header, headerOf, MARKER, type Segment, tablesOf } from './jpeg/segments.js';
import { refuseUnsplit, Splitter } from './jpeg/split.js';

const PACKAGE = '@cornerstonejs/codec-libjpeg-turbo-8bit';
const YCBCR = 6;
/** As in libtiff: each scan goes over the whole image, however few bytes it has. */
const MOST_SCANS = 100;
/** How many pixels may have one sample of chroma in common: TurboJPEG knows 4 x 1, 2 x 2 and less, not 4 x 2. */
const MOST_SHARING = 4;

/** The emscripten module inside the package, 1.2.8: TurboJPEG over libjpeg-turbo 3. */
interface TurboJpeg {
  readonly JPEGDecoder: new () => TurboDecoder;
}

/** Throws a number, the address of a C++ exception, for damage and for what libjpeg warns of. */
interface TurboDecoder {
  /** Room in the module's memory, good until the next call. */
  readonly getEncodedBuffer: (bytes: number) => Uint8Array;
  readonly decode: () => void;
  /** A copy: one sample a pixel, or three of RGB. */
  readonly getDecodedBuffer: () => Uint8ClampedArray;
}

interface LoadedEngine {
  readonly factory: Factory;
  readonly code: WebAssembly.Module;
}

let loading: Promise<LoadedEngine> | undefined;

async function load(): Promise<LoadedEngine> {
  const require = createRequire(import.meta.url);
  const factory = require(`${PACKAGE}/decodewasmjs`) as Factory;
  return { factory, code: new WebAssembly.Module(await readFile(require.resolve(`${PACKAGE}/decodewasm`))) };
}

/**
 * Adobe's marker (T.872, 6.5.3): libjpeg takes the colours of three components from it, and would guess without.
 * libtiff goes by the photometric interpretation alone.
 */
const adobe = (isYcbcr: boolean): Uint8Array =>
  Uint8Array.of(0xff, MARKER.APP14, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, isYcbcr ? 1 : 0);

/** @throws UndecodableError; DecodeError where the stream's components are not the block's */
function checkKind({ frame }: Header, { bits, bands, photometric }: EncodedImage): void {
  const { precision, components } = frame;
  if (precision !== 8 || bits !== 8) {
    throw new UndecodableError(`the JPEG stream has samples of ${precision} bits for ${bits}-bit ones, only 8 bits are decoded`);
  }
  if (components.length !== bands) throw new DecodeError(`the JPEG stream has ${components.length} components for ${bands} samples`);
  if (photometric === YCBCR && bands !== 3) {
    throw new UndecodableError(`the JPEG stream has YCbCr colours in ${components.length} components, only 3 together are decoded`);
  }
  const [{ sampling }] = components;
  const [across, down] = [sampling >> 4, sampling & 15];
  if (bands === 3 && across * down > MOST_SHARING) {
    throw new UndecodableError(`${across} x ${down} pixels of the JPEG stream share their colour, ${MOST_SHARING} at most are decoded`);
  }
  if (bands !== 1 && bands !== 3) refuseUnsplit(frame);
}

function checkScans(scans: Uint8Array): void {
  const bytes = Buffer.from(scans.buffer, scans.byteOffset, scans.length);
  let count = 0;
  for (let at = bytes.indexOf('ffda', 'hex'); at >= 0; at = bytes.indexOf('ffda', at + 2, 'hex')) count++;
  if (count > MOST_SCANS) throw new DecodeError(`the JPEG stream has ${count} scans, ${MOST_SCANS} at most are decoded`);
}

/** Decodes one stream, of one or three components, given in parts. */
function decodeParts(engine: Engine<TurboDecoder>, parts: readonly Uint8Array[], rawBytes: number): Uint8ClampedArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const samples = engine.run('JPEG', length + rawBytes, (decoder) => {
    const room = decoder.getEncodedBuffer(length);
    let at = 0;
    for (const part of parts) {
      room.set(part, at);
      at += part.length;
    }
    decoder.decode();
    return decoder.getDecodedBuffer();
  });
  if (samples.length !== rawBytes) throw new DecodeError(`the JPEG stream holds ${samples.length} bytes, wanted ${rawBytes}`);
  return samples;
}

async function openDecoder(image: EncodedImage): Promise<Decoder> {
  loading ??= load();
  const { factory, code } = await loading;
  const engine = new Engine((mayGrow) => new (startEmscripten(factory, code, mayGrow) as TurboJpeg).JPEGDecoder());
  const splitter = new Splitter();
  const { width, bands, photometric, jpegTables } = image;
  const rowBytes = width * bands;
  const first = Uint8Array.of(0xff, MARKER.SOI, ...(bands === 3 ? adobe(photometric === YCBCR) : []));
  const last = Uint8Array.of(0xff, MARKER.EOI);

  return (encoded, raw) => {
    const header = headerOf(encoded);
    checkKind(header, image);
    const rawBytes = checkedBytes('JPEG', header.frame, { width, rowBytes, rawBytes: raw.length });
    const scans = encoded.subarray(header.scansAt);
    checkScans(scans);
    const tables: Segment[] = jpegTables === null ? [] : tablesOf(jpegTables);

    if (bands === 1 || bands === 3) {
      const segments = [...tables, ...header.segments].map(({ bytes }) => bytes);
      // The end twice is no harm; libtiff too reads streams without.
      const samples = decodeParts(engine, [first, ...segments, scans, last], rawBytes);
      raw.set(samples.subarray(0, raw.length));
      return raw.length;
    }
    // TurboJPEG converts four components to no RGB, and knows nothing of two.
    splitter.split(encoded, header, tables).forEach((stream, band) => {
      const samples = decodeParts(engine, [stream], rawBytes / bands);
      for (let from = 0, to = band; to < raw.length; from++, to += bands) raw[to] = samples[from];
    });
    return raw.length;
  };
}

/**
 * JPEG (TIFF Technical Note 2), by libjpeg-turbo in WebAssembly: the samples that GDAL reads. YCbCr becomes RGB,
 * other colours stay as they are stored.
 */
export default {
  name: 'jpeg',
  tags: [7],
  takesPredictor: false,
  // A block of a component takes a bit at least, in the first scan of a progressive stream; and where four pixels
  // share their colour, six blocks stand for 256 pixels of three samples.
  maxRatio: 1024,
  inspect: (image, start) => checkKind(headerOf(start), image),
  openDecoder,
} satisfies Codec;
