import { ensureRoom } from './buffers.js';
import type { Place, PlaceKey, SourceRange } from './span.js';

/** The blocks of one task in one buffer. */
export interface LoadedBlocks {
  readonly buffer: ArrayBuffer;
  /** Where each block starts in the buffer, and how long it is; 0: not stored. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Bytes that were asked of the sources since the last task. */
  readonly bytesRead: number;
}

/** Where the blocks of a task go in its buffer. */
export interface BlockLayout extends Pick<LoadedBlocks, 'starts' | 'lengths'> {
  /** Bytes in all. */
  readonly total: number;
}

/** The blocks of a task on their way. */
export interface ComingBlocks extends BlockLayout {
  /** The task's buffer, where most come to it by themselves. */
  readonly buffer: ArrayBuffer | undefined;
  /** By where they go in the buffer. */
  readonly places: ReadonlyMap<number, Place>;
}

/** What is in a task's buffer, which may have more room. */
export function contentOf({ buffer, starts, lengths }: Pick<LoadedBlocks, 'buffer' | 'starts' | 'lengths'>): Uint8Array<ArrayBuffer> {
  let end = 0;
  for (let i = 0; i < starts.length; i++) end = Math.max(end, starts[i] + lengths[i]);
  return new Uint8Array(buffer, 0, end);
}

const ALIGNMENT = 8;

/** Where the next block of a task's buffer may begin. */
export const aligned = (at: number): number => Math.ceil(at / ALIGNMENT) * ALIGNMENT;

/** Lays out blocks one behind the other. @param keys the same for blocks that are the same, which are there once; undefined: not stored */
export function layOut(ranges: readonly SourceRange[], keys: readonly (PlaceKey | undefined)[]): BlockLayout {
  const starts = new Uint32Array(ranges.length);
  const firsts = new Map<PlaceKey, number>();
  let total = 0;
  for (const [i, key] of keys.entries()) {
    if (key === undefined) continue;
    const first = firsts.get(key);
    starts[i] = first ?? total;
    if (first !== undefined) continue;
    firsts.set(key, total);
    total += aligned(ranges[i].length);
  }
  return { starts, lengths: Uint32Array.from(ranges, ({ length }) => length), total };
}

/**
 * Waits for the blocks of a task, and copies those out of their spans that did not come to its buffer by themselves.
 * @param spare a buffer to copy them to, if it is large enough
 * @throws what reading them throws
 */
export async function collectBlocks({ starts, lengths, total, buffer: own, places }: ComingBlocks, spare: () => ArrayBuffer | undefined): Promise<Omit<LoadedBlocks, 'bytesRead'>> {
  const buffer = own ?? ensureRoom(spare(), total);
  const into = new Uint8Array(buffer);
  for (const [start, { span, length, goes }] of places) {
    // Where all of its blocks go elsewhere it is empty, and waited for all the same.
    const held = await span.bytes!;
    if (typeof goes === 'number') into.set(held.subarray(goes, goes + length), start);
  }
  return { buffer, starts, lengths };
}
