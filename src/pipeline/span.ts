import type { ByteSource } from '../io/byte-source.js';
import { Pieces } from '../io/pieces.js';
import type { ByteRange } from '../tiff/block-index.js';

/** A block of one of several sources. */
export interface SourceRange extends ByteRange {
  readonly source: ByteSource;
  /** Tells it from all other blocks, but for those of other planes at its place. */
  readonly block: number;
}

/** Blocks that lie behind each other, fetched together. */
export interface Span {
  readonly source: ByteSource;
  readonly position: number;
  end: number;
  /** Bytes of blocks, without what lies between them. */
  blockBytes: number;
  /** Of blocks that are held here, and of what lies between two of them. */
  heldBytes: number;
  /** What is held here; undefined until it is asked for. */
  bytes: Promise<Uint8Array> | undefined;
  /** Whether it is there. */
  hasCome: boolean;
  /** Scheduled tasks that still need it. */
  tasks: number;
  /** Of its bytes, those that were counted as needed by tasks. */
  neededBytes: number;
  /** Of blocks that are held here. */
  readonly keys: PlaceKey[];
  /** In their order. */
  readonly places: Place[];
  /** Numbers of those that are held here. */
  readonly blocks: Set<number>;
}

/** Where the bytes of a block are or will be. */
export interface Place extends ByteRange {
  readonly span: Span;
  /** Where a block goes that one task needs alone; else where it is in what the span holds. */
  readonly goes: Uint8Array | number;
}

/** Tells a block's bytes from all others. */
export type PlaceKey = string;

/** Blocks with no more between them come in one request. */
export const GAP_BYTES = 4096;
/** What lies between blocks goes here, and nobody looks at it. */
const nowhere = new Uint8Array(GAP_BYTES);

/** Where the bytes of a span go: as few pieces as there can be. @param held for the blocks that it holds, and what lies between two of them */
export function piecesOf({ position, places }: Span, held: Uint8Array): Pieces {
  const pieces: Uint8Array[] = [];
  let at = position;
  let run: { readonly from: number; to: number } | undefined;
  const endRun = (): void => {
    if (run !== undefined) pieces.push(held.subarray(run.from, run.to));
    run = undefined;
  };
  for (const { position: start, length, goes } of places) {
    if (typeof goes === 'number' && run !== undefined) {
      run.to = goes + length;
    } else {
      endRun();
      if (start > at) pieces.push(nowhere.subarray(0, start - at));
      if (typeof goes === 'number') run = { from: goes, to: goes + length };
      else pieces.push(goes);
    }
    at = start + length;
  }
  endRun();
  return new Pieces(pieces);
}

export const bytesOf = ({ position, end }: Span): number => end - position;

/** Spans in the order they were added, and the bytes in all that they hold. */
export class SpanSet {
  readonly #spans = new Set<Span>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(span: Span): void {
    this.#spans.add(span);
    this.#bytes += span.heldBytes;
  }

  delete(span: Span): void {
    if (this.#spans.delete(span)) this.#bytes -= span.heldBytes;
  }

  /** There is one. */
  takeOldest(): Span {
    const [oldest] = this.#spans;
    this.delete(oldest);
    return oldest;
  }
}
