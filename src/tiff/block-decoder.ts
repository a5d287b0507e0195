import { DecodeError, type Decoder, UndecodableError } from '../codecs/codec.js';
import { FormatError, UnsupportedError } from '../errors.js';
import { HEAP, type Scratch, type Scratches } from '../kernels/scratch.js';
import { type DType, DTYPES, isPacked64, type Samples } from '../raster/dtype.js';
import { comparableNodata, type Nodata } from '../raster/nodata.js';
import type { Size } from '../raster/window.js';
import { bandsPerBlock, type BlockLayout } from './block-layout.js';
import { undoPredictor } from './predictor.js';
import { isStoredAs, storedRowBytes } from './sample-type.js';
import { findRounded, unpackSamples } from './unpack.js';

/** Whether the bytes of blocks are their samples. */
export function isPlain({ codec, predictor, byteOrder, sample, reversedBits }: BlockLayout, dtype: DType): boolean {
  const isOrdered = (byteOrder === 'little' || sample.bits === 8) && !reversedBits;
  return codec === 'none' && predictor === 1 && isOrdered && isStoredAs(sample, dtype);
}

/** A sample is none that a double can be. No other program makes another file of it. */
export class RoundedError extends UnsupportedError {}

/**
 * Turns the bytes of one block into samples in the machine's byte order, predictor undone. Lives in one worker; the
 * samples it returns are good until the next call.
 */
export class BlockDecoder {
  readonly #layout: BlockLayout;
  readonly #dtype: DType;
  readonly #nodata: number;
  readonly #isExact: boolean;
  readonly #bands: number;
  readonly #decode: Decoder;
  readonly #maxRatio: number;
  readonly #raw: Scratch;
  readonly #unpacked: Scratch;

  /**
   * @param profile with `isExact` 64-bit integers are refused that a double would round, but for the nodata value
   * @param scratches where samples are put; any code's memory by default
   */
  constructor(
    layout: BlockLayout,
    { dtype, bands, nodata = null, isExact = false }: { readonly dtype: DType; readonly bands: number; readonly nodata?: Nodata; readonly isExact?: boolean },
    codec: { readonly decode: Decoder; readonly maxRatio: number },
    scratches: Scratches = HEAP,
  ) {
    this.#raw = scratches.open();
    this.#unpacked = scratches.open();
    this.#layout = layout;
    this.#dtype = dtype;
    this.#nodata = comparableNodata(dtype, nodata);
    this.#isExact = isExact;
    this.#bands = bandsPerBlock(layout, bands);
    this.#decode = codec.decode;
    this.#maxRatio = codec.maxRatio;
  }

  /**
   * @param encoded the block's bytes, left as they are
   * @param size the pixels that it holds
   * @throws FormatError where the bytes do not make as many samples, UnsupportedError where they are not decoded, RoundedError; the caller adds which block it is
   */
  decode(encoded: Uint8Array, size: Size): Samples {
    const { over, bytes } = DTYPES[this.#dtype];
    const { sample } = this.#layout;
    const rowSamples = size.width * this.#bands;
    const length = size.height * rowSamples;
    const rawBytes = size.height * storedRowBytes(sample, rowSamples);
    if (isPlain(this.#layout, this.#dtype) && encoded.length === rawBytes && encoded.byteOffset % bytes === 0) {
      const held = this.#raw.hold(encoded);
      return over(held.buffer, held.byteOffset, length);
    }
    const raw = this.decodeStored(encoded, size);
    if (isStoredAs(sample, this.#dtype)) return over(raw.buffer, raw.byteOffset, length);
    const unpacked = this.#unpacked.take(length * bytes);
    const samples = over(unpacked.buffer, unpacked.byteOffset, length);
    unpackSamples(raw, sample, rowSamples, samples);
    const rounded = this.#isExact && isPacked64(this.#dtype) ? findRounded(raw, this.#dtype, samples, this.#nodata) : undefined;
    if (rounded !== undefined) throw new RoundedError(`it holds ${rounded}, which would be rounded: 64-bit integers are worked on as float64, exact up to 2^53`);
    return samples;
  }

  /** As `decode`, but gives the block's bytes with samples packed as they are stored, in little-endian order. */
  decodeStored(encoded: Uint8Array, { width, height }: Size): Uint8Array {
    const { predictor, byteOrder, sample } = this.#layout;
    const rowSamples = width * this.#bands;
    const rawBytes = height * storedRowBytes(sample, rowSamples);
    if (encoded.length * this.#maxRatio < rawBytes) {
      throw new FormatError(`${encoded.length} bytes of ${this.#layout.codec} cannot hold the ${rawBytes} bytes of its pixels`);
    }
    const raw = this.#raw.take(rawBytes);
    const count = this.#inflate(this.#layout.reversedBits ? reverseBits(encoded) : encoded, raw);
    if (count !== rawBytes) throw new FormatError(`${rawBytes} bytes of pixels wanted, its ${this.#layout.codec} bytes hold ${count}`);
    // Predictor 3 orders bytes itself; the other two work on samples in the file's byte order.
    if (byteOrder === 'big' && predictor !== 3) swapSamples(raw, sample.bits);
    undoPredictor(raw, { predictor, bytes: sample.bits / 8, bands: this.#bands, rowSamples });
    return raw;
  }

  #inflate(encoded: Uint8Array, raw: Uint8Array): number {
    try {
      return this.#decode(encoded, raw);
    } catch (cause) {
      if (cause instanceof UndecodableError) throw new UnsupportedError(cause.message, { cause });
      if (cause instanceof DecodeError) throw new FormatError(`damaged ${this.#layout.codec} bytes: ${cause.message}`, { cause });
      throw cause;
    }
  }
}

function reverseBits(bytes: Uint8Array): Uint8Array {
  const reversed = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i];
    byte = ((byte & 0x55) << 1) | ((byte >> 1) & 0x55);
    byte = ((byte & 0x33) << 2) | ((byte >> 2) & 0x33);
    reversed[i] = (byte << 4) | (byte >> 4);
  }
  return reversed;
}

/** Turns samples of whole bytes round; others are packed in one order always. */
function swapSamples(raw: Uint8Array, bits: number): void {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (bits === 16) buffer.swap16();
  else if (bits === 32) buffer.swap32();
  else if (bits === 64) buffer.swap64();
  else if (bits === 24) for (let i = 0; i < raw.length; i += 3) raw.subarray(i, i + 3).reverse();
}
