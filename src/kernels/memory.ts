import { readFileSync } from 'node:fs';
import { reserving } from './reserving.js';

const PAGE = 65536;
/** All that 32 bits reach; it is taken from the system as it is used. */
const MAX_PAGES = 65536;
const ALIGNMENT = 16;

/**
 * The one memory that a thread's kernels work in, so that what one made the next one takes without a copy. No other
 * thread sees it. It is of the shared kind all the same, because views of that kind hold when it grows.
 */
let own: WebAssembly.Memory | undefined;

/** @throws UnsupportedError where there is no address space for it */
const ownMemory = (): WebAssembly.Memory => (own ??= reserving(() => new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true })));

/** The memory has another buffer whenever it has grown; views of all of them are views of it. */
const buffers = new WeakSet<object>();

interface Place {
  readonly pointer: number;
  readonly bytes: number;
}

/** Where what is taken ends. */
let end = ALIGNMENT;
/** Places before it that nobody has, by their pointers. No two of them touch, and the last one does not touch the end. */
const free: Place[] = [];

/** A place in the memory, kept between calls and only grown. Its pointer is a multiple of 16. */
export class Room {
  #pointer = 0;
  #bytes = 0;

  /**
   * The pointer to at least so many bytes. Where it grows, what was in it is lost, and others may use where it was.
   * @throws RangeError where the memory does not suffice
   */
  reserve(bytes: number): number {
    if (bytes <= this.#bytes) return this.#pointer;
    this.release();
    const place = take(Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    this.#pointer = place.pointer;
    this.#bytes = place.bytes;
    return this.#pointer;
  }

  /** Gives the place to others. What was in it is lost. */
  release(): void {
    if (this.#bytes > 0) give({ pointer: this.#pointer, bytes: this.#bytes });
    this.#pointer = 0;
    this.#bytes = 0;
  }

  /** Room for bytes that are copied from or to `bytes`: both as far from a multiple of 8, which copies faster. */
  reserveLike(bytes: Uint8Array, slack: number): number {
    return this.reserve(bytes.length + 8 + slack) + (bytes.byteOffset & 7);
  }
}

/** The smallest place that is free and large enough, the rest of it left, or else a new one. */
function take(bytes: number): Place {
  let best = -1;
  free.forEach((place, i) => {
    if (place.bytes >= bytes && (best === -1 || place.bytes < free[best].bytes)) best = i;
  });
  if (best === -1) return append(bytes);
  const { pointer, bytes: all } = free[best];
  const rest = all === bytes ? [] : [{ pointer: pointer + bytes, bytes: all - bytes }];
  free.splice(best, 1, ...rest);
  return { pointer, bytes };
}

function append(bytes: number): Place {
  const memory = ownMemory();
  const pointer = end;
  const missing = pointer + bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  end = pointer + bytes;
  return { pointer, bytes };
}

/** Makes a place free, one with those beside it. */
function give({ pointer, bytes }: Place): void {
  const next = free.findIndex((place) => place.pointer > pointer);
  const at = next === -1 ? free.length : next;
  const touchesBefore = at > 0 && free[at - 1].pointer + free[at - 1].bytes === pointer;
  const touchesAfter = at < free.length && pointer + bytes === free[at].pointer;
  const first = touchesBefore ? free[at - 1].pointer : pointer;
  const last = touchesAfter ? free[at].pointer + free[at].bytes : pointer + bytes;
  const joined = last === end ? [] : [{ pointer: first, bytes: last - first }];
  if (last === end) end = first;
  free.splice(touchesBefore ? at - 1 : at, Number(touchesBefore) + Number(touchesAfter), ...joined);
}

/** The memory's bytes from `pointer` on. */
export function bytesAt(pointer: number, length: number): Uint8Array {
  const { buffer } = ownMemory();
  buffers.add(buffer);
  return new Uint8Array(buffer, pointer, length);
}

/** Where in the memory the bytes are; undefined for those of any other. */
export function pointerTo(bytes: ArrayBufferView): number | undefined {
  return buffers.has(bytes.buffer) ? bytes.byteOffset : undefined;
}

const opened = new Map<string, object>();

/** The functions of src/kernels/NAME.as.ts, over the thread's memory. */
export function openKernel(name: string): object {
  let exports = opened.get(name);
  if (exports === undefined) {
    const module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
    ({ exports } = new WebAssembly.Instance(module, { env: { memory: ownMemory() } }));
    opened.set(name, exports);
  }
  return exports;
}
