import type { ByteSource } from '../io/byte-source.js';
import { ensureRoom } from './buffers.js';
import { aligned, type LoadedBlocks } from './loaded-blocks.js';
import { GAP_BYTES, type SourceRange } from './span.js';

/** Reads ranges into one buffer, neighbours in one read. A range that occurs twice is read once. */
export async function readRanges(
  ranges: readonly SourceRange[],
  spare: ArrayBuffer | undefined,
): Promise<LoadedBlocks> {
  const starts = new Uint32Array(ranges.length);
  const lengths = Uint32Array.from(ranges, ({ length }) => length);
  const sources = [...new Set(ranges.map(({ source }) => source))];
  const order = [...ranges.keys()].filter((i) => lengths[i] > 0);
  order.sort((a, b) => sources.indexOf(ranges[a].source) - sources.indexOf(ranges[b].source) || ranges[a].position - ranges[b].position);
  const reads: { source: ByteSource; position: number; end: number; at: number }[] = [];
  let total = 0;
  for (const i of order) {
    const { source, position, length } = ranges[i];
    let read = reads.at(-1);
    if (read === undefined || source !== read.source || position > read.end + GAP_BYTES) {
      if (read !== undefined) total += read.end - read.position;
      total = aligned(total);
      read = { source, position, end: position, at: total };
      reads.push(read);
    }
    read.end = Math.max(read.end, position + length);
    starts[i] = read.at + position - read.position;
  }
  const last = reads.at(-1);
  const buffer = ensureRoom(spare, last === undefined ? 0 : last.at + last.end - last.position);
  let bytesRead = 0;
  for (const { source, position, end, at } of reads) {
    await source.read(position, new Uint8Array(buffer, at, end - position));
    bytesRead += end - position;
  }
  return { buffer, starts, lengths, bytesRead };
}
