import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { systemCode } from '../errors.js';
import type { Access } from './access.js';
import { formatRecords, type JournalContent, type JournalWriter, parseRecords } from './journal-lines.js';
import { parseS3Location } from './location.js';
import { connectS3, type S3Connection } from './s3-client.js';
import { askS3, payer } from './s3-target.js';

/** Reads a journal that is an object; undefined where there is none. @throws IoError */
export async function readS3Journal({ sdk, client, signal }: S3Connection, path: string, access: Access): Promise<JournalContent | undefined> {
  const { bucket, key } = parseS3Location(path);
  try {
    return await askS3(path, 'cannot read', access, async () => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...payer(access) }), { abortSignal: signal });
      return parseRecords(await buffer(Body as Readable));
    }, { isFirst: true, signal });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the object of a journal, at once whole. @throws IoError */
export async function writeS3Journal({ sdk, client, signal }: S3Connection, path: string, lines: Buffer, access: Access): Promise<void> {
  const { bucket, key } = parseS3Location(path);
  const command = { Bucket: bucket, Key: key, Body: lines, ContentLength: lines.length, ContentType: 'application/jsonl', ...payer(access) };
  await askS3(path, 'cannot write', access, () => client.send(new sdk.PutObjectCommand(command), { abortSignal: signal }), { signal });
}

/** Adds records to a journal that is an object: it is written anew each time, as objects do not grow. */
export class S3JournalWriter implements JournalWriter {
  readonly #connection: S3Connection;
  readonly #path: string;
  readonly #access: Access;
  #lines: Buffer;

  private constructor(connection: S3Connection, { path, access, lines }: { readonly path: string; readonly access: Access; readonly lines: Buffer }) {
    this.#connection = connection;
    this.#path = path;
    this.#access = access;
    this.#lines = lines;
  }

  /** @param records those that are in it */
  static async open(path: string, access: Access, records: readonly unknown[]): Promise<S3JournalWriter> {
    return new S3JournalWriter(await connectS3(access), { path, access, lines: formatRecords(records) });
  }

  get rewrittenBytes(): number {
    return this.#lines.length;
  }

  async append(records: readonly unknown[]): Promise<void> {
    this.#lines = Buffer.concat([this.#lines, formatRecords(records)]);
    await writeS3Journal(this.#connection, this.#path, this.#lines, this.#access);
  }

  close(): void {
    this.#connection.client.destroy();
  }
}
