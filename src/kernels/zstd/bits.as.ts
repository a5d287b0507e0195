/** Bits that are read from the last to the first: written from the lowest of each byte on, and a one behind the last. */

let waiting: u64 = 0;
let waitingBits: u64 = 0;
let out: usize = 0;

export function startBits(place: usize): void {
  waiting = 0;
  waitingBits = 0;
  out = place;
}

/** Goes on with a stream of which some bits wait, up to 7. */
export function goOnWith(bits: u64, count: u64, place: usize): void {
  waiting = bits;
  waitingBits = count;
  out = place;
}

/** The lowest of bits. */
// @ts-ignore: decorator
@inline
export function lowest(bits: u32, count: u32): u32 {
  return bits & ((1 << count) - 1);
}

/** At most 32 bits; those above `count` are 0. */
export function put(bits: u32, count: u32): void {
  waiting |= (<u64>bits) << waitingBits;
  waitingBits += count;
  store<u64>(out, waiting);
  out += <usize>(waitingBits >> 3);
  waiting >>= waitingBits & 56;
  waitingBits &= 7;
}

/** Marks the end. @returns the place behind the last byte */
export function endBits(): usize {
  put(1, 1);
  return waitingBits > 0 ? out + 1 : out;
}
