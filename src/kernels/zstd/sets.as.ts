/**
 * Places filed by a hash of their four or five bytes, in sets of four, the latest first. An entry holds a place and more bits
 * of the hash, so that a set is looked through at once and places that do not match are not looked at.
 */

import { WINDOW_BITS } from './room.as';

export const TAG_BITS = 32 - WINDOW_BITS;
export const TAG: u32 = (1 << TAG_BITS) - 1;
export const WINDOW: u32 = (1 << WINDOW_BITS) - 1;
export const FACTOR: u64 = 0x9fb21c651e98df25;
const SET_BITS_MOST = 15;
const SET_BITS_LEAST: u32 = 8;
/** So many sets, 256 KB, are near. */
const SET_BITS_NEAR: u32 = 14;
export const sets: usize = memory.data(16 << SET_BITS_MOST, 16);

/** Bytes that are hashed, which is what a match has at least, four or five; and how many bits of eight bytes the others are. */
export let hashed: u32 = 0;
export let unhashed: u64 = 0;
/** Where the input begins. */
export let first: usize = 0;
export let setShift: u32 = 0;

/**
 * Begins with the input between two places.
 * @param bytes that are hashed
 * @param mostSets a power of two
 */
export function startSets(from: usize, to: usize, bytes: u32, mostSets: u32): void {
  // A set for each sixteen bytes suffices, and of long input for each thirty-two: they stay in the second cache with it.
  const sixteens: u32 = 27 - clz(<u32>(to - from) | 1);
  const setBits = min(mostSets, max<u32>(SET_BITS_LEAST, max(min(SET_BITS_NEAR, sixteens), sixteens - 1)));
  memory.fill(sets, 0, <usize>16 << setBits);
  setShift = 32 - setBits;
  hashed = bytes;
  unhashed = 64 - 8 * bytes;
  first = from;
}

// @ts-ignore: decorator
@inline
export function hashOf(bytes: u64): u32 {
  return <u32>(((bytes << unhashed) * FACTOR) >>> 32);
}

// @ts-ignore: decorator
@inline
export function setOf(hash: u32): usize {
  return sets + (<usize>(hash >>> setShift) << 4);
}

/** Puts a place in front of its set; the last one goes. */
// @ts-ignore: decorator
@inline
export function fileIn(set: usize, entries: v128, place: usize, hash: u32): void {
  const entry = (<u32>(place - first) << TAG_BITS) | (hash & TAG);
  v128.store(set, v128.shuffle<i32>(i32x4.splat(entry), entries, 3, 4, 5, 6));
}

// @ts-ignore: decorator
@inline
export function file(place: usize): void {
  const hash = hashOf(load<u64>(place));
  const set = setOf(hash);
  fileIn(set, v128.load(set), place, hash);
}
