import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ZstdKernel } from '../kernels/zstd.js';
import { type Codec, DecodeError, type Decoder, type Encoder } from './codec.js';

/** The most bytes that one block of a frame holds (RFC 8878, section 3.1.1.2.4). */
const BLOCK_BYTES = 128 * 1024;
const MAGIC = 0xfd2fb528;
const TOO_SMALL = 70;

/** zstd's own codes (zstd_errors.h), those that a damaged frame leads to. */
const ERRORS: Readonly<Record<number, string>> = {
  10: 'not a frame',
  14: 'unknown frame parameter',
  16: 'window too large',
  20: 'damaged block',
  22: 'wrong checksum',
  24: 'damaged literals',
  32: 'made with a dictionary',
  72: 'cut short, or not all of it is a frame',
};

/**
 * The emscripten module inside @bokuweb/zstd-wasm 0.0.27: zstd 1.5.6. Pointers and sizes are bytes of its memory, 2 GB
 * at most. It installs no handlers on the process.
 */
interface Engine {
  /** Its memory: another view whenever an allocation made it grow. */
  readonly HEAPU8: Uint8Array;
  readonly init: (wasm: Uint8Array) => void;
  /** 0 where the memory does not suffice. */
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
  readonly _ZSTD_isError: (result: number) => number;
  readonly _ZSTD_compress: (to: number, capacity: number, from: number, bytes: number, level: number) => number;
  readonly _ZSTD_decompress: (to: number, capacity: number, from: number, bytes: number) => number;
}

let loading: Promise<Engine> | undefined;

/**
 * Loads the engine, once a thread. The package's own decompress allocates what the frame's header says, whatever that
 * is, and a megabyte where it says nothing. The module behind it is hidden by the package's exports and so reached by
 * its path.
 */
async function load(): Promise<Engine> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@bokuweb/zstd-wasm'));
  const { Module, waitInitialized } = require(join(folder, 'module.js')) as {
    Module: Engine;
    waitInitialized: () => Promise<void>;
  };
  Module.init(await readFile(join(folder, 'zstd.wasm')));
  await waitInitialized();
  return Module;
}

/** A place in the engine's memory, kept between calls and only grown: gives its pointer, with room for `bytes`. */
function scratch(engine: Engine): (bytes: number) => number {
  let pointer = 0;
  let size = 0;
  return (bytes) => {
    if (bytes > size) {
      engine._free(pointer);
      pointer = engine._malloc(bytes);
      size = pointer === 0 ? 0 : bytes;
      if (pointer === 0) throw new RangeError(`zstd: no memory for ${bytes} bytes`);
    }
    return pointer;
  };
}

/** Where the first frame ends by its headers (RFC 8878, section 3.1.1); beyond the bytes where they are too few. */
function frameEnd(encoded: Uint8Array): number {
  const bytes = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  if (bytes.byteLength < 5 || bytes.getUint32(0, true) !== MAGIC) return Infinity;
  const descriptor = encoded[4];
  const singleSegment = (descriptor >> 5) & 1;
  let pos = 6 - singleSegment + [0, 1, 2, 4][descriptor & 3] + [singleSegment, 2, 4, 8][descriptor >> 6];
  let last = false;
  while (!last) {
    if (pos + 3 > encoded.length) return Infinity;
    const header = encoded[pos] | (encoded[pos + 1] << 8) | (encoded[pos + 2] << 16);
    const runLength = ((header >> 1) & 3) === 1;
    pos += 3 + (runLength ? 1 : header >> 3);
    last = (header & 1) === 1;
  }
  return pos + ((descriptor >> 2) & 1) * 4;
}

async function openDecoder(): Promise<Decoder> {
  loading ??= load();
  const engine = await loading;
  const source = scratch(engine);
  const target = scratch(engine);

  return (encoded, raw) => {
    const from = source(encoded.length);
    // A block beyond the expected bytes. The engine has no call that stops when the target is full; with this much
    // room, a frame that does not fit has filled the expected bytes by the blocks before the one that failed.
    const capacity = raw.length + BLOCK_BYTES;
    const to = target(capacity);
    engine.HEAPU8.set(encoded, from);
    let result = engine._ZSTD_decompress(to, capacity, from, encoded.length);
    if (engine._ZSTD_isError(result) && -result !== TOO_SMALL) {
      // What follows the first frame is no frame: padding, which libtiff never looks at.
      const end = frameEnd(encoded);
      if (end < encoded.length) result = engine._ZSTD_decompress(to, capacity, from, end);
    }
    let written = result;
    if (engine._ZSTD_isError(result)) {
      if (-result !== TOO_SMALL) {
        throw new DecodeError(`the Zstandard frame is damaged: ${ERRORS[-result] ?? 'error'} (${-result})`);
      }
      written = raw.length;
    }
    const length = Math.min(written, raw.length);
    raw.set(engine.HEAPU8.subarray(to, to + length));
    return length;
  };
}

// zstd's own compressBound (zstd.h, ZSTD_COMPRESSBOUND), which is more than zstdBound.
const bound = (rawBytes: number): number =>
  rawBytes + Math.floor(rawBytes / 256) + (rawBytes < BLOCK_BYTES ? (BLOCK_BYTES - rawBytes) >> 11 : 0);

/** The levels of our own encoder; above them it is zstd's, which takes more time than most have for a few percent. */
const OWN_LEVELS = 9;

function openEncoder(level: number): Encoder | Promise<Encoder> {
  if (level > OWN_LEVELS) return openSlowEncoder(level);
  const kernel = new ZstdKernel(level);
  return (raw, encoded) => kernel.encodeCopy(raw, encoded);
}

async function openSlowEncoder(level: number): Promise<Encoder> {
  loading ??= load();
  const engine = await loading;
  const source = scratch(engine);
  const target = scratch(engine);

  return (raw, encoded) => {
    const from = source(raw.length);
    const capacity = bound(raw.length);
    const to = target(capacity);
    engine.HEAPU8.set(raw, from);
    const result = engine._ZSTD_compress(to, capacity, from, raw.length, level);
    if (engine._ZSTD_isError(result)) throw new RangeError(`zstd: cannot encode ${raw.length} bytes (${-result})`);
    encoded.set(engine.HEAPU8.subarray(to, to + result));
    return result;
  };
}

/**
 * Zstandard (RFC 8878): decoded by zstd 1.5.6 in WebAssembly, encoded by our own kernel or, at high levels, by that too.
 * The same bytes on every Node version.
 */
export default {
  name: 'zstd',
  tags: [50000],
  takesPredictor: true,
  // A run-length block, a header of three bytes and the byte, stands for a whole block.
  maxRatio: BLOCK_BYTES / 4,
  openDecoder,
  encoding: {
    level: { option: 'ZSTD_LEVEL', min: 1, max: 22, standard: 9 },
    bound,
    openEncoder,
  },
} satisfies Codec;
