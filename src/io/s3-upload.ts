import { randomUUID } from 'node:crypto';
import { IoError, UsageError } from '../errors.js';
import type { Access } from './access.js';
import type { S3Location } from './location.js';
import { networkFault } from './network-fault.js';
import { unknownWords } from './output.js';
import { TransientError, retrying } from './retry.js';
import { connectS3, s3Fault, type S3Connection } from './s3-client.js';
import { askS3, findObject, MARK_KEY, objectExists, payer, type S3Place, type S3Target, type StoredPart } from './s3-target.js';

/** An error of the SDK. */
interface Answered {
  /** S3's own name for it. */
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What names an upload. */
export type UploadName = S3Location & Pick<S3Target, 'path' | 'uploadId'>;

/** Begins a multipart upload, after a look at its place unless what is there may be replaced. @throws UsageError where an object is there already, IoError where none can be put there */
export async function createUpload(connection: S3Connection, place: S3Place, access: Access): Promise<S3Target> {
  const { path, overwrite } = place;
  if (!overwrite && (await findObject(connection, path, access)) !== undefined) throw objectExists(path);
  return beginUpload(connection, place, access);
}

/** Begins a multipart upload. @throws IoError where none can be put there, which tells where one may be open all the same */
export async function beginUpload(connection: S3Connection, place: S3Place, access: Access): Promise<S3Target> {
  const { sdk, client, signal } = connection;
  const { path, bucket, key } = place;
  const mark = randomUUID();
  const command = new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: 'image/tiff', Metadata: { [MARK_KEY]: mark }, ...payer(access) });
  let isLost = false;
  const send = () =>
    client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      isLost ||= mayHaveArrived(error);
      throw error;
    });
  const { UploadId: uploadId } = await askS3(path, 'cannot begin an upload', access, send, { isFirst: true, signal }).catch((error: unknown) => {
    if (isLost && error instanceof IoError) error.message += `; ${unknownWords(place)}`;
    throw error;
  });
  if (uploadId === undefined) throw new IoError(`${path}: cannot begin an upload: the store gave it no id; ${unknownWords(place)}`);
  const lost = isLost ? await lostUploads(connection, { ...place, uploadId }, access) : undefined;
  return { ...place, uploadId, mark, remains: remainsOf({ ...place, uploadId }), stored: [], ...(lost === undefined ? {} : { lost }) };
}

/** Not implemented, and too busy. */
const REFUSALS: readonly number[] = [501, 503];

/** Whether a request may have been done though its answer did not come, or says otherwise. */
function mayHaveArrived(error: unknown): boolean {
  const status = (error as Answered).$metadata?.httpStatusCode;
  // What stands before a store answers 502 and 504 in its place, and a store 500 where it fails midway.
  if (status !== undefined) return status < 300 || (status >= 500 && !REFUSALS.includes(status));
  const fault = networkFault('', error);
  return fault instanceof TransientError && !fault.isUnreachable;
}

/**
 * Looks for uploads of the same key beside one: an earlier try may have begun them. They may be another run's too, so they are left.
 * Never throws. @returns what to tell the user of them
 */
async function lostUploads({ sdk, client, signal }: S3Connection, own: UploadName, access: Access): Promise<string | undefined> {
  const { bucket, key, uploadId } = own;
  try {
    const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, ...payer(access) }), { abortSignal: signal });
    const others = Uploads.filter((upload) => upload.Key === key && upload.UploadId !== uploadId);
    return others.length === 0 ? undefined : others.map(({ UploadId = '' }) => remainsOf({ ...own, uploadId: UploadId })).join('; ');
  } catch {
    return unknownWords(own);
  }
}

/** What to tell the user of an upload that has to be left open. */
export const remainsOf = ({ path, bucket, key, uploadId }: UploadName): string =>
  `${path}: upload ${uploadId} may be left open and cost space, end it with: ` +
  `aws s3api abort-multipart-upload --bucket ${bucket} --key ${key} --upload-id ${uploadId}`;

/** A part that a store has, as it lists it. */
export interface ListedPart extends StoredPart {
  readonly bytes: number;
}

