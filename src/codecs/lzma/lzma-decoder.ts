import { DecodeError } from '../codec.js';
import { EVEN, RangeDecoder } from './range-decoder.js';

const STATES = 12;
/** The states up to here follow a literal. */
const LITERAL_STATES = 7;
const POSITION_STATES = 16;
const SHORTEST_MATCH = 2;
const LENGTH_STATES = 4;
const SLOT_BITS = 6;
/** Distances of these slots have a tree for their lower bits; of those below none, of those above one for four bits. */
const [FIRST_TREE_SLOT, FIRST_DIRECT_SLOT] = [4, 14];
const ALIGN_BITS = 4;
/** The distance that marks the end of a stream, where LZMA2 has none. */
const END_DISTANCE = 0xffffffff;
/** A coder of lengths: two choices, eight lengths by the position, eight more, then 256. */
const [LOW, MIDDLE, HIGH, LENGTH_SIZE] = [2, 130, 258, 514];
const LITERAL_SIZE = 0x300;

/** Where each set of probabilities begins. */
const IS_MATCH = 0;
const IS_REPEAT = IS_MATCH + STATES * POSITION_STATES;
const IS_NOT_FIRST = IS_REPEAT + STATES;
const IS_NOT_SECOND = IS_NOT_FIRST + STATES;
const IS_NOT_THIRD = IS_NOT_SECOND + STATES;
const IS_LONG = IS_NOT_THIRD + STATES;
const SLOTS = IS_LONG + STATES * POSITION_STATES;
const DISTANCES = SLOTS + (LENGTH_STATES << SLOT_BITS);
const ALIGN = DISTANCES + 128 - FIRST_DIRECT_SLOT + 1;
const MATCH_LENGTH = ALIGN + (1 << ALIGN_BITS);
const REPEAT_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERALS = REPEAT_LENGTH + LENGTH_SIZE;
/** LZMA2 allows lc + lp up to 4. */
const MOST_LITERAL_BITS = 4;

/** A run of LZMA-coded bytes: where its bytes lie, and where its output goes. */
export interface LzmaChunk {
  readonly from: number;
  readonly end: number;
  readonly out: number;
  readonly outEnd: number;
}

/**
 * Decodes LZMA (LZMA specification by I. Pavlov) into an array that is its own dictionary. Keeps its state from chunk
 * to chunk, as LZMA2 wants.
 */
export class LzmaDecoder {
  readonly #range = new RangeDecoder();
  readonly #probabilities = new Uint16Array(LITERALS + (LITERAL_SIZE << MOST_LITERAL_BITS));
  #literalContext = 0;
  #literalPosition = 0;
  #positionMask = 0;
  #state = 0;
  /** The last four distances, less one. */
  readonly #distances = new Float64Array(4);
  /** Where the dictionary begins in the output. */
  #base = 0;

  /** Forgets the output before `base`. */
  resetDictionary(base: number): void {
    this.#base = base;
  }

  /** @throws DecodeError where the properties are none of LZMA2 */
  setProperties(byte: number): void {
    const [literalContext, rest] = [byte % 9, Math.floor(byte / 9)];
    const [literalPosition, position] = [rest % 5, Math.floor(rest / 5)];
    if (position > 4 || literalContext + literalPosition > MOST_LITERAL_BITS) {
      throw new DecodeError(`properties of ${byte} are none`);
    }
    this.#literalContext = literalContext;
    this.#literalPosition = literalPosition;
    this.#positionMask = (1 << position) - 1;
  }

  resetState(): void {
    this.#state = 0;
    this.#distances.fill(0);
    this.#probabilities.fill(EVEN);
  }

