/**
 * DEFLATE in a zlib wrapper (RFC 1951, RFC 1950): an encoder for raster rows. AssemblyScript, compiled to deflate.wasm
 * by `npm run build`; deflate.ts calls it. The input lies at `room()`, the output comes block by block.
 *
 * The input is parsed segment by segment. Segments join to a block as long as their symbols are alike; the costs that
 * the next segment's matches are judged by are those of the last one's symbols.
 */

import { adler32 } from './deflate/adler.as';
import { padBits, startBits, writeTo, written } from './deflate/bits.as';
import { writeBlock } from './deflate/block.as';
import { parse, reached, setLevel, startMatches } from './deflate/matches.as';
import { BLOCK_BYTES, SEGMENT_BYTES, SEQUENCE_BYTES, sequences, sequencesFull } from './deflate/room.as';
import { assumeSymbols, beginBlock, costsOfSegment, countSegment, isBetterApart, joinSegment } from './deflate/statistics.as';

export { setLevel };

/** Deflate with a window of 32 KB; the level's two bits tell nothing that a decoder needs. */
const ZLIB_HEAD: u16 = 0x9c78;

/** Room for a block as it is stored, and for what goes around it. */
const output: usize = memory.data(<i32>BLOCK_BYTES + 1024, 16);

let rawEnd: usize = 0;
let blockStart: usize = 0;
let sum: u32 = 1;
let isBegun = false;
let isDone = false;
/** The sequences of a segment that is counted but not written: it begins the next block. */
let keptFrom: usize = 0;
let keptTo: usize = 0;

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
  blockStart = raw;
  sum = 1;
  isBegun = false;
  isDone = false;
  keptFrom = sequences;
  keptTo = sequences;
  startBits();
  startMatches(raw, rawEnd);
  assumeSymbols(raw, min(SEGMENT_BYTES, count));
  costsOfSegment();
}

/** Writes the next block to `outputAt()` and returns how many bytes it has: 0 where all is written. */
export function next(): usize {
  if (isDone) return 0;
  writeTo(output);
  if (!isBegun) {
    isBegun = true;
    store<u16>(output, ZLIB_HEAD);
    writeTo(output + 2);
  }
  beginBlock(keptTo > keptFrom);
  memory.copy(sequences, keptFrom, keptTo - keptFrom);
  let to = sequences + (keptTo - keptFrom);
  keptFrom = keptTo;
  let end = reached();
  while (end < rawEnd && to <= sequencesFull && end - blockStart <= BLOCK_BYTES - 2 * SEGMENT_BYTES) {
    const segmentTo = parse(to);
    const segmentEnd = reached();
    sum = adler32(sum, end, segmentEnd - end);
    countSegment(to, segmentTo, end);
    costsOfSegment();
    if (isBetterApart()) {
      keptFrom = to;
      keptTo = segmentTo;
      break;
    }
    joinSegment();
    to = segmentTo;
    end = segmentEnd;
  }
  isDone = end == rawEnd;
  writeBlock(sequences, to, blockStart, end - blockStart, isDone);
  blockStart = end;
  if (isDone) {
    padBits();
    const place = written();
    store<u32>(place, bswap(sum));
    writeTo(place + 4);
  }
  return written() - output;
}
