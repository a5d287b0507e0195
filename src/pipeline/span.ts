import type { ByteSource } from '../io/byte-source.js';
import type { ByteRange } from '../tiff/block-index.js';

/** A block of one of several sources. */
export interface SourceRange extends ByteRange {
  readonly source: ByteSource;
  /** Tells it from all other blocks, but for those of other planes at its place. */
  readonly block: number;
}

/** Blocks that lie behind each other, fetched together into one buffer. */
export interface Span {
  readonly source: ByteSource;
  readonly position: number;
  end: number;
  /** Bytes of blocks, without what lies between them. */
  blockBytes: number;
  /** Undefined until it is asked for. */
  bytes: Promise<Uint8Array> | undefined;
  hasCome: boolean;
  /** Scheduled tasks that still need it. */
  tasks: number;
  readonly places: PlaceKey[];
  readonly blocks: Set<number>;
}

/** Where the bytes of a block are or will be. */
export interface Place extends ByteRange {
  readonly span: Span;
}

/** Tells a block's bytes from all others. */
export type PlaceKey = string;

export const bytesOf = ({ position, end }: Span): number => end - position;

/** Spans in the order they were added, and their bytes in all. */
export class SpanSet {
  readonly #spans = new Set<Span>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(span: Span): void {
    this.#spans.add(span);
    this.#bytes += bytesOf(span);
  }

  delete(span: Span): void {
    if (this.#spans.delete(span)) this.#bytes -= bytesOf(span);
  }

  /** There is one. */
  takeOldest(): Span {
    const [oldest] = this.#spans;
    this.delete(oldest);
    return oldest;
  }
}
