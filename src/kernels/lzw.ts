import { bytesAt, openKernel, pointerTo, Room } from './memory.js';

type Decode = (encoded: number, length: number, raw: number, rawLength: number, room: number) => number;

interface Exports {
  readonly encode: (raw: number, length: number, encoded: number, kept: number, room: number) => number;
  readonly decode: Decode;
  readonly decodeOldStyle: Decode;
}

/** What the kernel's docstrings ask for. */
const STRINGS = 4 * 4098 + 256 + 16;
const TABLES = 32768 * 9;
const LANES = (2 * 4096 + 52) * 8 + 48;
/** A word beyond the codes is read and written. */
const WORD = 8;
/** The last string may be of as many bytes as there are codes, and is copied by 16. */
const STRING = 4096 + 16;

const room = new Room();
/** The encoder's own: it goes on from what it left there. */
const tables = new Room();
const source = new Room();
const target = new Room();

/** Decodes into `raw`, in whatever memory it is. Negative results are of the kernel: -1 - n, damage before byte n. */
export function decodeLzw(encoded: Uint8Array, raw: Uint8Array, isOldStyle: boolean): number {
  const kernel = openKernel('lzw') as Exports;
  const from = source.reserveLike(encoded, WORD);
  bytesAt(from, encoded.length).set(encoded);
  const to = target.reserve(raw.length + STRING);
  const decode = isOldStyle ? kernel.decodeOldStyle : kernel.decode;
  const count = decode(from, encoded.length, to, raw.length, room.reserve(STRINGS));
  if (count > 0) raw.set(bytesAt(to, count));
  return count;
}

/** Encodes into `encoded`, which has room for the longest result. Returns the number of bytes. */
export function encodeLzw(raw: Uint8Array, encoded: Uint8Array): number {
  const kernel = openKernel('lzw') as Exports;
  let from = pointerTo(raw);
  if (from === undefined) {
    from = source.reserveLike(raw, 0);
    bytesAt(from, raw.length).set(raw);
  }
  const to = target.reserveLike(encoded, WORD);
  const count = kernel.encode(from, raw.length, to, tables.reserve(TABLES), room.reserve(LANES));
  encoded.set(bytesAt(to, count));
  return count;
}
