import type { ByteSource } from '../io/byte-source.js';
import { countGarbage, leaveGarbage } from '../kernels/garbage.js';
import { BufferStock } from './buffers.js';
import { bytesOf, GAP_BYTES, piecesOf, type Place, type PlaceKey, type SourceRange, type Span } from './span.js';

/** One request asks for no more; several fetch what is longer. */
export const REQUEST_BYTES = 4 * 1024 * 1024;
/** What most requests ask for beyond that, to the end of a block. */
const BLOCK_BYTES = 512 * 1024;
/** Gaps between blocks come with them as long as they add no more than a 32nd. */
const GAP_SHARE = 32;

/** How a block is asked for. */
export interface Wish {
  /** The block's own. */
  readonly key: PlaceKey;
  /** Where it goes; undefined: it is held in its span, where others find it. */
  readonly into: Uint8Array | undefined;
  /** Spans that are not asked for yet. */
  readonly open: Span[];
  /** A span of so many bytes is asked for at once. */
  readonly requestBytes: number;
}

/**
 * Asks sources for blocks, those that lie behind each other in one request, and knows which are held or will be. Lives
 * in the reader thread.
 */
export class SpanRequests {
  /** Of blocks that are held. */
  readonly #places = new Map<PlaceKey, Place>();
  readonly #numbers = new Map<ByteSource, number>();
  /**
   * What requests were received into, for the next ones: memory that is new to the system costs as much as a copy. Of two sizes, as
   * requests have half of their length where little is fetched ahead.
   */
  readonly #stocks = [REQUEST_BYTES / 2, REQUEST_BYTES].map((bytes) => new BufferStock(bytes + BLOCK_BYTES, 3));
  #askedBytes = 0;

  /** The same for the same bytes of the same source only. */
  keyOf({ source, position, length }: SourceRange): PlaceKey {
    return `${this.#numberOf(source)}:${position}:${length}`;
  }

  /** The indices of blocks that are stored, as they lie in their sources. */
  inOrder(ranges: readonly SourceRange[]): number[] {
    const order = [...ranges.keys()].filter((i) => ranges[i].length > 0);
    return order.sort((a, b) => this.#numberOf(ranges[a].source) - this.#numberOf(ranges[b].source) || ranges[a].position - ranges[b].position);
  }

  /** Whether a block is held, or will be. */
  isHeld(key: PlaceKey): boolean {
    return this.#places.has(key);
  }

  /** Where a block is or will be. */
  place(range: SourceRange, { key, into, open, requestBytes }: Wish): Place {
    const { position, length } = range;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const span = this.#spanFor(range, open);
    const gap = position - span.end;
    span.end = position + length;
    span.blockBytes += length;
    if (into === undefined && typeof span.places.at(-1)?.goes === 'number') span.heldBytes += gap;
    const place = { span, position, length, goes: into ?? span.heldBytes };
    span.places.push(place);
    if (into === undefined) {
      span.heldBytes += length;
      span.keys.push(key);
      this.#places.set(key, place);
    }
    if (bytesOf(span) >= requestBytes) {
      open.splice(open.indexOf(span), 1);
      this.ask(span);
    }
    return place;
  }

  #spanFor({ source, position }: SourceRange, open: Span[]): Span {
    const found = open.find((other) => {
      const gap = position - other.end;
      return source === other.source && gap >= 0 && gap <= GAP_BYTES && bytesOf(other) + gap - other.blockBytes <= other.blockBytes / GAP_SHARE;
    });
    if (found !== undefined) return found;
    const span: Span = { source, position, end: position, blockBytes: 0, heldBytes: 0, bytes: undefined, hasCome: false, tasks: 0, neededBytes: 0, keys: [], places: [], blocks: new Set() };
    open.push(span);
    return span;
  }

  /** Asks for a span's bytes: nothing is added to it any more. Its failure is for the task that needs it. */
  ask(span: Span): void {
    this.#askedBytes += bytesOf(span);
    span.bytes = this.#receive(span);
    span.bytes.catch(() => this.#forget(span));
  }

  async #receive(span: Span): Promise<Uint8Array> {
    const { source, position, heldBytes } = span;
    const length = bytesOf(span);
    const stock = this.#stocks.find(({ size }) => heldBytes <= size);
    const held = new Uint8Array(stock?.take(heldBytes) ?? new ArrayBuffer(heldBytes), 0, heldBytes);
    const into = piecesOf(span, held);
    const reads: Promise<void>[] = [];
    for (let at = 0; at < length; at += 2 * REQUEST_BYTES) reads.push(source.readPieces([{ position: position + at, into: into.slice(at, at + 2 * REQUEST_BYTES) }]));
    await Promise.all(reads);
    // What comes as a stream, of S3 say, was copied out of small buffers.
    countGarbage(length);
    span.hasCome = true;
    return held;
  }

  /** Bytes that were asked for since this was last called. */
  takeAskedBytes(): number {
    const bytes = this.#askedBytes;
    this.#askedBytes = 0;
    return bytes;
  }

  /** Lets go of a span. */
  discard(span: Span): void {
    this.#forget(span);
    void span.bytes?.then(
      ({ buffer }) => this.#stocks.some((stock) => stock.give(buffer as ArrayBuffer)) || leaveGarbage(buffer as ArrayBuffer),
      () => undefined,
    );
  }

  /** Whoever needs its blocks next asks for them anew. */
  #forget(span: Span): void {
    for (const key of span.keys) {
      if (this.#places.get(key)?.span === span) this.#places.delete(key);
    }
  }

  #numberOf(source: ByteSource): number {
    const number = this.#numbers.get(source) ?? this.#numbers.size;
    this.#numbers.set(source, number);
    return number;
  }
}