/** The parts that an upload has, by their numbers; undefined: there is no such upload. @throws IoError */
export async function listParts({ sdk, client, signal }: S3Connection, { path, bucket, key, uploadId }: UploadName, access: Access): Promise<ListedPart[] | undefined> {
  const listed: ListedPart[] = [];
  for (let marker: string | undefined; ; ) {
    const command = new sdk.ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, ...(marker && { PartNumberMarker: marker }), ...payer(access) });
    const page = await askS3(path, 'cannot list the parts of its upload', access, () => client.send(command, { abortSignal: signal }).catch(noneOfNothing), { signal });
    if (page === undefined) return undefined;
    for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? []) listed.push({ number: PartNumber, etag: ETag, bytes: Size });
    if (page.IsTruncated !== true) return listed;
    const { NextPartNumberMarker: next } = page;
    if (!(Number(next) > Number(marker ?? 0))) throw new IoError(`${path}: cannot list the parts of its upload: the store says that there are more, and not from which on`);
    marker = next;
  }
}

/** @returns undefined where an upload is gone */
function noneOfNothing(error: unknown): undefined {
  if ((error as Error).name === 'NoSuchUpload') return undefined;
  throw error;
}

/** Whether a store does not know what was asked of it. */
function isUnknown(error: unknown): boolean {
  const { name, $metadata } = error as Answered;
  return name === 'NotImplemented' || $metadata?.httpStatusCode === 501;
}

/** Makes the object appear. @throws UsageError where one appeared there meanwhile, IoError */
export async function completeUpload(connection: S3Connection, target: S3Target, parts: readonly StoredPart[], { access, signal }: { readonly access: Access; readonly signal: AbortSignal }): Promise<void> {
  const { sdk, client } = connection;
  const { path, bucket, key, uploadId, overwrite } = target;
  const listed = parts.map(({ number, etag }) => ({ ETag: etag, PartNumber: number }));
  const request = { Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: listed }, ...payer(access) };
  const isThere = async (): Promise<boolean> => (await findObject(connection, path, access))?.version === target.mark;
  let isConditional = !overwrite;
  const send = (): Promise<{ readonly ETag?: string | undefined }> => client.send(new sdk.CompleteMultipartUploadCommand({ ...request, ...(isConditional ? { IfNoneMatch: '*' } : {}) }));
  let tries = 0;
  await retrying(`${path}: cannot complete the upload`, { retries: access.retries, signal }, async () => {
    try {
      tries++;
      const { ETag } = await send().catch((error: unknown) => {
        if (!isConditional || !isUnknown(error)) throw error;
        // A store that knows no conditions has done nothing: to ask without one is no try more.
        isConditional = false;
        return send();
      });
      // A store begins its answer before it knows how that ends: a status of success alone says nothing.
      if (ETag === undefined && !(await isThere())) throw new TransientError('the store answered 200 without saying that the object is complete');
    } catch (error) {
      const { name, $metadata } = error as Answered;
      if (name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412) {
        // An answer that got lost may have been that of success.
        if (tries > 1 && (await isThere())) return;
        throw new UsageError(`${path}: appeared while the run was under way`, { cause: error });
      }
      if (name === 'NoSuchUpload' && tries > 1 && (await isThere())) return;
      throw s3Fault(path, 'cannot complete the upload', error);
    }
  });
}

/**
 * Ends an upload that is not to be completed. Never throws.
 * @param writerEnd when nobody sends parts of it any more: it is ended before, as who stops a run waits for that, and looked at after
 * @returns what to tell the user where it may stay open
 */
export async function abortUpload(upload: UploadName, access: Access, writerEnd: Promise<unknown> = Promise.resolve()): Promise<string | undefined> {
  let connection: S3Connection | undefined;
  try {
    connection = await connectS3(access);
    const { sdk, client, signal } = connection;
    const { path, bucket, key, uploadId } = upload;
    await askS3(path, 'cannot end the upload', access, async () => {
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId, ...payer(access) })).catch(noneOfNothing);
      await writerEnd;
      // A part that was on its way when the upload ended may have been stored after it.
      const page = await client.send(new sdk.ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, ...payer(access) })).catch(noneOfNothing);
      if (page !== undefined) throw new TransientError('parts of it were still being stored');
    }, { signal });
    return undefined;
  } catch {
    // The error that led here is the one to report, with what stays behind.
    return remainsOf(upload);
  } finally {
    connection?.client.destroy();
  }
}
