/** Bits on their way out, from the lowest of each byte on (RFC 1951, section 3.1.1). */

/** Bits that wait for their byte to be full, how many, and where it goes. */
export let waiting: u64 = 0;
export let waitingBits: u64 = 0;
export let out: usize = 0;

/** Goes on from what a loop of its own has written. */
// @ts-ignore: decorator
@inline
export function goOn(bits: u64, count: u64, place: usize): void {
  waiting = bits;
  waitingBits = count;
  out = place;
}

export function startBits(): void {
  waiting = 0;
  waitingBits = 0;
}

export function writeTo(place: usize): void {
  out = place;
}

/** Where the next byte goes. */
export function written(): usize {
  return out;
}

/** Fills up the last byte. */
export function padBits(): void {
  if (waitingBits > 0) {
    store<u8>(out++, <u8>waiting);
    startBits();
  }
}

/** At most 32 bits. */
export function put(bits: u32, count: u32): void {
  waiting |= (<u64>bits) << waitingBits;
  waitingBits += count;
  store<u64>(out, waiting);
  out += <usize>(waitingBits >> 3);
  waiting >>= waitingBits & 56;
  waitingBits &= 7;
}
