import type { SourceSnapshot } from './access.js';
import type { Pieces } from './pieces.js';

/** Bytes that can be read at any place: of a local file, or of an object behind a network. */
export interface ByteSource {
  /** What messages call it: the path or URL as the user gave it. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Fills `into` from `position`. Reads are whole: a short one is an error, never zeros.
   * @throws FormatError where the range ends beyond the source, IoError where the system fails
   */
  read(position: number, into: Uint8Array): Promise<void>;
  /** As `read`, of what is known to be needed, each to several places at once; of a network nothing around it is fetched or kept. Any number may be under way. */
  readPieces(reads: readonly PiecesRead[]): Promise<void>;
  /** What tells the bytes of a local file from others at its place: when it was last changed. */
  readonly version?: string;
  /** Present where a read waits for a network, so that it pays to ask ahead. */
  readonly remote?: RemoteReads;
  /** Closes it the first time it is called, and does nothing after that. */
  close(): Promise<void>;
}

/** Bytes to read, one behind the other, and where they go. */
export interface PiecesRead {
  readonly position: number;
  readonly into: Pieces;
}

/** What is known of an object behind a network, and what may be asked of it. */
export interface RemoteReads {
  /** What tells the object from another one at its place. */
  readonly version: string | undefined;
  /** Has what is being read fail, and all that follows. */
  interrupt(): void;
  /** What has been read of it by `read`, for another thread to open it with. */
  snapshot(): SourceSnapshot;
}
