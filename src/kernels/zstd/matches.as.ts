/**
 * Finding matches, at most one a place, by places before that are filed in sets.
 *
 * A match is taken where it is longer than what it costs, by the mean of what a byte costs, not by its own literals: once
 * matches take the bytes that occur often, those are dear as literals, so both ways to write the input justify themselves,
 * and the one with matches is the shorter one.
 */

import { common } from '../coding/common.as';
import { addCountedBytes, countBytes, increment, startCountingBytes } from '../coding/byte-counts.as';
import { log2 } from '../coding/logarithm.as';
import { costOf, takeNoise } from './noise.as';
import { keepOffsets, startOffsets } from './offsets.as';
import { SEGMENT_BYTES, SEQUENCE_BYTES, sequences } from './room.as';
import { file, fileIn, first, hashed, hashOf, setOf, startSets, TAG, TAG_BITS, unhashed, WINDOW } from './sets.as';
import { lastOffset, literalsEnd, sequencesEnd, start, startTaking, takeLiterals, takeSequence } from './taken.as';

/** Bytes of a match at least, where the last offset is repeated. */
const SHORTEST: u32 = 4;
/** From so many 1/256 bits a byte on, four bytes cost more as literals than as a match. */
const DEAR: u32 = 1408;
/** A place that is hashed or copied from may be read up to here. */
const READ: usize = 8;

/**
 * How hard it is tried, three numbers a level from 1 to 9: how many sets there are (a power of two); up to what length the
 * next place is tried too; how many places of a long match are filed, every second one.
 */
const EFFORTS: usize = memory.data<u16>([
  12, 0, 0,
  13, 0, 0,
  14, 0, 0,
  14, 0, 8,
  15, 0, 8,
  15, 16, 16,
  15, 32, 32,
  15, 64, 128,
  15, 64, 256,
]);
/** From here on a match is long; in noise nearly all are as short as may be, and the next place has none. */
const LONG: u32 = 9;
const NOISE_LENGTH: usize = 7;
/** So many matches in a segment are many. */
const MANY: usize = SEGMENT_BYTES / 64;

let setBitsOfLevel: u32 = 0;
let lazyMost: u32 = 0;
let filedMost: u32 = 0;

/** How far the input is dealt with. */
let at: usize = 0;
/**
 * Places are tried by their phase, the two low bits: of samples of 16 and 32 bits matches begin nearly always at the same
 * ones. The phases that are tried, a bit each, and how many matches began at each, u32.
 */
const ALL_PHASES: u32 = 15;
let phases: u32 = ALL_PHASES;
const phaseHits: usize = memory.data(4 * 4, 16);
/** A phase is left out where another has so many times its matches. */
const RARE: u32 = 8;
/** Whether the next place is tried too: matches have been long of late. */
let isLazy = false;
/** Whether matches have been short and many of late. */
let isNoise = false;
/** What a byte costs in the mean, in 1/256 bit: of the segment, in noise of the first one of the block. */
let byteCost: u32 = 0;
const byteCounts: usize = memory.data(256 * 4, 16);

/** What `find` found; a length of 0 is nothing. */
let foundLength: u32 = 0;
let foundOffset: u32 = 0;

/** @param level 1 to 9 */
export function setLevel(level: i32): void {
  const effort = EFFORTS + <usize>((level - 1) * 6);
  setBitsOfLevel = load<u16>(effort);
  lazyMost = load<u16>(effort, 2);
  filedMost = load<u16>(effort, 4);
}

/** Begins with the input between two places. */
export function startMatches(from: usize, to: usize): void {
  const middle = from + ((to - from) >>> 1);
  const bytes: u32 = meanCost(middle, min(SEGMENT_BYTES, to - middle)) >= DEAR ? 4 : 5;
  startSets(from, to, bytes, setBitsOfLevel);
  at = from;
  isLazy = true;
  isNoise = false;
  phases = ALL_PHASES;
  startOffsets();
}

/** Begins a block where the last one ended. */
export function startBlock(): void {
  if (!isNoise) phases = ALL_PHASES;
  startTaking(at);
  keepOffsets();
}

/** Ends a block where the input is dealt with. */
export function endBlock(): void {
  takeLiterals(at);
}

/** Passes over the input up to a place. */
export function skip(place: usize): void {
  at = place;
}

/** How far the input is dealt with. */
export function reached(): usize {
  return at;
}

