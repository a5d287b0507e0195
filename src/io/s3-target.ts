import { IoError, systemCode, UsageError } from '../errors.js';
import type { Access } from './access.js';
import { parseS3Location, type S3Location } from './location.js';
import type { OutputStamp } from './kept-place.js';
import { retrying } from './retry.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';

/** Where an object shall be, as plain data. */
export interface S3Place extends S3Location {
  /** As the user gave it. */
  readonly path: string;
  readonly overwrite: boolean;
  /** Bytes of each part of its upload but the last. */
  readonly partBytes: number;
  /** Where the journal is, an object too, and the upload is kept with it; absent: a run that fails ends its upload. */
  readonly journalPath?: string;
}

/** An upload that was begun: the object appears when it is completed. Plain data. */
export interface S3Target extends S3Place {
  readonly uploadId: string;
  /** What the object will have in its metadata, by which it is known from any other at its place. */
  readonly mark: string;
  /** What to tell the user where the upload has to be left open. */
  readonly remains: string;
  /** What to tell the user of uploads that a try whose answer got lost may have begun. */
  readonly lost?: string;
  /** Parts that runs before have uploaded, all of `partBytes`. */
  readonly stored: readonly StoredPart[];
}

export interface StoredPart {
  readonly number: number;
  readonly etag: string;
}

/** A store takes 10,000; two are for where what is put in ends. */
const MOST_PARTS = 9_998;
const LEAST_PART = 8 * 1024 * 1024;
const LARGEST_PART = 1024 * 1024 * 1024;

/**
 * Bytes of a part, so that the parts there can be hold the largest output there can be.
 * @throws UsageError where parts of 1 GiB do not
 */
export function planPartBytes(boundBytes: number): number {
  const grain = 1024 * 1024;
  const bytes = Math.max(LEAST_PART, Math.ceil(boundBytes / MOST_PARTS / grain) * grain);
  if (bytes <= LARGEST_PART) return bytes;
  throw new UsageError(`the output may have ${boundBytes} bytes, an upload to S3 at most ${MOST_PARTS * LARGEST_PART}: write it to a file`);
}

/** Sends one request of an output, trying again. */
export function askS3<T>(name: string, step: string, access: Access, request: () => Promise<T>, options: { readonly isFirst?: boolean; readonly signal: AbortSignal }): Promise<T> {
  const policy = { retries: access.retries, isFirst: options.isFirst ?? false, signal: options.signal };
  return retrying(`${name}: ${step}`, policy, async () => {
    try {
      return await request();
    } catch (error) {
      throw s3Fault(name, step, error);
    }
  });
}

/** The key of the mark in an object's metadata. */
export const MARK_KEY = 'rastq-upload';

/**
 * Looks whether there is an object where there must be none, and touches nothing.
 * @throws UsageError where there is one that may not be replaced
 */
export async function checkObject(path: string, { overwrite, resume = false, access }: { readonly overwrite: boolean; readonly resume?: boolean; readonly access: Access }): Promise<void> {
  if (overwrite || resume) return;
  const connection = await connectS3(access);
  try {
    if ((await findObject(connection, path, access)) !== undefined) throw objectExists(path);
  } finally {
    connection.client.destroy();
  }
}

export const objectExists = (path: string): UsageError => new UsageError(`${path}: exists already, give --overwrite to replace it`);

/** The object at a place; undefined where there is none. @throws IoError */
export async function findObject({ sdk, client, signal }: S3Connection, path: string, access: Access): Promise<OutputStamp | undefined> {
  const { bucket, key } = parseS3Location(path);
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ...payer(access) });
  try {
    const { ContentLength, Metadata } = await askS3(path, 'cannot look at it', access, () => client.send(command, { abortSignal: signal }), { isFirst: true, signal });
    return { bytes: ContentLength ?? 0, version: Metadata?.[MARK_KEY] ?? '' };
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    if (systemCode(error) === 'ENOENT') return undefined;
    // An answer to HEAD has no words: the beginning of an upload tells what is wrong. Nothing is where who may write but
    // not list is answered 403 for an object that is not there.
    if ([400, 403].includes(statusOf(error.cause))) return undefined;
    throw error;
  }
}

/** The HTTP status that an error of the SDK stands for; 0: none. */
const statusOf = (error: unknown): number => (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;

export function payer({ s3 }: Access): { readonly RequestPayer?: 'requester' } {
  return s3.requesterPays ? { RequestPayer: 'requester' } : {};
}
