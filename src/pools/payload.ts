import { Deserializer, Serializer } from 'node:v8';
import { countGarbage } from '../kernels/garbage.js';
import { bufferOf, type Movable } from './stage.js';

/**
 * Large buffers go to a process and back by a pipe of their own, as they are: the channel that messages take would copy
 * each five times. Both carry their things in one order, so a message needs to say no more than how long its buffers are.
 */
export interface Parted {
  /** The value, but for its buffers. */
  readonly rest: Uint8Array;
  /** Those follow each other in the pipe. */
  readonly buffers: readonly PartedBuffer[];
}

export interface PartedBuffer {
  /** Bytes that are sent. */
  readonly length: number;
  /** Bytes that it has, at least as many. */
  readonly room: number;
}

/** The pipe's number in the process; the channel's is 3. */
export const PIPE_FD = 4;

/** Smaller buffers are copied faster than they are sent. */
const LEAST_BYTES = 16 * 1024;

/** A worker has a task at hand, one that waits and a tile of an overview. */
const MOST_ROOMS = 3;

/** The buffers that are worth a way of their own: the channel would copy all the room of one that has some to spare. */
export const largeOnes = (movables: readonly Movable[]): readonly Movable[] =>
  movables.filter((movable) => bufferOf(movable).byteLength >= LEAST_BYTES);

/** Parts a value and its buffers. @throws Error where the value cannot be cloned */
export function part(value: unknown, movables: readonly Movable[]): Parted {
  const serializer = new Serializer();
  serializer.writeHeader();
  movables.forEach((movable, i) => serializer.transferArrayBuffer(i, bufferOf(movable)));
  serializer.writeValue(value);
  return { rest: serializer.releaseBuffer(), buffers: movables.map((movable) => ({ length: movable.byteLength, room: bufferOf(movable).byteLength })) };
}

/** What is in a buffer that is sent. */
export const viewOf = (movable: Movable): Uint8Array => (ArrayBuffer.isView(movable) ? movable : new Uint8Array(movable));

/** Puts a value together again. */
export function join({ rest }: Parted, buffers: readonly ArrayBuffer[]): unknown {
  const deserializer = new Deserializer(rest);
  deserializer.readHeader();
  buffers.forEach((buffer, i) => deserializer.transferArrayBuffer(i, buffer));
  return deserializer.readValue();
}

/** A few buffers that wait for what comes next by a pipe. */
export class Rooms {
  readonly #rooms: ArrayBuffer[] = [];

  /** Has a buffer used again that nobody holds. The oldest of too many goes; small ones are never asked for. */
  give(room: ArrayBuffer): void {
    if (room.byteLength < LEAST_BYTES) return;
    if (this.#rooms.push(room) > MOST_ROOMS) this.#rooms.shift();
  }

  /** A buffer for what comes: one of those where it has room to spare, else a new one, for one task and then garbage. */
  take({ length, room }: PartedBuffer): ArrayBuffer {
    const at = room > length ? this.#rooms.findIndex(({ byteLength }) => byteLength >= length) : -1;
    if (at >= 0) return this.#rooms.splice(at, 1)[0];
    countGarbage(room);
    return new ArrayBuffer(room);
  }
}

interface Expected {
  readonly parted: Parted;
  readonly buffers: readonly ArrayBuffer[];
  readonly whole: (value: unknown) => void;
}

/** Puts together what comes in pieces, at the end of the pipe that cannot wait for it. */
export class Assembly {
  readonly #expected: Expected[] = [];
  /** Pieces that came before the message they belong to. */
  readonly #early: Uint8Array[] = [];
  /** How far the first that is expected has come: which of its buffers, and bytes of it. */
  #buffer = 0;
  #filled = 0;

  /** A message has come. @param rooms where its buffers go @param whole is told the value when all of its bytes are there */
  expect(parted: Parted, rooms: Rooms, whole: (value: unknown) => void): void {
    this.#expected.push({ parted, buffers: parted.buffers.map((buffer) => rooms.take(buffer)), whole });
    const early = this.#early.splice(0);
    this.#advance();
    for (const piece of early) this.take(piece);
  }

  /** A piece has come. */
  take(piece: Uint8Array): void {
    countGarbage(piece.length);
    let at = 0;
    while (at < piece.length && this.#expected.length > 0) {
      const { parted, buffers } = this.#expected[0];
      const count = Math.min(piece.length - at, parted.buffers[this.#buffer].length - this.#filled);
      new Uint8Array(buffers[this.#buffer], this.#filled, count).set(piece.subarray(at, at + count));
      at += count;
      this.#filled += count;
      this.#advance();
    }
    if (at < piece.length) this.#early.push(piece.subarray(at));
  }

  /** Goes to where the next byte belongs, past what is whole. */
  #advance(): void {
    for (let next = this.#expected.at(0); next !== undefined; next = this.#expected.at(0)) {
      const { parted, buffers, whole } = next;
      while (this.#buffer < buffers.length && this.#filled === parted.buffers[this.#buffer].length) {
        this.#buffer++;
        this.#filled = 0;
      }
      if (this.#buffer < buffers.length) return;
      this.#expected.shift();
      this.#buffer = 0;
      whole(join(parted, buffers));
    }
  }
}