/** Files a place and finds the longest match there, the last offset's where another is hardly longer. */
// @ts-ignore: decorator
@inline
function find(place: usize, blockEnd: usize): void {
  const bytes = load<u64>(place);
  const hash = hashOf(bytes);
  const set = setOf(hash);
  const entries = v128.load(set);
  const most = <u32>(blockEnd - place);
  let length: u32 = 0;
  let offset: u32 = 0;
  let least: u32 = 0;
  if (place > start && place - first >= lastOffset && load<u32>(place - lastOffset) == <u32>bytes) {
    offset = lastOffset;
    length = common(place, place - offset, SHORTEST, most);
    least = length + 2;
  }
  let hits = i32x4.bitmask(i32x4.eq(v128.and(entries, i32x4.splat(TAG)), i32x4.splat(hash & TAG)));
  for (; hits != 0; hits &= hits - 1) {
    const earlier = load<u32>(set + (<usize>ctz(hits) << 2)) >>> TAG_BITS;
    const back = (<u32>(place - first) - earlier) & WINDOW;
    const other = place - back;
    if (back == 0 || other < first || (load<u64>(other) ^ bytes) << unhashed != 0) continue;
    const found = common(place, other, hashed, most);
    if (found <= least || <u32>(found * byteCost) < costOf(back)) continue;
    length = found;
    offset = back;
    least = found;
    // In noise the next one is no longer.
    if (!isLazy) break;
  }
  fileIn(set, entries, place, hash);
  foundLength = length;
  foundOffset = offset;
}

/** What speaks for a match, where another begins one byte later: in quarters of a byte. */
// @ts-ignore: decorator
@inline
function worthOf(length: u32, offset: u32): i32 {
  return <i32>(length << 2) - (offset == lastOffset ? 0 : <i32>(31 - clz(offset)));
}
const LITERAL_WORTH = 4;

/** Takes the next bytes, a segment or what is left of the block, as literals and sequences. */
export function parse(blockEnd: usize): void {
  const end = min(at + SEGMENT_BYTES, blockEnd);
  const findEnd = min(end, blockEnd - min<usize>(blockEnd - at, READ));
  if (!isNoise || sequencesEnd == sequences) byteCost = meanCost(at, end - at);
  const firstSequence = sequencesEnd;
  const literalsBefore = literalsEnd - start;
  let place = at;
  if (isNoise) {
    const shift = stepOf(phases);
    while (shift > 0 && ((phases >>> (<u32>(place - first) & 3)) & 1) == 0) place++;
    takeNoise(place, findEnd, shift, byteCost, blockEnd);
    place = findEnd;
  }
  memory.fill(phaseHits, 0, 4 * 4);
  while (place < findEnd) {
    const phase = <u32>(place - first) & 3;
    if (((phases >>> phase) & 1) == 0) {
      place++;
      continue;
    }
    find(place, blockEnd);
    if (foundLength == 0) {
      // What has not matched for long is passed over in longer and longer steps.
      place += 1 + ((place - start) >>> 8);
      continue;
    }
    increment(phaseHits, phase);
    let length = foundLength;
    let offset = foundOffset;
    while (isLazy && length < lazyMost && place + 1 < findEnd) {
      find(place + 1, blockEnd);
      if (foundLength == 0 || worthOf(foundLength, foundOffset) <= worthOf(length, offset) + LITERAL_WORTH) break;
      place++;
      length = foundLength;
      offset = foundOffset;
    }
    // What was stepped over may match too.
    while (place > start && place - offset > first && load<u8>(place - 1) == load<u8>(place - offset - 1)) {
      place--;
      length++;
    }
    takeSequence(place, length, offset);
    file(place + 2);
    place = start;
    if (length >= LONG) for (let filed = place - min(length - 3, filedMost); filed < place; filed += 2) file(filed);
  }
  const begin = at;
  at = max(start, end);
  const matches = (sequencesEnd - firstSequence) / SEQUENCE_BYTES;
  isLazy = literalsBefore + start - literalsEnd >= NOISE_LENGTH * matches;
  isNoise = !isLazy && matches >= MANY;
  if (phases == ALL_PHASES) phases = frequentPhases();
}

/** How far it is from one place of some phases to the next, as a power of two: 0, every place, where that varies. */
function stepOf(some: u32): u32 {
  return popcnt(some) == 1 ? 2 : some == 5 || some == 10 ? 1 : 0;
}

function frequentPhases(): u32 {
  let most: u32 = 0;
  for (let phase = 0; phase < 4; phase++) most = max(most, load<u32>(phaseHits + (phase << 2)));
  let frequent: u32 = 0;
  for (let phase = 0; phase < 4; phase++) if (load<u32>(phaseHits + (phase << 2)) * RARE >= most) frequent |= 1 << phase;
  return frequent;
}

/** The entropy of bytes, in 1/256 bit a byte. */
function meanCost(from: usize, count: usize): u32 {
  if (count == 0) return 0;
  memory.fill(byteCounts, 0, 256 * 4);
  startCountingBytes();
  countBytes(from, count);
  addCountedBytes(byteCounts);
  const whole = log2(<u32>count);
  let bits: u64 = 0;
  for (let i = 0; i < 256; i++) {
    const times = load<u32>(byteCounts + (i << 2));
    if (times > 0) bits += <u64>times * (whole - log2(times));
  }
  return <u32>(bits / count) >>> 8;
}
