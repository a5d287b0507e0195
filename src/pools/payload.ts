import { Deserializer, Serializer } from 'node:v8';
import { countGarbage } from '../kernels/garbage.js';

/**
 * Large buffers go to a process and back by a pipe of their own, as they are: the channel that messages take would copy
 * each five times. Both carry their things in one order, so a message needs to say no more than how long its buffers are.
 */
export interface Parted {
  /** The value, but for its buffers. */
  readonly rest: Uint8Array;
  /** Bytes of each buffer, which follow each other in the pipe. */
  readonly lengths: readonly number[];
}

/** The pipe's number in the process; the channel's is 3. */
export const PIPE_FD = 4;

/** Smaller buffers are copied faster than they are sent. */
const LEAST_BYTES = 16 * 1024;

/** The buffers that are worth a way of their own. */
export const largeOnes = (buffers: readonly ArrayBuffer[]): readonly ArrayBuffer[] => buffers.filter(({ byteLength }) => byteLength >= LEAST_BYTES);

/** Parts a value and its buffers. @throws Error where the value cannot be cloned */
export function part(value: unknown, buffers: readonly ArrayBuffer[]): Parted {
  const serializer = new Serializer();
  serializer.writeHeader();
  buffers.forEach((buffer, i) => serializer.transferArrayBuffer(i, buffer));
  serializer.writeValue(value);
  return { rest: serializer.releaseBuffer(), lengths: buffers.map(({ byteLength }) => byteLength) };
}

/** Puts a value together again. */
export function join({ rest }: Parted, buffers: readonly ArrayBuffer[]): unknown {
  const deserializer = new Deserializer(rest);
  deserializer.readHeader();
  buffers.forEach((buffer, i) => deserializer.transferArrayBuffer(i, buffer));
  return deserializer.readValue();
}

interface Expected {
  readonly parted: Parted;
  readonly buffers: readonly ArrayBuffer[];
  readonly whole: (value: unknown) => void;
}

/** A buffer for what comes by a pipe: for one task, and then garbage. */
export function freshBuffer(length: number): ArrayBuffer {
  countGarbage(length);
  return new ArrayBuffer(length);
}

/** Puts together what comes in pieces, at the end of the pipe that cannot wait for it. */
export class Assembly {
  readonly #expected: Expected[] = [];
  /** Pieces that came before the message they belong to. */
  readonly #early: Uint8Array[] = [];
  /** How far the first that is expected has come: which of its buffers, and bytes of it. */
  #buffer = 0;
  #filled = 0;

  /** A message has come. @param whole is told the value when all of its bytes are there */
  expect(parted: Parted, whole: (value: unknown) => void): void {
    this.#expected.push({ parted, buffers: parted.lengths.map(freshBuffer), whole });
    const early = this.#early.splice(0);
    this.#advance();
    for (const piece of early) this.take(piece);
  }

  /** A piece has come. */
  take(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length && this.#expected.length > 0) {
      const buffer = this.#expected[0].buffers[this.#buffer];
      const count = Math.min(piece.length - at, buffer.byteLength - this.#filled);
      new Uint8Array(buffer, this.#filled, count).set(piece.subarray(at, at + count));
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
      while (this.#buffer < buffers.length && this.#filled === buffers[this.#buffer].byteLength) {
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
