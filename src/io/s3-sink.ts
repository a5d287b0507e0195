import { setMaxListeners } from 'node:events';
import { IoError, UsageError } from '../errors.js';
import type { Access } from './access.js';
import type { ByteSink } from './byte-sink.js';
import { retrying, TransientError } from './retry.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';
import { abortUpload, askS3, combinedEtag, payer, type S3Target } from './s3-target.js';

/** Bytes of parts that are held at one time, beside those that wait for the head. */
const HELD_BYTES = 64 * 1024 * 1024;
const MOST_UPLOADS = 8;

interface Part {
  readonly number: number;
  readonly bytes: Buffer;
  length: number;
}

/**
 * Opens a sink that uploads parts as they fill. Bytes are written from some position on without gaps, and at last
 * those before it: the parts that hold them, mostly the first alone, wait for them in memory. Lives in the writer thread.
 */
export async function createS3Sink(target: S3Target, access: Access): Promise<ByteSink> {
  return new S3Sink(target, access, await connectS3(access));
}

class S3Sink implements ByteSink {
  readonly #target: S3Target;
  readonly #access: Access;
  readonly #connection: S3Connection;
  readonly #stop = new AbortController();
  /** The parts that are being filled or wait for the head, by number. */
  readonly #open = new Map<number, Part>();
  readonly #spares: Buffer[] = [];
  readonly #etags: string[] = [];
  readonly #uploads = new Set<Promise<void>>();
  readonly #mostUploads: number;
  /** Parts up to this number wait for the head. */
  #held: number | undefined;
  #bytes = 0;
  #failure: Error | undefined;
  #isDone = false;

  constructor(target: S3Target, access: Access, connection: S3Connection) {
    this.#target = target;
    this.#access = access;
    this.#connection = connection;
    // Each upload and each pause between tries listens.
    setMaxListeners(0, this.#stop.signal);
    this.#mostUploads = Math.max(1, Math.min(MOST_UPLOADS, access.connections, Math.floor(HELD_BYTES / target.partBytes) - 1));
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    const { partBytes } = this.#target;
    this.#held ??= Math.ceil(position / partBytes);
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const number = Math.floor(at / partBytes) + 1;
      const part = this.#open.get(number) ?? (await this.#begin(number));
      const offset = at - (number - 1) * partBytes;
      const count = Math.min(bytes.length - done, partBytes - offset);
      part.bytes.set(bytes.subarray(done, done + count), offset);
      part.length = Math.max(part.length, offset + count);
      done += count;
      if (number > this.#held && part.length === partBytes) this.#upload(part);
    }
    this.#bytes = Math.max(this.#bytes, position + bytes.length);
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
    const parts = this.#etags.map((etag, i) => ({ ETag: etag, PartNumber: i + 1 }));
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

  async #begin(number: number): Promise<Part> {
    await this.#room();
    const part = { number, bytes: this.#spares.pop() ?? Buffer.allocUnsafeSlow(this.#target.partBytes), length: 0 };
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
    this.#spares.push(bytes);
  }

  /** Whether what lies at the place now is what was uploaded. */
  async #isThere(): Promise<boolean> {
    const { sdk, client } = this.#connection;
    const { path, bucket, key, previous } = this.#target;
    const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ...payer(this.#access) });
    const { ETag, ContentLength } = await askS3(path, 'cannot look at it', this.#access, () => client.send(command));
    if (ContentLength !== this.#bytes) return false;
    const wanted = combinedEtag(this.#etags);
    return wanted === undefined ? ETag !== previous : ETag === wanted;
  }
}
