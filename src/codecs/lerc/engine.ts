import type { MayGrow } from '../image/engine.js';

const PAGE = 65536;
/** How many numbers of 4 bytes `describe` asks for. */
const INFO_LENGTH = 9;
const INFO_BYTES = INFO_LENGTH * 4;

/** What the headers of a LERC stream say of it. Samples of a pixel lie together, `depth` of them; bands follow each other. */
export interface LercInfo {
  /** liblerc's number of the sample type (Lerc_types.h). */
  readonly type: number;
  readonly depth: number;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  /** Masks of valid pixels: none where all are, one for all bands, or one for each. */
  readonly masks: number;
}

/** Samples in the machine's byte order, and the masks one after the other, 1 for a valid pixel and 0 for others. */
export interface LercPixels {
  readonly samples: Uint8Array;
  readonly valid: Uint8Array;
}

/**
 * What the module inside lerc 4.2.0 exports, liblerc 4.2, by the names its linker left. Pointers and sizes are bytes
 * of its memory; calls return 0 or an error code (Lerc_types.h).
 */
interface Exports {
  readonly d: WebAssembly.Memory;
  /** Runs constructors, once before anything else. */
  readonly e: () => void;
  /** lerc_getBlobInfo. */
  readonly f: (blob: number, bytes: number, info: number, ranges: number, infoLength: number, rangesLength: number) => number;
  /** lerc_decode_4D. */
  readonly h: (
    blob: number,
    bytes: number,
    masks: number,
    valid: number,
    depth: number,
    width: number,
    height: number,
    bands: number,
    type: number,
    samples: number,
    usesNodata: number,
    nodata: number,
  ) => number;
  /** malloc: 0 where the memory does not suffice. */
  readonly i: (bytes: number) => number;
  /** free. */
  readonly j: (pointer: number) => void;
}

/** liblerc in WebAssembly. What fails without an error code throws an Error of any kind, and leaves it unusable. */
export class LercEngine {
  readonly #exports: Exports;
  #room = 0;
  #roomBytes = 0;

  constructor(code: WebAssembly.Module, mayGrow: MayGrow) {
    const imports = {
      // What C++ throws, abort, and growing the memory to so many bytes.
      a: (exception: number) => {
        throw new Error(`liblerc threw exception ${exception}`);
      },
      b: () => {
        throw new Error('liblerc aborted');
      },
      c: (bytes: number) => (mayGrow(bytes >>> 0) && this.#grow(bytes >>> 0) ? 1 : 0),
    };
    this.#exports = new WebAssembly.Instance(code, { a: imports }).exports as Exports;
    this.#exports.e();
  }

  /** Reads the headers of a stream of version 2; undefined where they are damaged. Takes memory for the stream alone. */
  describe(stream: Uint8Array): LercInfo | undefined {
    const at = this.#take(INFO_BYTES + stream.length);
    this.#heap.set(stream, at + INFO_BYTES);
    if (this.#exports.f(at + INFO_BYTES, stream.length, at, 0, INFO_LENGTH, 0) !== 0) return undefined;
    const [, type, depth, width, height, bands, , , masks] = new Uint32Array(this.#exports.d.buffer, at, INFO_LENGTH);
    return { type, depth, width, height, bands, masks };
  }

  /**
   * @param sampleBytes of the stream's type
   * @returns undefined where the stream is damaged; else views that are good until the next call
   */
  decode(stream: Uint8Array, { type, depth, width, height, bands, masks }: LercInfo, sampleBytes: number): LercPixels | undefined {
    const validAt = width * height * depth * bands * sampleBytes;
    const streamAt = validAt + width * height * masks;
    const at = this.#take(streamAt + stream.length);
    this.#heap.set(stream, at + streamAt);
    const { h: decode } = this.#exports;
    const valid = masks === 0 ? 0 : at + validAt;
    const error = decode(at + streamAt, stream.length, masks, valid, depth, width, height, bands, type, at, 0, 0);
    if (error !== 0) return undefined;
    return { samples: this.#heap.subarray(at, at + validAt), valid: this.#heap.subarray(at + validAt, at + streamAt) };
  }

  /** Another view whenever an allocation made the memory grow. */
  get #heap(): Uint8Array {
    return new Uint8Array(this.#exports.d.buffer);
  }

  /** A place in the memory, kept between calls and only grown. */
  #take(bytes: number): number {
    if (bytes > this.#roomBytes) {
      this.#exports.j(this.#room);
      this.#room = this.#exports.i(bytes);
      this.#roomBytes = this.#room === 0 ? 0 : bytes;
      if (this.#room === 0) throw new RangeError(`liblerc: no memory for ${bytes} bytes`);
    }
    return this.#room;
  }

  #grow(bytes: number): boolean {
    const memory = this.#exports.d;
    try {
      memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
      return true;
    } catch {
      return false;
    }
  }
}
