/** What of a block is taken: literals and sequences. */

import { takeOffset, valueOf } from './offsets.as';
import { literals, SEQUENCE_BYTES, sequences } from './room.as';

/** Where the literals begin that belong to no sequence yet, and those of them that are not taken. */
export let start: usize = 0;
export let untaken: usize = 0;
/** Where the block's literals end that were taken so far. */
export let literalsEnd: usize = 0;
/** Where the block's sequences end. */
export let sequencesEnd: usize = 0;

/** Begins a block that begins at a place. */
export function startTaking(place: usize): void {
  start = place;
  untaken = place;
  literalsEnd = literals;
  sequencesEnd = sequences;
}

/** Takes the literals up to a place, sixteen at a time: what is too much is written over. */
// @ts-ignore: decorator
@inline
export function takeLiterals(end: usize): void {
  const count = end - untaken;
  for (let i: usize = 0; i < count; i += 16) v128.store(literalsEnd + i, v128.load(untaken + i));
  literalsEnd += count;
  untaken = end;
}

// @ts-ignore: decorator
@inline
export function takeSequence(place: usize, length: u32, offset: u32): void {
  takeLiterals(place);
  const run = place - start;
  const value = valueOf(offset, run > 0);
  store<u32>(sequencesEnd, <u32>run);
  store<u32>(sequencesEnd, length, 4);
  store<u32>(sequencesEnd, value, 8);
  sequencesEnd += SEQUENCE_BYTES;
  start = place + length;
  untaken = start;
  takeOffset(offset, value, run > 0);
}

