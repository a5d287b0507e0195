/** Codes on their way out, from the highest bit of each byte on. Up to 8 bytes after what is written are overwritten. */

import { FIRST, MIN_WIDTH, bigEndian64 } from './codes.as';

/** What was written ends here; the lowest `waiting` bits of `bits` are to follow. */
let written: usize = 0;
let bits: u64 = 0;
let waiting: u64 = 0;

/** A stream that is set aside while another one is written: 24 bytes. */
export const STREAM_BYTES: usize = 24;

/** Begins a stream with the lowest `count` bits of `first`. */
export function begin(to: usize, first: u64, count: u64): void {
  written = to;
  bits = first;
  waiting = count;
}

export function takeUp(stream: usize): void {
  written = load<usize>(stream);
  bits = load<u64>(stream, 8);
  waiting = load<u64>(stream, 16);
}

export function setAside(stream: usize): void {
  store<usize>(stream, written);
  store<u64>(stream, bits, 8);
  store<u64>(stream, waiting, 16);
}

/** Writes the codes from `start` to `end`, the first that follow a clear. */
export function pack(start: usize, end: usize): void {
  let code = start;
  let to = written;
  let word = bits;
  let have = waiting;
  // A code makes the table's next entry; the code after the one that makes entry 2^width is a bit wider.
  let next = FIRST;
  for (let width = MIN_WIDTH; code < end; width++) {
    const stop = min(end, code + (((1 << width) - next) << 1));
    next = 1 << width;
    for (; code + 8 <= stop; code += 8) {
      word = (word << width) | load<u16>(code);
      word = (word << width) | load<u16>(code, 2);
      word = (word << width) | load<u16>(code, 4);
      word = (word << width) | load<u16>(code, 6);
      have += width << 2;
      store<u64>(to, bigEndian64(word << (64 - have)));
      to += <usize>(have >> 3);
      have &= 7;
    }
    for (; code < stop; code += 2) {
      word = (word << width) | load<u16>(code);
      have += width;
      store<u64>(to, bigEndian64(word << (64 - have)));
      to += <usize>(have >> 3);
      have &= 7;
    }
  }
  written = to;
  bits = word;
  waiting = have;
}

/** Moves what a stream that was begun at `from` has to the end of this one, which ends before it. */
export function append(stream: usize, from: usize): void {
  const end = load<usize>(stream);
  const lastBits = load<u64>(stream, 8);
  const last = load<u64>(stream, 16);
  let at = from;
  let to = written;
  let word = bits;
  for (; at + 7 <= end; at += 7) {
    word = (word << 56) | (bigEndian64(load<u64>(at)) >> 8);
    store<u64>(to, bigEndian64(word << (8 - waiting)));
    to += 7;
  }
  for (; at < end; at++) {
    word = (word << 8) | load<u8>(at);
    store<u8>(to++, <u8>(word >> waiting));
  }
  word = (word << last) | (lastBits & ((1 << last) - 1));
  const have = waiting + last;
  store<u64>(to, bigEndian64(word << (64 - have)));
  written = to + <usize>(have >> 3);
  bits = word;
  waiting = have & 7;
}

/** Where the stream ends, with a byte that is not full. */
export function reached(): usize {
  return written + <usize>(waiting > 0);
}
