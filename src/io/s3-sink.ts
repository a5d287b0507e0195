import { setMaxListeners } from 'node:events';
import { IoError, UsageError } from '../errors.js';
import type { Access } from './access.js';
import type { ByteRun, ByteSink } from './byte-sink.js';
import { retrying, TransientError } from './retry.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';
import { abortUpload, askS3, combinedEtag, payer, type S3Target } from './s3-target.js';

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
 * Opens a sink that uploads parts as they fill. Bytes are written from some position on without gaps, and at last
 * those before it: the parts that hold them, mostly the first alone, wait for them in memory. Lives in the writer thread.
 * @param insertedBytes the most bytes that will be put in before those written: the first part numbers are kept for them
 */
export async function createS3Sink(target: S3Target, access: Access, insertedBytes: number): Promise<ByteSink> {
  return new S3Sink(target, access, await connectS3(access), Math.ceil(insertedBytes / target.partBytes));
}

class S3Sink implements ByteSink {
  readonly #target: S3Target;
  readonly #access: Access;
  readonly #connection: S3Connection;
  readonly #stop = new AbortController();
  /** The parts that are being filled or wait for the head, by number. */
  readonly #open = new Map<number, Part>();
  readonly #spares: Buffer[] = [];
  /** By the number of the part, less 1. */
  readonly #etags: (string | undefined)[] = [];
  readonly #uploads = new Set<Promise<void>>();
  readonly #mostUploads: number;
  #cut: Cut;
  /** Parts up to this number wait for the head. */
  #held: number | undefined;
  #bytes = 0;
  #failure: Error | undefined;
  #isDone = false;

  constructor(target: S3Target, access: Access, connection: S3Connection, reservedParts: number) {
    this.#target = target;
    this.#access = access;
    this.#connection = connection;
    this.#cut = { base: reservedParts, count: Infinity, totalBytes: Infinity };
    // Each upload and each pause between tries listens.
    setMaxListeners(0, this.#stop.signal);
    this.#mostUploads = Math.max(1, Math.min(MOST_UPLOADS, access.connections, Math.floor(HELD_BYTES / target.partBytes) - 1));
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    this.#held ??= this.#cut.base + Math.ceil(position / this.#target.partBytes);
    await this.#put(position, bytes);
    this.#bytes = Math.max(this.#bytes, position + bytes.length);
  }

  /** The bytes that wait for the head go behind what is put in, and all of it into the parts kept for that. */
  async insert(position: number, { byteLength, pieces }: ByteRun): Promise<void> {
    const { partBytes } = this.#target;
    const { base } = this.#cut;
    const waiting = [...this.#open.values()].filter(({ number }) => number <= this.#held!).sort((a, b) => a.number - b.number);
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
      const part = this.#open.get(number) ?? (await this.#begin(number, index));
      const offset = at - index * partBytes;
      const count = Math.min(bytes.length - done, part.size - offset);
      part.bytes.set(bytes.subarray(done, done + count), offset);
      part.length = Math.max(part.length, offset + count);
      done += count;
      if (number > this.#held! && part.length === part.size) this.#upload(part);
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

  async publish(): Promise<void> {
    const { sdk, client } = this.#connection;
    const { path, bucket, key, uploadId, overwrite } = this.#target;
    // Numbers that were kept for more than came are left out.
    const parts = this.#etags.flatMap((etag, i) => (etag === undefined ? [] : [{ ETag: etag, PartNumber: i + 1 }]));
    const request = { Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts }, ...payer(this.#access) };
    let isConditional = !overwrite;
    let tries = 0;
    await retrying(`${path}: cannot complete the upload`, { retries: this.#access.retries, signal: this.#stop.signal }, async () => {
      try {
        tries++;
        await client.send(new sdk.CompleteMultipartUploadCommand({ ...request, ...(isConditional ? { IfNoneMatch: '*' } : {}) }));
      } catch (error) {
        const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
        if (name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412) {
          // An answer that got lost may have been that of success.
          if (tries > 1 && (await this.#isThere())) return;
          throw new UsageError(`${path}: appeared while the run was under way`, { cause: error });
        }
        if (isConditional && (name === 'NotImplemented' || $metadata?.httpStatusCode === 501)) {
          isConditional = false;
          throw new TransientError('the store knows no conditions', { cause: error });
        }
        if (name === 'NoSuchUpload' && tries > 1 && (await this.#isThere())) return;
        throw s3Fault(path, 'cannot complete the upload', error);
      }
    });
    this.#isDone = true;
  }

  async discard(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#uploads);
    this.#connection.client.destroy();
    if (!this.#isDone) await abortUpload(this.#target, this.#access);
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
    const { sdk, client } = this.#connection;
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
    this.#etags[number - 1] = ETag;
    if (bytes.length === this.#target.partBytes) this.#spares.push(bytes);
  }

  /** Whether what lies at the place now is what was uploaded. */
  async #isThere(): Promise<boolean> {
    const { sdk, client } = this.#connection;
    const { path, bucket, key, previous } = this.#target;
    const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ...payer(this.#access) });
    const { ETag, ContentLength } = await askS3(path, 'cannot look at it', this.#access, () => client.send(command));
    if (ContentLength !== this.#bytes) return false;
    const wanted = combinedEtag(this.#etags.filter((etag) => etag !== undefined));
    return wanted === undefined ? ETag !== previous : ETag === wanted;
  }
}
