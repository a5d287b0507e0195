/**
 * A codec turns the bytes of one block into fewer and back. It knows nothing of pixels: predictor, byte order and
 * padding are the TIFF layer's. One file a codec in this folder, found by the folder's listing.
 */
export interface Codec {
  /** GDAL's word for it, lower case: the COMPRESS creation option. */
  readonly name: string;
  /** The values of the TIFF Compression tag that mean this codec; the first one is written. */
  readonly tags: readonly [number, ...number[]];
  /** Whether a predictor goes with this codec, as in libtiff: NONE and PACKBITS take none. */
  readonly takesPredictor: boolean;
  /**
   * The most bytes that one encoded byte can stand for, counted over a whole block. A block that promises more is
   * damaged or a bomb; it is refused before its memory is taken.
   */
  readonly maxRatio: number;
  /**
   * Looks at what the image is and how one of its blocks begins, so that what is not decoded is known before work begins.
   * Absent for a codec that decodes all there is. Takes no engine. The bytes may be cut short anywhere.
   * @throws UndecodableError; DecodeError where the bytes are damaged, or cut too short to tell
   */
  readonly inspect?: (image: EncodedImage, start: Uint8Array) => void;
  /** Loads what decoding needs. Called once a thread. */
  readonly openDecoder: (image: EncodedImage) => Decoder | Promise<Decoder>;
  /** Absent for a codec that is only read. */
  readonly encoding?: Encoding;
}

/** What a codec of images, JPEG say, must know of the blocks it decodes; codecs of plain bytes need none of it. */
export interface EncodedImage {
  /** A block's columns and samples a pixel; `raw` holds whole rows of them. */
  readonly width: number;
  readonly bands: number;
  /** Bits of a stored sample, and whether it is an unsigned or signed integer or a float. */
  readonly bits: number;
  readonly kind: 'uint' | 'int' | 'float';
  /** The TIFF tags that some codecs lean on: photometric interpretation, JPEGTables (347), LercParameters (50674). */
  readonly photometric: number;
  readonly jpegTables: Uint8Array | null;
  readonly lercParameters: readonly number[] | null;
}

export interface Encoding {
  /** The creation option that sets the effort (`ZLEVEL`), with its bounds; absent where there is none to set. */
  readonly level?: { readonly option: string; readonly min: number; readonly max: number; readonly standard: number };
  /** Never fewer bytes than an encoder can write for `rawBytes` bytes in rows of `rowBytes`. */
  readonly bound: (rawBytes: number, rowBytes: number) => number;
  /** Loads what encoding needs. Called once a thread. `level` is inside the bounds of `level` above. */
  readonly openEncoder: (level: number) => Encoder | Promise<Encoder>;
}

/**
 * Decodes one block into `raw` and returns how many bytes it wrote. Synchronous, in the pool. Stops when `raw` is
 * full: what the block holds beyond that is padding. `encoded` is left as it was; `raw` beyond the count is undefined.
 * @throws DecodeError where the stream is damaged
 */
export type Decoder = (encoded: Uint8Array, raw: Uint8Array) => number;

/**
 * Encodes `raw`, whole rows of `rowBytes` bytes, into `encoded`, at least `bound(raw.length, rowBytes)` bytes, and
 * returns how many it wrote. Synchronous, in the pool. `raw` is left as it was. Same bytes in, same bytes out, whatever
 * was encoded before.
 */
export type Encoder = (raw: Uint8Array, encoded: Uint8Array, rowBytes: number) => number;

/** A block's bytes are no stream of the codec. The TIFF layer adds which file and block. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError';
}

/** A block's bytes are a stream of a kind that is not decoded. They may well be sound. */
export class UndecodableError extends DecodeError {
  override readonly name = 'UndecodableError';
}
