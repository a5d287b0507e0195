import { setMaxListeners } from 'node:events';
import { IoError } from '../errors.js';
import type { Access } from './access.js';
import type { ByteRun, ByteSink } from './byte-sink.js';
import type { OutputStamp, ResumableSink } from './kept-place.js';
import type { SinkRoom } from './output.js';
import { connectS3, type S3Connection } from './s3-client.js';
import { askS3, payer, type S3Place, type S3Target, type StoredPart } from './s3-target.js';
import { completeUpload, createUpload } from './s3-upload.js';

/** Bytes of parts that are held at one time, beside those that wait for the head. */
const HELD_BYTES = 64 * 1024 * 1024;
const MOST_UPLOADS = 8;

interface Part {
  readonly number: number;
  readonly bytes: Buffer;
  /** Its bytes in all; of the file's last part those so far. */
  readonly size: number;
  length: number;
}

/** How a run of bytes is cut into parts. */
interface Cut {
  /** The part before the first one. */
  readonly base: number;
  /** All parts have as many bytes but the last, which has the rest, up to twice as many. */
  readonly count: number;
  readonly totalBytes: number;
}

/**
 * Opens a sink that uploads parts as they fill. Bytes are written from the head's end on without gaps, but for those of
 * parts that are stored, and at last the head: the parts that hold it, mostly the first alone, wait for it in memory.
 * Lives in the writer thread.
 */
export function createS3Sink(target: S3Target, access: Access, room: SinkRoom): ResumableSink {
  // The first part is full when the SDK has long been loaded.
  return new S3Sink(target, access, room, connectS3(access));
}

/** As `createS3Sink`, for an upload that is yet to be begun. @throws UsageError where an object is there already, IoError where none can be put there */
export async function beginS3Sink(place: S3Place, access: Access, room: SinkRoom): Promise<{ readonly file: ByteSink; readonly target: S3Target }> {
  const connection = await connectS3(access);
  try {
    const target = await createUpload(connection, place, access);
    return { file: new S3Sink(target, access, room, Promise.resolve(connection)), target };
  } catch (error) {
    connection.client.destroy();
    throw error;
  }
}

class S3Sink implements ResumableSink {
  readonly #target: S3Target;
  readonly #access: Access;
  readonly #connection: Promise<S3Connection>;
  readonly #stop = new AbortController();
  /** The parts that are being filled or wait for the head, by number. */
  readonly #open = new Map<number, Part>();
  readonly #spares: Buffer[] = [];
  readonly #stored = new Map<number, StoredPart>();
  readonly #uploads = new Set<Promise<void>>();
  readonly #mostUploads: number;
  #cut: Cut;
  /** Parts up to this number wait for the head. */
  #held: number;
  #bytes = 0;
  #failure: Error | undefined;

