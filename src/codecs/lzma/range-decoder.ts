import { DecodeError } from '../codec.js';

/** Below this the range takes another byte. */
const TOP = 2 ** 24;
const PROBABILITY_BITS = 11;
/** How fast a probability follows the bits it has seen: by 1/32 of what is missing. */
const MOVE_BITS = 5;

/** Both outcomes of a bit are equally likely, so far. */
export const EVEN = 1 << (PROBABILITY_BITS - 1);

/** LZMA's adaptive binary range decoder (LZMA specification, "Range Decoder"). */
export class RangeDecoder {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  /** Starts on the bytes from `from` up to `end`. */
  start(bytes: Uint8Array, from: number, end: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    this.#range = 0xffffffff;
    this.#code = 0;
    // The first of five bytes is always 0.
    if (this.#next() !== 0) throw new DecodeError('a chunk does not begin with 0');
    for (let i = 0; i < 4; i++) this.#code = this.#code * 256 + this.#next();
    if (this.#code === this.#range) throw new DecodeError('a chunk begins with a number out of its range');
  }

  /** Whether all bytes are read and nothing is left in them, as an encoder leaves it. */
  get isFinished(): boolean {
    return this.#at === this.#end && this.#code === 0;
  }

  /** Reads a bit by its probability, which learns from it. */
  bit(probabilities: Uint16Array, at: number): number {
    const probability = probabilities[at];
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[at] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[at] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    if (this.#range < TOP) this.#fill();
    return bit;
  }

  /** Reads `count` bits of even odds, the highest first. */
  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#range = Math.floor(this.#range / 2);
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
      if (this.#range < TOP) this.#fill();
    }
    return value;
  }

  /** Reads `count` bits by a tree of probabilities, whose root is at `from + 1`; the highest bit first. */
  tree(probabilities: Uint16Array, from: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(probabilities, from + node);
    return node - (1 << count);
  }

  /** Reads `count` bits by a tree, the lowest bit first. */
  reverseTree(probabilities: Uint16Array, from: number, count: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = this.bit(probabilities, from + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #fill(): void {
    this.#range *= 256;
    this.#code = this.#code * 256 + this.#next();
  }

  #next(): number {
    if (this.#at === this.#end) throw new DecodeError('a chunk is cut short');
    return this.#bytes[this.#at++];
  }
}
