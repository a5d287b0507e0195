import { readFileSync } from 'node:fs';
import { reserving } from './reserving.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly setLevel: (level: number) => void;
  readonly room: () => number;
  readonly outputAt: () => number;
  readonly begin: (count: number) => void;
  readonly next: () => number;
}

const PAGE = 65536;
/** A kernel reads up to this many bytes behind the input; what they are does not matter. */
const SLACK = 16;

/**
 * Encodes bytes block by block, by wasm. One instance a worker. Its memory holds the kernel's tables, then the bytes that
 * are encoded; it grows with the largest of them and does not shrink. The same bytes and level give the same stream,
 * whatever was encoded before.
 */
export class EncoderKernel {
  readonly #exports: Exports;
  readonly #output: number;

  /** @param url the kernel's wasm @param level effort, 1 to 9 */
  constructor(url: URL, level: number) {
    const module = new WebAssembly.Module(readFileSync(url));
    this.#exports = reserving(() => new WebAssembly.Instance(module, {})).exports as unknown as Exports;
    this.#exports.setLevel(level);
    this.#output = this.#exports.outputAt();
  }

  /**
   * Where `rawBytes` bytes to encode are put: fill all of it, then `encode`. The place stays the same; the view is good
   * until more room is asked for.
   * @throws RangeError where there is no memory for them
   */
  room(rawBytes: number): Uint8Array {
    const { memory, room } = this.#exports;
    const place = room();
    const missing = place + rawBytes + SLACK - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return new Uint8Array(memory.buffer, place, rawBytes);
  }

  /**
   * Encodes the first `rawBytes` bytes of the room, at most what was last asked for; they are left as they were.
   * @param encoded as many bytes as the format's bound says, at least
   * @returns how many bytes it wrote
   */
  encode(rawBytes: number, encoded: Uint8Array): number {
    const { memory, begin, next } = this.#exports;
    let length = 0;
    begin(rawBytes);
    for (let count = next(); count > 0; count = next()) {
      encoded.set(new Uint8Array(memory.buffer, this.#output, count), length);
      length += count;
    }
    return length;
  }

  /** Encodes bytes that lie elsewhere. @param encoded as for `encode` @returns how many bytes it wrote */
  encodeCopy(raw: Uint8Array, encoded: Uint8Array): number {
    this.room(raw.length).set(raw);
    return this.encode(raw.length, encoded);
  }
}
