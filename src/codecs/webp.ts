import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Codec, DecodeError, type Decoder, type EncodedImage, UndecodableError } from './codec.js';
import { Engine, type Factory, type MayGrow, startEmscripten } from './image/engine.js';
import { checkedBytes, type StreamSize } from './image/size.js';

const MODULE = '@jsquash/webp/codec/dec/webp_dec';
/** libwebp's bound of a side (WEBP_MAX_DIMENSION). */
const MOST_PIXELS = 16383;
const RGBA = 4;
const ONE_PIXEL = Buffer.from('UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=', 'base64');

/** The emscripten module inside @jsquash/webp 1.5.0: libwebp 1.1.0. */
interface LibWebp {
  /** RGBA, alpha not multiplied in; null where the stream is damaged. */
  readonly decode: (stream: Uint8Array) => { readonly data: Uint8ClampedArray } | null;
}

interface LoadedEngine {
  readonly factory: Factory;
  readonly code: WebAssembly.Module;
}

let loading: Promise<LoadedEngine> | undefined;

async function load(): Promise<LoadedEngine> {
  const path = createRequire(import.meta.url).resolve(`${MODULE}.wasm`);
  const code = new WebAssembly.Module(await readFile(path));
  const { default: factory } = (await import(`${MODULE}.js`)) as { default: Factory };
  return { factory, code };
}

/**
 * The module looks for a browser's ImageData when it first decodes, and before that makes one for all to see where
 * there is none. So it decodes at once, and its ImageData is taken away again.
 */
function start({ factory, code }: LoadedEngine, mayGrow: MayGrow): LibWebp {
  const had = 'ImageData' in globalThis;
  const module = startEmscripten(factory, code, mayGrow) as LibWebp;
  const image = module.decode(ONE_PIXEL);
  if (!had) Reflect.deleteProperty(globalThis, 'ImageData');
  if (image?.data.length !== RGBA) throw new Error('the WebP decoder does not decode');
  return module;
}

/**
 * The size in a stream's header (RFC 9649, sections 2.5 to 2.7).
 * @throws DecodeError where the bytes are no WebP stream
 */
function sizeOf(stream: Uint8Array): StreamSize {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const chunk = bytes.toString('latin1', 0, 4) === 'RIFF' ? bytes.toString('latin1', 8, 16) : '';
  if (chunk === 'WEBPVP8L' && bytes.length >= 25) {
    const sides = bytes.readUInt32LE(21);
    return { width: (sides & 0x3fff) + 1, height: ((sides >> 14) & 0x3fff) + 1 };
  }
  if (chunk === 'WEBPVP8 ' && bytes.length >= 30) {
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  }
  if (chunk === 'WEBPVP8X' && bytes.length >= 30) {
    return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  }
  throw new DecodeError('the bytes are no WebP stream');
}

/** @throws UndecodableError */
function checkSamples({ bands, bits }: EncodedImage): void {
  if ((bands !== 3 && bands !== RGBA) || bits !== 8) {
    throw new UndecodableError(`WebP holds 3 or 4 samples a pixel of 8 bits, wanted ${bands} of ${bits}`);
  }
}

async function openDecoder(image: EncodedImage): Promise<Decoder> {
  loading ??= load();
  const loaded = await loading;
  const engine = new Engine((mayGrow) => start(loaded, mayGrow));
  const { width, bands } = image;

  return (encoded, raw) => {
    checkSamples(image);
    const rawBytes = checkedBytes('WebP', sizeOf(encoded), { width, rowBytes: width * bands, rawBytes: raw.length });
    const rgba = engine.run('WebP', encoded.length + (rawBytes / bands) * RGBA, ({ decode }) => decode(encoded))?.data;
    if (rgba?.length !== (rawBytes / bands) * RGBA) throw new DecodeError('the WebP stream is damaged');
    if (bands === RGBA) raw.set(rgba.subarray(0, raw.length));
    else {
      for (let from = 0, to = 0; to < raw.length; from += RGBA, to += 3) {
        raw[to] = rgba[from];
        raw[to + 1] = rgba[from + 1];
        raw[to + 2] = rgba[from + 2];
      }
    }
    return raw.length;
  };
}

/** WebP, with and without loss, by libwebp in WebAssembly: the samples that GDAL reads. */
export default {
  name: 'webp',
  tags: [50001],
  takesPredictor: false,
  // The largest image there is, of one colour: its pixels take no bits.
  maxRatio: MOST_PIXELS * MOST_PIXELS * RGBA,
  inspect: checkSamples,
  openDecoder,
} satisfies Codec;
