import { ensureRoom } from './buffers.js';
import type { Place, SourceRange } from './span.js';

/** The blocks of one task in one buffer. */
export interface LoadedBlocks {
  readonly buffer: ArrayBuffer;
  /** Where each block starts in the buffer, and how long it is; 0: not stored. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Bytes that were asked of the sources since the last task. */
  readonly bytesRead: number;
}

/** The blocks of one task, and where each is or will be; undefined: not stored. */
export interface PlacedBlocks {
  readonly ranges: readonly SourceRange[];
  readonly places: readonly (Place | undefined)[];
}

/** What is in a task's buffer, which may have more room. */
export function contentOf({ buffer, starts, lengths }: Pick<LoadedBlocks, 'buffer' | 'starts' | 'lengths'>): Uint8Array<ArrayBuffer> {
  let end = 0;
  for (let i = 0; i < starts.length; i++) end = Math.max(end, starts[i] + lengths[i]);
  return new Uint8Array(buffer, 0, end);
}

const ALIGNMENT = 8;

/** Puts blocks together out of their spans, as those come; one that occurs twice is there once. @throws what reading them throws */
export async function collectBlocks({ ranges, places }: PlacedBlocks, spare: ArrayBuffer | undefined): Promise<Omit<LoadedBlocks, 'bytesRead'>> {
  const starts = new Uint32Array(ranges.length);
  const lengths = Uint32Array.from(ranges, ({ length }) => length);
  const firsts = new Map<Place, number>();
  let total = 0;
  places.forEach((place, i) => {
    if (place === undefined) return;
    const first = firsts.get(place);
    starts[i] = first ?? total;
    if (first !== undefined) return;
    firsts.set(place, total);
    total += Math.ceil(place.length / ALIGNMENT) * ALIGNMENT;
  });
  const buffer = ensureRoom(spare, total);
  const into = new Uint8Array(buffer);
  for (const [{ span, position, length }, start] of firsts) {
    const from = position - span.position;
    into.set((await span.bytes!).subarray(from, from + length), start);
  }
  return { buffer, starts, lengths };
}
