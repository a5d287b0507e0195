/** What of a block is taken: literals and sequences. */

import { offset1 } from './offsets.as';
import { literals, SEQUENCE_BYTES, sequences } from './room.as';

/** Where the literals begin that are not taken yet. */
export let start: usize = 0;
/** Where those end that are taken. */
export let literalsEnd: usize = 0;
/** Where the block's sequences end. */
export let sequencesEnd: usize = 0;

/** The offset of the last match. */
export let lastOffset: u32 = 0;

/** Begins a block that begins at a place. */
export function startTaking(place: usize): void {
  start = place;
  literalsEnd = literals;
  sequencesEnd = sequences;
  lastOffset = offset1;
}

/** Takes the literals up to a place, sixteen at a time: what is too much is written over. */
// @ts-ignore: decorator
@inline
export function takeLiterals(end: usize): void {
  copyLiterals(literalsEnd, start, end - start);
  literalsEnd += end - start;
  start = end;
}

// @ts-ignore: decorator
@inline
export function copyLiterals(to: usize, from: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Takes a match, and the literals before it. */
// @ts-ignore: decorator
@inline
export function takeSequence(place: usize, length: u32, offset: u32): void {
  putSequence(sequencesEnd, <u32>(place - start), length, offset);
  takeLiterals(place);
  goOnTaking(place + length, literalsEnd, sequencesEnd + SEQUENCE_BYTES, offset);
}

// @ts-ignore: decorator
@inline
export function putSequence(to: usize, run: u32, length: u32, offset: u32): void {
  store<u32>(to, run);
  store<u32>(to, length, 4);
  store<u32>(to, offset, 8);
}

/** Goes on behind what was copied and put. */
// @ts-ignore: decorator
@inline
export function goOnTaking(place: usize, literalsTo: usize, sequencesTo: usize, offset: u32): void {
  start = place;
  literalsEnd = literalsTo;
  sequencesEnd = sequencesTo;
  lastOffset = offset;
}
