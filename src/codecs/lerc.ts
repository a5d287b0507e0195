import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Codec, DecodeError, type Decoder, type EncodedImage, UndecodableError } from './codec.js';
import deflate from './deflate.js';
import { Engine } from './image/engine.js';
import { checkedBytes } from './image/size.js';
import { LercEngine, type LercInfo, type LercPixels } from './lerc/engine.js';
import zstd from './zstd.js';

const MAGIC = Buffer.from('Lerc2 ');

/** liblerc's sample types (Lerc_types.h). */
const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64'];

/** What the second value of the tag LercParameters says stands on top of LERC. */
const PACKINGS: Readonly<Record<number, Codec>> = { 1: deflate, 2: zstd };

let compiling: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('lerc/lerc-wasm.wasm');
  return new WebAssembly.Module(await readFile(path));
}

/** Opens what gives the LERC stream of a block; a stream is good until the next call. */
async function openUnpacker(image: EncodedImage): Promise<(encoded: Uint8Array, rawBytes: number) => Uint8Array> {
  const packing = image.lercParameters?.[1] ?? 0;
  if (packing === 0) return (encoded) => encoded;
  const codec = PACKINGS[packing] as Codec | undefined;
  // Blocks of such an image are refused before they are unpacked.
  if (codec === undefined) return (encoded) => encoded;
  const decode = await codec.openDecoder(image);
  let room = new Uint8Array(0);
  return (encoded, rawBytes) => {
    // As much as libtiff takes (tif_lerc.c, SetupBuffers).
    const most = 256 + rawBytes + Math.ceil(rawBytes / 3);
    if (room.length < most) room = new Uint8Array(most);
    return room.subarray(0, decode(encoded, room.subarray(0, most)));
  };
}

/** Of 8-bit samples with alpha, the alpha is the mask where all of it is 0 or 255 (tif_lerc.c, LERCPostEncode). */
const hasMaskForAlpha = ({ depth }: LercInfo, { bands, bits, kind }: EncodedImage): boolean =>
  kind === 'uint' && bits === 8 && depth === bands - 1;

/** @throws UndecodableError */
function checkKind({ kind, bits, lercParameters }: EncodedImage): void {
  if (!TYPES.includes(`${kind}${bits}`)) throw new UndecodableError(`LERC holds no ${bits}-bit ${kind} samples`);
  const packing = lercParameters?.[1] ?? 0;
  if (packing !== 0 && !(packing in PACKINGS)) throw new UndecodableError(`what stands on top of LERC is unknown, ${packing}`);
}

/** @throws DecodeError where the stream's samples are not the block's */
function checkSamples(info: LercInfo, image: EncodedImage): void {
  const type = `${image.kind}${image.bits}`;
  const isPixels = info.bands === 1 && (info.depth === image.bands || hasMaskForAlpha(info, image));
  const isPlanes = image.kind === 'float' && info.bands === image.bands && info.depth === 1;
  if (TYPES[info.type] !== type || !(isPixels || isPlanes)) {
    throw new DecodeError(
      `the LERC stream holds ${info.bands} bands of ${info.depth} ${TYPES[info.type] ?? 'unknown'} samples a pixel, ` +
        `wanted ${image.bands} ${type} samples`,
    );
  }
  if (info.masks > 0 && image.kind !== 'float' && !hasMaskForAlpha(info, image)) {
    throw new DecodeError('the LERC stream marks pixels as invalid, which integer samples cannot tell');
  }
}

/** Puts pixels in their places: samples side by side, an invalid one NaN, a mask for alpha as 0 and 255. */
function place({ samples, valid }: LercPixels, info: LercInfo, image: EncodedImage, raw: Uint8Array): void {
  const sampleBytes = image.bits / 8;
  const pixelBytes = image.bands * sampleBytes;
  const pixels = info.width * info.height;
  if (info.depth === image.bands) raw.set(samples.subarray(0, raw.length));
  else {
    // Planes, or pixels without their alpha.
    const planes = info.bands > 1 ? info.bands : info.depth;
    const [planeStep, pixelStep] = info.bands > 1 ? [pixels * sampleBytes, sampleBytes] : [1, info.depth];
    for (let plane = 0; plane < planes; plane++) {
      let from = plane * planeStep;
      for (let to = plane * sampleBytes; to < raw.length; to += pixelBytes, from += pixelStep) {
        for (let byte = 0; byte < sampleBytes; byte++) raw[to + byte] = samples[from + byte];
      }
    }
  }
  if (hasMaskForAlpha(info, image)) {
    for (let pixel = 0, to = info.depth; to < raw.length; pixel++, to += pixelBytes) {
      raw[to] = info.masks === 0 || valid[pixel] === 1 ? 255 : 0;
    }
  } else if (info.masks > 0) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    for (let band = 0; band < image.bands; band++) {
      let mask = info.masks === 1 ? 0 : band * pixels;
      for (let at = band * sampleBytes; at < raw.length; at += pixelBytes) {
        if (valid[mask++] === 1) continue;
        if (sampleBytes === 4) view.setFloat32(at, Number.NaN, true);
        else view.setFloat64(at, Number.NaN, true);
      }
    }
  }
}

async function openDecoder(image: EncodedImage): Promise<Decoder> {
  compiling ??= compile();
  const code = await compiling;
  const engine = new Engine((mayGrow) => new LercEngine(code, mayGrow));
  const unpack = await openUnpacker(image);
  const sampleBytes = image.bits / 8;
  const rowBytes = image.width * image.bands * sampleBytes;

  return (encoded, raw) => {
    checkKind(image);
    const stream = unpack(encoded, raw.length);
    // Streams of version 1, which no TIFF holds, would be decoded to be described.
    if (!MAGIC.equals(stream.subarray(0, MAGIC.length))) throw new DecodeError('the bytes are no LERC stream');
    const info = engine.run('LERC', stream.length, (lerc) => lerc.describe(stream));
    if (info === undefined) throw new DecodeError('the LERC stream is damaged');
    checkSamples(info, image);
    const rawBytes = checkedBytes('LERC', info, { width: image.width, rowBytes, rawBytes: raw.length });
    engine.run('LERC', stream.length + 2 * rawBytes, (lerc) => {
      const pixels = lerc.decode(stream, info, sampleBytes);
      if (pixels === undefined) throw new DecodeError('the LERC stream is damaged');
      place(pixels, info, image, raw);
    });
    return raw.length;
  };
}

/**
 * LERC (Esri's Limited Error Raster Compression, version 2), by liblerc in WebAssembly, with DEFLATE or Zstandard on
 * top: the samples that GDAL reads.
 */
export default {
  name: 'lerc',
  tags: [34887],
  takesPredictor: false,
  // A block of one value is a header, whatever its size.
  maxRatio: Infinity,
  inspect: checkKind,
  openDecoder,
} satisfies Codec;
