/**
 * Zstandard (RFC 8878): an encoder for raster rows. AssemblyScript, compiled to zstd.wasm by `npm run build`; zstd.ts calls
 * it. The input lies at `room()`, the output comes block by block.
 */

import { writeLiterals } from './zstd/literals.as';
import { endBlock, parse, reached, setLevel, skip, startBlock, startMatches } from './zstd/matches.as';
import { forgetOffsets } from './zstd/offsets.as';
import { BLOCK_BYTES, literals, sequences, WINDOW_BITS } from './zstd/room.as';
import { writeSequences } from './zstd/sequences.as';
import { literalsEnd, sequencesEnd } from './zstd/taken.as';

export { setLevel };

const MAGIC: u32 = 0xfd2fb528;
const PLAIN = 0;
const REPEATED = 1;
const COMPRESSED = 2;
const HEAD_BYTES: usize = 3;

/** A block at its longest, which is thrown away then: its literals, and up to ten bytes for each three. */
const output: usize = memory.data(1 << 20, 16);

let rawEnd: usize = 0;
let isBegun = false;
let isDone = false;

/** Where the input goes, up to the end of the memory but for 16 bytes. */
export function room(): usize {
  return (__heap_base + 15) & ~15;
}

export function outputAt(): usize {
  return output;
}

/** Begins with the `count` bytes at `room()`. */
export function begin(count: usize): void {
  const raw = room();
  rawEnd = raw + count;
  isBegun = false;
  isDone = false;
  startMatches(raw, rawEnd);
}

/** Writes the next block to `outputAt()` and returns how many bytes it has: 0 where all is written. */
export function next(): usize {
  if (isDone) return 0;
  const place = isBegun ? output : writeFrameHead(output);
  isBegun = true;
  const from = reached();
  const end = min(from + BLOCK_BYTES, rawEnd);
  isDone = end == rawEnd;
  return writeBlock(from, end, place) - output;
}

/** Magic number, content size, and the window where there is more content than that (section 3.1.1.1). */
function writeFrameHead(place: usize): usize {
  const count = rawEnd - room();
  store<u32>(place, MAGIC);
  const isSingle = count <= 1 << WINDOW_BITS;
  if (isSingle && count < 256) {
    store<u8>(place, 1 << 5, 4);
    store<u8>(place, <u8>count, 5);
    return place + 6;
  }
  // Sizes of two bytes begin at 256.
  if (isSingle && count < 65536 + 256) {
    store<u8>(place, (1 << 6) | (1 << 5), 4);
    store<u16>(place, <u16>(count - 256), 5);
    return place + 7;
  }
  store<u8>(place, <u8>((2 << 6) | (<i32>isSingle << 5)), 4);
  place += 5;
  if (!isSingle) store<u8>(place++, (WINDOW_BITS - 10) << 3);
  store<u32>(place, <u32>count);
  return place + 4;
}

function writeBlock(from: usize, end: usize, place: usize): usize {
  const count = end - from;
  // Not the first block: the command line of zstd up to 1.4.3 does not take it.
  if (from > room() && isOneByte(from, end)) {
    skip(end);
    writeBlockHead(REPEATED, count, place);
    store<u8>(place, load<u8>(from), HEAD_BYTES);
    return place + HEAD_BYTES + 1;
  }
  startBlock();
  while (reached() < end) parse(end);
  endBlock();
  const sequencesAt = writeLiterals(literals, literalsEnd - literals, place + HEAD_BYTES);
  const size = writeSequences(sequences, sequencesEnd, sequencesAt) - place - HEAD_BYTES;
  if (size < count) {
    writeBlockHead(COMPRESSED, size, place);
    return place + HEAD_BYTES + size;
  }
  forgetOffsets();
  writeBlockHead(PLAIN, count, place);
  memory.copy(place + HEAD_BYTES, from, count);
  return place + HEAD_BYTES + count;
}

function writeBlockHead(type: u32, size: usize, place: usize): void {
  const head = <u32>isDone | (type << 1) | (<u32>size << 3);
  store<u16>(place, <u16>head);
  store<u8>(place, <u8>(head >>> 16), 2);
}

function isOneByte(from: usize, end: usize): bool {
  const byte = load<u8>(from);
  for (let place = from + 1; place < end; place++) if (load<u8>(place) != byte) return false;
  return true;
}
