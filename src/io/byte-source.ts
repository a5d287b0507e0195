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
  /** As `read`, each to several places in one call of the system. Present for local files. */
  readPieces?(reads: readonly PiecesRead[]): Promise<void>;
  /** What tells the bytes of a local file from others at its place: when it was last changed. */
  readonly version?: string;
  /** Present where a read waits for a network, so that it pays to ask ahead. */
  readonly remote?: RemoteReads;
  close(): Promise<void>;
}

/** Bytes to read, one behind the other, and where they go. */
export interface PiecesRead {
  readonly position: number;
  readonly into: Pieces;
}

/** How bytes behind a network are read that are known to be needed. */
export interface RemoteReads {
  /** What tells the object from another one at its place. */
  readonly version: string | undefined;
  /** As `read`, but fetches nothing around what is wanted and keeps nothing. Any number may be under way. */
  fetch(position: number, into: Pieces): Promise<void>;
  /** Has what is being read fail, and all that follows. */
  interrupt(): void;
  /** What has been read of it by `read`, for another thread to open it with. */
  snapshot(): SourceSnapshot;
}

/** Fills pieces in the way that a source does best. @throws as its `read` does */
export async function readPieces(source: ByteSource, reads: readonly PiecesRead[]): Promise<void> {
  if (source.readPieces !== undefined) return source.readPieces(reads);
  for (const { position, into } of reads) {
    if (source.remote !== undefined) await source.remote.fetch(position, into);
    else await readInTurn(source, position, into);
  }
}

async function readInTurn(source: ByteSource, position: number, into: Pieces): Promise<void> {
  let at = position;
  for (const piece of into.all) {
    await source.read(at, piece);
    at += piece.length;
  }
}
