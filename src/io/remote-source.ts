import { FormatError } from '../errors.js';
import type { Access, SourceSnapshot } from './access.js';
import type { ByteSource, PiecesRead } from './byte-source.js';
import { Pieces } from './pieces.js';
import type { RangeClient } from './range-client.js';
import { RangeFetcher } from './range-fetcher.js';

/** The first request fetches so much: the head of most files, index arrays and all. */
const HEAD_BYTES = 128 * 1024;
/** A small read elsewhere fetches so much with it: directories and index arrays are read in many small steps. */
const AROUND_BYTES = 128 * 1024;
/** The values of a directory at a file's end may lie before it. */
const BEFORE_BYTES = 16 * 1024;
const PIECES_KEPT = 64;

/** Bytes that were fetched, or are being fetched. */
interface Piece {
  readonly position: number;
  readonly length: number;
  readonly bytes: Promise<Uint8Array>;
}

/**
 * Opens an object behind a network with one request, or none where a snapshot of it is at hand.
 * @param location as the user gave it
 * @param version the object's that is wanted, where it is known
 * @throws IoError where it cannot be reached, is not there, or is another one than wanted
 */
export async function openRemote(
  client: RangeClient,
  access: Access,
  { location, version }: { readonly location: string; readonly version: string | undefined },
): Promise<ByteSource> {
  const known = access.snapshots.find((snapshot) => snapshot.location === location && snapshot.version === version);
  const fetcher = new RangeFetcher(client, access, known ?? { version });
  const pieces: Piece[] = [];
  let size = known?.size;
  if (known !== undefined) {
    for (const { position, bytes } of known.pieces) pieces.push({ position, length: bytes.length, bytes: Promise.resolve(bytes) });
  }
  if (size === undefined) {
    const head = await fetcher.open(HEAD_BYTES);
    size = head.size;
    pieces.push({ position: 0, length: head.bytes.length, bytes: Promise.resolve(head.bytes) });
  }
  return new RemoteSource(location, client, fetcher, size, pieces);
}

class RemoteSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly remote: NonNullable<ByteSource['remote']>;
  readonly #client: RangeClient;
  readonly #fetcher: RangeFetcher;
  readonly #pieces: Piece[];
  /** Bytes of the pieces that have come. */
  readonly #arrived = new Map<Piece, Uint8Array>();

  constructor(location: string, client: RangeClient, fetcher: RangeFetcher, size: number, pieces: Piece[]) {
    this.name = client.name;
    this.size = size;
    this.#client = client;
    this.#fetcher = fetcher;
    this.#pieces = [];
    for (const piece of pieces) this.#keep(piece);
    this.remote = {
      version: fetcher.version,
      interrupt: () => fetcher.stop(),
      snapshot: (): SourceSnapshot => ({
        location,
        size,
        version: fetcher.version,
        pieces: [...this.#arrived].map(([{ position }, bytes]) => ({ position, bytes })),
      }),
    };
  }

  async read(position: number, into: Uint8Array): Promise<void> {
    this.#check(position, into.length);
    if (into.length === 0) return;
    const piece = this.#find(position, into.length) ?? this.#around(position, into.length);
    const bytes = await piece.bytes;
    into.set(bytes.subarray(position - piece.position, position - piece.position + into.length));
  }

  async readPieces(reads: readonly PiecesRead[]): Promise<void> {
    await Promise.all(reads.map(({ position, into }) => this.#fetch(position, into)));
  }

  close(): Promise<void> {
    this.#fetcher.stop();
    this.#client.close();
    return Promise.resolve();
  }

  async #fetch(position: number, into: Pieces): Promise<void> {
    this.#check(position, into.length);
    if (into.length === 0) return;
    // The first blocks often lie within what opening the file has brought.
    const start = this.#pieces.find((piece) => piece.position <= position && position < piece.position + piece.length);
    const known = start === undefined ? 0 : Math.min(into.length, start.position + start.length - position);
    await Promise.all([
      known > 0 ? this.#readKnown(position, into.slice(0, known)) : undefined,
      known < into.length ? this.#fetcher.fetch(position + known, into.slice(known)) : undefined,
    ]);
  }

  async #readKnown(position: number, into: Pieces): Promise<void> {
    const bytes = new Uint8Array(into.length);
    await this.read(position, bytes);
    into.set(bytes, 0);
  }

  #find(position: number, length: number): Piece | undefined {
    return this.#pieces.find((piece) => piece.position <= position && position + length <= piece.position + piece.length);
  }

  #around(wanted: number, length: number): Piece {
    const position = Math.max(0, wanted - BEFORE_BYTES);
    const end = Math.min(this.size, Math.max(wanted + length, position + AROUND_BYTES));
    const bytes = new Uint8Array(end - position);
    const piece = { position, length: bytes.length, bytes: this.#fetcher.fetch(position, new Pieces([bytes])).then(() => bytes) };
    this.#keep(piece);
    return piece;
  }

  #keep(piece: Piece): void {
    if (this.#pieces.length === PIECES_KEPT) this.#forget(this.#pieces[0]);
    this.#pieces.push(piece);
    piece.bytes.then(
      (bytes) => this.#pieces.includes(piece) && this.#arrived.set(piece, bytes),
      // Whoever reads it next asks again.
      () => this.#forget(piece),
    );
  }

  #forget(piece: Piece): void {
    const at = this.#pieces.indexOf(piece);
    if (at >= 0) this.#pieces.splice(at, 1);
    this.#arrived.delete(piece);
  }

  #check(position: number, length: number): void {
    if (position + length <= this.size) return;
    throw new FormatError(`${this.name}: bytes ${position}..${position + length} wanted, but it ends at ${this.size}`);
  }
}
