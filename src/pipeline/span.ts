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
  /** Of blocks that are held here. */
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

/** Where the bytes of a span go. @param held for the blocks that it holds */
export function piecesOf({ position, places }: Span, held: Uint8Array): Pieces {
  const pieces: Uint8Array[] = [];
  let at = position;
  for (const { position: start, length, goes } of places) {
    pieces.push(nowhere.subarray(0, start - at), typeof goes === 'number' ? held.subarray(goes, goes + length) : goes);
    at = start + length;
  }
  return new Pieces(...pieces);
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
