import { readFileSync } from 'node:fs';

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly setLevel: (level: number) => void;
  readonly room: () => number;
  readonly outputAt: () => number;
  readonly begin: (count: number) => void;
  readonly next: () => number;
}

const PAGE = 65536;
/** The kernel reads up to this many bytes behind the input; what they are does not matter. */
const SLACK = 16;

const SEGMENT_BYTES = 16384;
const STORED_BYTES = 65535;

/**
 * Never fewer bytes than the kernel writes for `rawBytes`. No block takes more than the same bytes stored would: five
 * bytes for each 65535 of them, and two or less to fill up the byte before. All but the last stand for a segment at
 * least. Two bytes go before the blocks, four behind them.
 */
export function deflateBound(rawBytes: number): number {
  return rawBytes + 6 * (Math.floor(rawBytes / SEGMENT_BYTES) + 1) + 5 * Math.floor(rawBytes / STORED_BYTES) + 7;
}

/**
 * Encodes bytes as DEFLATE in a zlib wrapper, by wasm. One instance a worker. Its memory holds 1.3 MB of tables, then
 * the bytes that are encoded; it grows with the largest of them and does not shrink. The same bytes and level give the
 * same stream, whatever was encoded before.
 */
export class DeflateKernel {
  readonly #exports: Exports;
  readonly #output: number;

  /** @param level effort, 1 to 9 */
  constructor(level: number) {
    const module = new WebAssembly.Module(readFileSync(new URL('./deflate.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
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
   * @param encoded at least `deflateBound(rawBytes)` bytes
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
}
