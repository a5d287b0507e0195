import { createHash } from 'node:crypto';
import { IoError, systemCode, UsageError } from '../errors.js';
import type { Access } from './access.js';
import { parseS3Location, type S3Location } from './location.js';
import { retrying, TransientError } from './retry.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';

/** An upload that was begun: the object appears when it is completed. Plain data. */
export interface S3Target extends S3Location {
  /** As the user gave it. */
  readonly path: string;
  readonly uploadId: string;
  /** Bytes of each part but the last. */
  readonly partBytes: number;
  readonly overwrite: boolean;
  /** The ETag of what was there before. */
  readonly previous: string | undefined;
  /** What to tell the user where the upload has to be left open. */
  readonly remains: string;
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
export function askS3<T>(name: string, step: string, access: Access, request: () => Promise<T>, options: { readonly isFirst?: boolean; readonly signal?: AbortSignal } = {}): Promise<T> {
  const policy = { retries: access.retries, isFirst: options.isFirst ?? false, signal: options.signal ?? NEVER };
  return retrying(`${name}: ${step}`, policy, async () => {
    try {
      return await request();
    } catch (error) {
      throw s3Fault(name, step, error);
    }
  });
}

const NEVER = new AbortController().signal;

/** Looks whether there is an object, and touches nothing. @throws UsageError where there is one that may not be replaced */
export async function checkObject(path: string, { overwrite, access }: { readonly overwrite: boolean; readonly access: Access }): Promise<void> {
  const connection = await connectS3(access);
  try {
    await findObject(connection, path, { overwrite, access });
  } finally {
    connection.client.destroy();
  }
}

/** The ETag of the object at a place; undefined where there is none. */
async function findObject({ sdk, client }: S3Connection, path: string, { overwrite, access }: { readonly overwrite: boolean; readonly access: Access }): Promise<string | undefined> {
  const { bucket, key } = parseS3Location(path);
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
  try {
    const { ETag } = await askS3(path, 'cannot look at it', access, () => client.send(command), { isFirst: true });
    if (overwrite) return ETag;
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    if (systemCode(error) === 'ENOENT') return undefined;
    // An answer to HEAD has no words: the beginning of an upload tells what is wrong. Nothing is where who may write but
    // not list is answered 403 for an object that is not there.
    if ([400, 403].includes(statusOf(error.cause))) return undefined;
    throw error;
  }
  throw new UsageError(`${path}: exists already, give --overwrite to replace it`);
}

/** The HTTP status that an error of the SDK stands for; 0: none. */
const statusOf = (error: unknown): number => (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;

/** Begins a multipart upload. @throws UsageError where an object is there already, IoError where none can be put there */
export async function createUpload(
  path: string,
  { overwrite, access, boundBytes }: { readonly overwrite: boolean; readonly access: Access; readonly boundBytes: number },
): Promise<S3Target> {
  const { bucket, key } = parseS3Location(path);
  const partBytes = planPartBytes(boundBytes);
  const connection = await connectS3(access);
  try {
    const previous = await findObject(connection, path, { overwrite, access });
    const command = new connection.sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: 'image/tiff', ...payer(access) });
    const { UploadId: uploadId } = await askS3(path, 'cannot begin an upload', access, () => connection.client.send(command), { isFirst: true });
    if (uploadId === undefined) throw new IoError(`${path}: cannot begin an upload: the store gave it no id`);
    const remains =
      `${path}: upload ${uploadId} may be left open and cost space, end it with: ` +
      `aws s3api abort-multipart-upload --bucket ${bucket} --key ${key} --upload-id ${uploadId}`;
    return { bucket, key, path, uploadId, partBytes, overwrite, previous, remains };
  } finally {
    connection.client.destroy();
  }
}

export function payer({ s3 }: Access): { readonly RequestPayer?: 'requester' } {
  return s3.requesterPays ? { RequestPayer: 'requester' } : {};
}

/**
 * Ends an upload that is not to be completed. Never throws.
 * @returns what to tell the user where it may stay open
 */
export async function abortUpload(target: S3Target, access: Access): Promise<string | undefined> {
  const { sdk, client } = await connectS3(access);
  try {
    const upload = { Bucket: target.bucket, Key: target.key, UploadId: target.uploadId };
    await askS3(target.path, 'cannot end the upload', access, async () => {
      try {
        await client.send(new sdk.AbortMultipartUploadCommand({ ...upload, ...payer(access) }));
        // A part that was on its way when the upload ended may have been stored after it.
        await client.send(new sdk.ListPartsCommand({ ...upload, ...payer(access) }));
      } catch (error) {
        if ((error as Error).name === 'NoSuchUpload') return;
        throw error;
      }
      throw new TransientError('parts of it were still being stored');
    });
    return undefined;
  } catch {
    // The error that led here is the one to report, with what stays behind.
    return target.remains;
  } finally {
    client.destroy();
  }
}

/** The ETag that S3 gives an object of parts whose ETags are MD5 sums; undefined where they are none. */
export function combinedEtag(parts: readonly string[]): string | undefined {
  const sums = parts.map((etag) => /^"?([0-9a-f]{32})"?$/.exec(etag)?.[1]);
  if (sums.some((sum) => sum === undefined)) return undefined;
  const hash = createHash('md5');
  for (const sum of sums) hash.update(Buffer.from(sum!, 'hex'));
  return `"${hash.digest('hex')}-${parts.length}"`;
}
