import type { Readable } from 'node:stream';
import { IoError } from '../errors.js';
import type { Access } from './access.js';
import { parseS3Location, type S3Location } from './location.js';
import { type AskedRange, parseContentRange, type RangeAnswer, type RangeClient } from './range-client.js';
import { streamedBody } from './receive-body.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';

/** Asks S3 for ranges of one object. */
export class S3RangeClient implements RangeClient {
  readonly name: string;
  readonly #object: S3Location;
  readonly #access: Access;
  #connection: Promise<S3Connection> | undefined;

  constructor(location: string, access: Access) {
    this.name = location;
    this.#object = parseS3Location(location);
    this.#access = access;
  }

  async request({ position, length }: AskedRange, version: string | undefined, signal: AbortSignal): Promise<RangeAnswer> {
    const { sdk, client } = await this.#connect();
    const command = new sdk.GetObjectCommand({
      ...this.#wanted(),
      Range: `bytes=${position}-${position + length - 1}`,
      ...(version === undefined ? {} : { IfMatch: version }),
    });
    try {
      const { Body, ContentRange, ETag } = await client.send(command, { abortSignal: signal });
      const body = Body as Readable;
      const range = parseContentRange(ContentRange);
      if (range === undefined) {
        body.destroy();
        throw new IoError(`${this.name}: cannot open: the store sends the whole object for a range, give --spool to copy it to a temporary file first`);
      }
      return { ...range, version: ETag, body: streamedBody(body) };
    } catch (error) {
      const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
      if ($metadata?.httpStatusCode === 412) throw new IoError(`${this.name}: was replaced while it was being read: start again`, { cause: error });
      if (name === 'InvalidRange') throw new IoError(`${this.name}: cannot open: it is empty, or shorter than before`, { cause: error });
      throw s3Fault(this.name, 'cannot open', error);
    }
  }

  async requestWhole(signal: AbortSignal): Promise<{ readonly length: number | undefined; readonly body: Readable }> {
    const { sdk, client } = await this.#connect();
    try {
      const { Body, ContentLength } = await client.send(new sdk.GetObjectCommand(this.#wanted()), { abortSignal: signal });
      return { length: ContentLength, body: Body as Readable };
    } catch (error) {
      throw s3Fault(this.name, 'cannot open', error);
    }
  }

  close(): void {
    this.#connection?.then(({ client }) => client.destroy()).catch(() => undefined);
  }

  #connect(): Promise<S3Connection> {
    return (this.#connection ??= connectS3(this.#access));
  }

  #wanted() {
    const { bucket, key } = this.#object;
    return { Bucket: bucket, Key: key, ...(this.#access.s3.requesterPays ? { RequestPayer: 'requester' as const } : {}) };
  }
}
