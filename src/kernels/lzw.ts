import { bytesAt, openKernel, pointerTo, Room } from './memory.js';

type Decode = (encoded: number, length: number, raw: number, rawLength: number, room: number) => number;

interface Exports {
  readonly encode: (raw: number, length: number, encoded: number, room: number) => number;
  readonly decode: Decode;
  readonly decodeOldStyle: Decode;
}

/** What the kernel's docstrings ask for: the encoder's slots and codes are more than the decoder's strings. */
const ROOM_BYTES = 4 * 32768 + 2 * 4096;
/** A word beyond the codes is read and written. */
const WORD = 8;
/** The last string may be of as many bytes as there are codes, and is copied by 16. */
const STRING = 4096 + 16;

const room = new Room();
const source = new Room();
const target = new Room();

/** Decodes into `raw`, in whatever memory it is. Negative results are of the kernel: -1 - n, damage before byte n. */
export function decodeLzw(encoded: Uint8Array, raw: Uint8Array, isOldStyle: boolean): number {
  const kernel = openKernel('lzw') as Exports;
  const from = source.reserveLike(encoded, WORD);
  bytesAt(from, encoded.length).set(encoded);
  const to = target.reserve(raw.length + STRING);
  const decode = isOldStyle ? kernel.decodeOldStyle : kernel.decode;
  const count = decode(from, encoded.length, to, raw.length, room.reserve(ROOM_BYTES));
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
  const count = kernel.encode(from, raw.length, to, room.reserve(ROOM_BYTES));
  encoded.set(bytesAt(to, count));
  return count;
}
