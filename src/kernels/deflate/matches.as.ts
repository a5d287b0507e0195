/**
 * Finding matches. Places are filed by a hash of their four bytes: the last one of each hash in `heads`, and each one's
 * predecessor in `chain`. Of the matches at a place the one is taken that saves most against literals, by the costs of
 * both, and none where none saves; one at the next place may be better still.
 */

import { common } from '../coding/common.as';
import { distanceCosts, distanceSymbol, lengthCosts, literalCosts, LONGEST, SEGMENT_BYTES, SEQUENCE_BYTES, SHORTEST, WINDOW } from './room.as';

const HASH_BITS = 15;
const HASH3_BITS = 13;
/** Places, u32; 0 is none, and farther from any input than a match can be. */
const heads: usize = memory.data(4 << HASH_BITS, 16);
const heads3: usize = memory.data(4 << HASH3_BITS, 16);
const chain: usize = memory.data(4 * (WINDOW + 1), 16);

/**
 * How hard it is tried, seven numbers a level from 1 to 9: how many earlier places are looked at; from what length on a
 * match is long enough; up to what length the next place is tried too, and from what length on with a quarter of the
 * looks; after how many misses (a power of two) the steps over what does not match become longer by one; whether
 * matches of three bytes are looked for; how long a match may be to be filed whole.
 */
const EFFORTS: usize = memory.data<u16>([
  1, 16, 0, 8, 4, 0, 8,
  2, 24, 0, 8, 4, 0, 8,
  3, 24, 8, 8, 4, 0, 16,
  4, 32, 16, 8, 4, 0, 16,
  6, 32, 16, 8, 5, 0, 16,
  8, 32, 16, 8, 5, 0, 16,
  16, 64, 32, 16, 7, 0, 64,
  48, 128, 64, 32, 31, 1, 258,
  512, 258, 258, 258, 31, 1, 258,
]);
const LONGEST_STEP: u32 = 64;

let looks: i32 = 0;
let nice: u32 = 0;
let lazyMost: u32 = 0;
let good: u32 = 0;
let patience: u32 = 0;
let takesThree: bool = false;
let filedMost: u32 = 0;

/** The input, how far it is dealt with, and the next place that may be filed. */
let first: usize = 0;
let last: usize = 0;
let at: usize = 0;
let unfiled: usize = 0;
let misses: u32 = 0;
/** Of the last match; 0: none yet. */
let lastDistance: usize = 0;

/** What `find` found. */
let foundLength: u32 = 0;
let foundDistance: u32 = 0;
let foundGain: i32 = 0;

/** @param level 1 to 9 */
export function setLevel(level: i32): void {
  const effort = EFFORTS + <usize>((level - 1) * 14);
  looks = load<u16>(effort);
  nice = load<u16>(effort, 2);
  lazyMost = load<u16>(effort, 4);
  good = load<u16>(effort, 6);
  patience = load<u16>(effort, 8);
  takesThree = load<u16>(effort, 10) != 0;
  filedMost = load<u16>(effort, 12);
}

/** Begins with the input between two places. */
export function startMatches(from: usize, to: usize): void {
  memory.fill(heads, 0, 4 << HASH_BITS);
  if (takesThree) memory.fill(heads3, 0, 4 << HASH3_BITS);
  first = from;
  last = to;
  at = from;
  unfiled = from;
  misses = 0;
  lastDistance = 0;
}

/** How far the input is dealt with. */
export function reached(): usize {
  return at;
}

// @ts-ignore: decorator
@inline
function headOf(word: u32): usize {
  return heads + (<usize>((word * 0x9e3779b1) >>> (32 - HASH_BITS)) << 2);
}

// @ts-ignore: decorator
@inline
function head3Of(word: u32): usize {
  return heads3 + (<usize>(((word << 8) * 0x9e3779b1) >>> (32 - HASH3_BITS)) << 2);
}

/** Files a place that has four bytes. */
// @ts-ignore: decorator
@inline
function file(place: usize): void {
  const word = load<u32>(place);
  const head = headOf(word);
  store<u32>(chain + ((place & WINDOW) << 2), load<u32>(head));
  store<u32>(head, <u32>place);
  if (takesThree) store<u32>(head3Of(word), <u32>place);
}

// @ts-ignore: decorator
@inline
function literalCost(byte: u32): u32 {
  return load<u32>(literalCosts + (<usize>byte << 2));
}

/** What three bytes and more cost as literals. Eight and more are estimated by the first eight. */
function literalsCost(place: usize, length: u32): u32 {
  const word = load<u32>(place);
  let cost = literalCost(word & 255) + literalCost((word >>> 8) & 255) + literalCost((word >>> 16) & 255);
  if (length == 3) return cost;
  cost += literalCost(word >>> 24);
  if (length >= 8) {
    const next = load<u32>(place, 4);
    cost += literalCost(next & 255) + literalCost((next >>> 8) & 255) + literalCost((next >>> 16) & 255) + literalCost(next >>> 24);
    return (cost * length) >>> 3;
  }
  for (let end = place + length, at = place + 4; at < end; at++) cost += literalCost(load<u8>(at));
  return cost;
}

