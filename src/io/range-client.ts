import type { Readable } from 'node:stream';
import type { Pieces } from './pieces.js';

/** Asks one object for ranges of its bytes, one request each. Retries, checks and limits are the caller's. */
export interface RangeClient {
  /** What messages call the object. */
  readonly name: string;
  /**
   * Sends one request.
   * @param version the object's, where it is known: an answer from any other is refused
   * @throws TransientError where another try may work, RastqError where it will not
   */
  request(range: AskedRange, version: string | undefined, signal: AbortSignal): Promise<RangeAnswer>;
  /**
   * Asks for the whole object, for servers that know no ranges.
   * @returns the bytes there are, where the server says so, and the bytes
   */
  requestWhole(signal: AbortSignal): Promise<{ readonly length: number | undefined; readonly body: Readable }>;
  close(): void;
}

export interface AskedRange {
  readonly position: number;
  /** At least 1. */
  readonly length: number;
}

/** The head of an answer, its body yet to come. */
export interface RangeAnswer {
  readonly position: number;
  readonly length: number;
  /** Bytes of the whole object. */
  readonly size: number;
  /** What tells the object from another one at its place: its ETag, else when it was last changed. */
  readonly version: string | undefined;
  readonly body: Body;
}

/** The bytes of an answer, to be received once or let go of. */
export interface Body {
  /**
   * @param into as long as the answer
   * @param onBytes told of bytes as they come
   * @throws TransientError where it ends early, or does not end; the network's error
   */
  receive(into: Pieces, onBytes: (count: number) => void): Promise<void>;
  /** Lets go of it, or of what is left of it. */
  drop(): void;
}

/** The numbers of a Content-Range header; the range is empty where it says `bytes * /SIZE`. Undefined: no such header. */
export function parseContentRange(text: string | undefined): { position: number; length: number; size: number } | undefined {
  const [, first, last, size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(text ?? '') ?? [];
  if (size === undefined) return undefined;
  if (first === undefined) return { position: 0, length: 0, size: Number(size) };
  return { position: Number(first), length: Number(last) - Number(first) + 1, size: Number(size) };
}