  constructor(target: S3Target, access: Access, { headBytes, insertedBytes }: SinkRoom, connection: Promise<S3Connection>) {
    this.#target = target;
    this.#access = access;
    this.#connection = connection;
    this.#connection.catch(() => undefined);
    // The first part numbers are kept for what is put in.
    const base = Math.ceil(insertedBytes / target.partBytes);
    this.#cut = { base, count: Infinity, totalBytes: Infinity };
    this.#held = base + Math.ceil(headBytes / target.partBytes);
    for (const part of target.stored) if (part.number > this.#held) this.#stored.set(part.number, part);
    this.#bytes = this.#stored.size === 0 ? 0 : Math.max(...this.#stored.keys()) * target.partBytes;
    // Each upload and each pause between tries listens.
    setMaxListeners(0, this.#stop.signal);
    this.#mostUploads = Math.max(1, Math.min(MOST_UPLOADS, access.connections, Math.floor(HELD_BYTES / target.partBytes) - 1));
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    await this.#put(position, bytes);
    this.#bytes = Math.max(this.#bytes, position + bytes.length);
  }

  /** The bytes that wait for the head go behind what is put in, and all of it into the parts kept for that. */
  async insert(position: number, { byteLength, pieces }: ByteRun): Promise<void> {
    const { partBytes } = this.#target;
    const { base } = this.#cut;
    const waiting = [...this.#open.values()].filter(({ number }) => number <= this.#held).sort((a, b) => a.number - b.number);
    waiting.forEach(({ number }) => this.#open.delete(number));
    const last = waiting.at(-1);
    const end = last === undefined ? position : (last.number - base - 1) * partBytes + last.length;
    const totalBytes = end + byteLength;
    this.#cut = { base: 0, count: Math.max(1, Math.floor(totalBytes / partBytes)), totalBytes };
    this.#held = Math.min(this.#cut.count, Math.ceil(position / partBytes));
    this.#bytes += byteLength;
    let at = position;
    for await (const bytes of pieces()) {
      await this.#put(at, bytes);
      at += bytes.length;
    }
    for (const { number, bytes, length } of waiting) {
      const from = Math.max(0, position - (number - base - 1) * partBytes);
      await this.#put(at, bytes.subarray(from, length));
      at += length - from;
    }
  }

  async #put(position: number, bytes: Uint8Array): Promise<void> {
    const { partBytes } = this.#target;
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const index = Math.min(Math.floor(at / partBytes), this.#cut.count - 1);
      const number = this.#cut.base + index + 1;
      const offset = at - index * partBytes;
      if (this.#stored.has(number)) {
        done += partBytes - offset;
        continue;
      }
      const part = this.#open.get(number) ?? (await this.#begin(number, index));
      const count = Math.min(bytes.length - done, part.size - offset);
      part.bytes.set(bytes.subarray(done, done + count), offset);
      part.length = Math.max(part.length, offset + count);
      done += count;
      if (number > this.#held && part.length === part.size) this.#upload(part);
    }
  }

  async flush(): Promise<void> {
    // The first part goes last, so that no store can take what is there for the whole.
    for (const part of [...this.#open.values()].sort((a, b) => b.number - a.number)) {
      await this.#room();
      this.#upload(part);
    }
    while (this.#uploads.size > 0) await Promise.race(this.#uploads);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A part that is on its way will be asked for again: its bytes are noted nowhere else. */
  persist(): Promise<void> {
    return Promise.resolve();
  }

  stamp(): OutputStamp {
    return { bytes: this.#bytes, version: this.#target.mark };
  }

  async publish(): Promise<void> {
    // Numbers that were kept for more than came are left out.
    const parts = [...this.#stored.values()].sort((a, b) => a.number - b.number);
    await completeUpload(await this.#connection, this.#target, parts, { access: this.#access, signal: this.#stop.signal });
  }

  interrupt(): void {
    this.#stop.abort();
  }

  async discard(): Promise<void> {
    this.interrupt();
    await Promise.allSettled(this.#uploads);
    await this.#connection.then(({ client }) => client.destroy(), () => undefined);
  }

  async #begin(number: number, index: number): Promise<Part> {
    await this.#room();
    const { count, totalBytes } = this.#cut;
    const { partBytes } = this.#target;
    const size = index < count - 1 ? partBytes : totalBytes - index * partBytes;
    const bytes = size > partBytes ? Buffer.allocUnsafeSlow(size) : (this.#spares.pop() ?? Buffer.allocUnsafeSlow(partBytes));
    const part = { number, bytes, size, length: 0 };
    this.#open.set(number, part);
    return part;
  }

  /** Waits until another part may be under way. */
  async #room(): Promise<void> {
    while (this.#uploads.size >= this.#mostUploads) await Promise.race(this.#uploads);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #upload(part: Part): void {
    this.#open.delete(part.number);
    const upload = this.#send(part)
      .catch((error: unknown) => {
        this.#failure ??= error as Error;
        this.#stop.abort();
      })
      .finally(() => this.#uploads.delete(upload));
    this.#uploads.add(upload);
  }

  async #send({ number, bytes, length }: Part): Promise<void> {
    const { sdk, client } = await this.#connection;
    const { path, bucket, key, uploadId } = this.#target;
    const Body = bytes.subarray(0, length);
    const request = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: number, Body, ContentLength: length, ...payer(this.#access) };
    const { signal } = this.#stop;
    const { ETag } = await askS3(
      path,
      `cannot upload part ${number}`,
      this.#access,
      () => client.send(new sdk.UploadPartCommand(request), { abortSignal: signal }),
      { signal },
    );
    if (ETag === undefined) throw new IoError(`${path}: cannot upload part ${number}: the store gave it no ETag`);
    this.#stored.set(number, { number, etag: ETag });
    if (bytes.length === this.#target.partBytes) this.#spares.push(bytes);
  }
}