// @ts-ignore: decorator
@inline
function gainOf(place: usize, length: u32, distance: u32): i32 {
  const cost = load<u32>(lengthCosts + (<usize>length << 2)) + load<u32>(distanceCosts + (<usize>distanceSymbol(distance) << 2));
  return <i32>(literalsCost(place, length) - cost);
}

/**
 * Files a place that has four bytes and finds the match there that saves most; its gain is 0 where none does.
 * @param longest only longer ones count, 3 at least
 * @param left how many earlier places are looked at
 */
function find(place: usize, longest: u32, left: i32): void {
  const word = load<u32>(place);
  const head = headOf(word);
  let candidate = <usize>load<u32>(head);
  store<u32>(chain + ((place & WINDOW) << 2), <u32>candidate);
  store<u32>(head, <u32>place);
  unfiled = place + 1;
  foundGain = 0;
  foundLength = 0;
  const most = <u32>min<usize>(last - place, LONGEST);
  if (takesThree) {
    const head3 = head3Of(word);
    const three = <usize>load<u32>(head3);
    store<u32>(head3, <u32>place);
    if (three + WINDOW >= place && ((load<u32>(three) ^ word) & 0xffffff) == 0) {
      const gain = gainOf(place, SHORTEST, <u32>(place - three));
      if (gain > 0) {
        foundGain = gain;
        foundLength = SHORTEST;
        foundDistance = <u32>(place - three);
      }
    }
  }
  // What matched last goes on matching there, though its places may not be filed.
  const again = place - lastDistance;
  if (lastDistance > 0 && again != candidate && load<u32>(again) == word) {
    const length = common(place, again, 4, most);
    const gain = gainOf(place, length, <u32>lastDistance);
    if (length > longest && gain > foundGain) {
      foundGain = gain;
      foundLength = length;
      foundDistance = <u32>lastDistance;
    }
  }
  // The four bytes that make a match longer than the longest so far: they differ most of the time.
  let tail = load<u32>(place + longest - 3);
  while (candidate + WINDOW >= place) {
    if (load<u32>(candidate + longest - 3) == tail && load<u32>(candidate) == word) {
      const length = common(place, candidate, 4, most);
      if (length > longest) {
        longest = length;
        tail = load<u32>(place + longest - 3);
        const distance = <u32>(place - candidate);
        const gain = gainOf(place, length, distance);
        if (gain > foundGain) {
          foundGain = gain;
          foundLength = length;
          foundDistance = distance;
        }
        if (length >= nice || length == most) break;
      }
    }
    if (--left <= 0) break;
    candidate = <usize>load<u32>(chain + ((candidate & WINDOW) << 2));
  }
}

/** Turns the next bytes, a segment or what is left, into sequences at `to`; returns where those end. */
export function parse(to: usize): usize {
  const end = min(at + SEGMENT_BYTES, last);
  // Places before it have four bytes.
  const fileEnd = last - min<usize>(last - first, 3);
  const probeEnd = min(end, fileEnd);
  let start = at;
  let place = at;
  while (place < probeEnd) {
    find(place, 3, looks);
    if (foundGain <= 0) {
      // What does not match goes on not matching: noise is passed over in longer and longer steps.
      place += 1 + min(misses++ >>> patience, LONGEST_STEP);
      continue;
    }
    let length = foundLength;
    let distance = foundDistance;
    let gain = foundGain;
    while (length < lazyMost && place + 1 < fileEnd) {
      find(place + 1, max<u32>(3, length - 1), length >= good ? looks >>> 2 : looks);
      if (foundGain <= gain) break;
      place++;
      length = foundLength;
      distance = foundDistance;
      gain = foundGain;
    }
    // What was stepped over may match too.
    while (length < <u32>LONGEST && place > start && place - distance > first && load<u8>(place - 1) == load<u8>(place - distance - 1)) {
      place--;
      length++;
    }
    store<u32>(to, <u32>(place - start));
    store<u32>(to, (length << 16) | distance, 4);
    to += SEQUENCE_BYTES;
    misses >>>= 1;
    place += length;
    start = place;
    const filedEnd = min(place, fileEnd);
    lastDistance = distance;
    if (length > filedMost) unfiled = max(unfiled, filedEnd - 16);
    for (; unfiled < filedEnd; unfiled++) file(unfiled);
  }
  at = max(start, end);
  if (at > start) {
    store<u64>(to, at - start);
    to += SEQUENCE_BYTES;
  }
  return to;
}