  /**
   * Decodes one chunk, up to `limit` bytes of output.
   * @throws DecodeError where it is damaged
   */
  decode(encoded: Uint8Array, { from, end, out, outEnd }: LzmaChunk, raw: Uint8Array): void {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const distances = this.#distances;
    const base = this.#base;
    const limit = Math.min(outEnd, raw.length);
    range.start(encoded, from, end);
    let at = out;
    while (at < limit) {
      const position = (at - base) & this.#positionMask;
      if (range.bit(probabilities, IS_MATCH + this.#state * POSITION_STATES + position) === 0) {
        raw[at] = this.#literal(raw, at);
        at++;
        continue;
      }
      const length = this.#match(position);
      const distance = distances[0] + 1;
      if (distance > at - base) throw new DecodeError('a match begins before the data');
      if (length > outEnd - at) throw new DecodeError('a match is longer than its chunk');
      for (const stop = Math.min(limit, at + length); at < stop; at++) raw[at] = raw[at - distance];
    }
    if (limit === outEnd && !range.isFinished) throw new DecodeError('a chunk holds more than it says');
  }

  #literal(raw: Uint8Array, at: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const before = at === this.#base ? 0 : raw[at - 1];
    const low = (at - this.#base) & ((1 << this.#literalPosition) - 1);
    const context = (low << this.#literalContext) | (before >> (8 - this.#literalContext));
    const from = LITERALS + LITERAL_SIZE * context;
    const state = this.#state;
    let symbol = 1;
    if (state >= LITERAL_STATES) {
      // After a match: the byte that would have gone on with it is known not to follow, which bends the odds.
      let matched = raw[at - this.#distances[0] - 1];
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = range.bit(probabilities, from + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(probabilities, from + symbol);
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
    return symbol & 0xff;
  }

  /** Reads a match; its distance less one comes first in the list. @returns its length */
  #match(position: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const state = this.#state;
    const isAfterLiteral = state < LITERAL_STATES;
    if (range.bit(probabilities, IS_REPEAT + state) === 0) {
      this.#distances.copyWithin(1, 0);
      const length = this.#length(MATCH_LENGTH, position);
      this.#distances[0] = this.#distance(length);
      this.#state = isAfterLiteral ? 7 : 10;
      if (this.#distances[0] === END_DISTANCE) throw new DecodeError('the data end before their size');
      return length;
    }
    if (range.bit(probabilities, IS_NOT_FIRST + state) === 0) {
      if (range.bit(probabilities, IS_LONG + state * POSITION_STATES + position) === 0) {
        this.#state = isAfterLiteral ? 9 : 11;
        return 1;
      }
    } else this.#bringForward(range.bit(probabilities, IS_NOT_SECOND + state) === 0 ? 1 : 2 + range.bit(probabilities, IS_NOT_THIRD + state));
    this.#state = isAfterLiteral ? 8 : 11;
    return this.#length(REPEAT_LENGTH, position);
  }

  #bringForward(place: number): void {
    const distance = this.#distances[place];
    this.#distances.copyWithin(1, 0, place);
    this.#distances[0] = distance;
  }

  #length(coder: number, position: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    if (range.bit(probabilities, coder) === 0) return SHORTEST_MATCH + range.tree(probabilities, coder + LOW + position * 8, 3);
    if (range.bit(probabilities, coder + 1) === 0) return SHORTEST_MATCH + 8 + range.tree(probabilities, coder + MIDDLE + position * 8, 3);
    return SHORTEST_MATCH + 16 + range.tree(probabilities, coder + HIGH, 8);
  }

  /** The distance less one of a match of the length. */
  #distance(length: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const lengthState = Math.min(length - SHORTEST_MATCH, LENGTH_STATES - 1);
    const slot = range.tree(probabilities, SLOTS + (lengthState << SLOT_BITS), SLOT_BITS);
    if (slot < FIRST_TREE_SLOT) return slot;
    const bits = (slot >> 1) - 1;
    const least = (2 | (slot & 1)) * 2 ** bits;
    if (slot < FIRST_DIRECT_SLOT) return least + range.reverseTree(probabilities, DISTANCES + least - slot, bits);
    const high = range.direct(bits - ALIGN_BITS);
    return least + high * (1 << ALIGN_BITS) + range.reverseTree(probabilities, ALIGN, ALIGN_BITS);
  }
}
