import { IoError, leftWords, withLeft } from '../errors.js';
import type { Access } from './access.js';
import { formatRecords } from './journal-lines.js';
import type { KeptPlace } from './kept-place.js';
import { connectS3 } from './s3-client.js';
import { readS3Journal, writeS3Journal } from './s3-journal.js';
import { findObject, type S3Target } from './s3-target.js';
import { abortUpload, beginUpload, completeUpload, type ListedPart, listParts, remainsOf } from './s3-upload.js';
import { type ResumableObject, unknownWords } from './output.js';

/** What a journal's first record says of the upload. */
type KeptUpload = Pick<S3Target, 'uploadId' | 'mark' | 'partBytes'>;

/** The place of an object: the object, its upload, and `KEY.journal` beside it. */
export async function keptObject(place: ResumableObject, access: Access, signal?: AbortSignal): Promise<KeptPlace> {
  const { journalPath, ...object } = place;
  const { path, overwrite } = object;
  const connection = await connectS3(access, signal);
  let target: S3Target = { ...place, uploadId: '', mark: '', remains: '', stored: [] };
  let listed: readonly ListedPart[] | undefined;
  let numbers = new Set<number>();
  let isComplete = false;
  let left: string | undefined;
  const writeJournal = (records: readonly unknown[]): Promise<void> => writeS3Journal(connection, journalPath, formatRecords(records), access);
  return {
    path,
    journalPath,
    partialName: `the upload of ${path}`,
    overwrite,
    readJournal: () => readS3Journal(connection, journalPath, access),
    writeJournal,
    look: async (first) => {
      const output = await findObject(connection, path, access);
      const upload = (first as { readonly upload?: KeptUpload } | undefined)?.upload;
      if (upload === undefined) return { output, partial: undefined };
      listed = await listParts(connection, { ...place, ...upload }, access);
      const stored = (listed ?? []).filter(({ bytes }) => bytes === upload.partBytes).map(({ number, etag }) => ({ number, etag }));
      target = { ...place, ...upload, remains: remainsOf({ ...place, ...upload }), stored };
      numbers = new Set(stored.map(({ number }) => number));
      isComplete = output?.version === upload.mark;
      const partial = listed && { bytes: listed.reduce((sum, part) => sum + part.bytes, 0), version: upload.mark };
      return { output, partial };
    },
    begin: async (first, onBegun) => {
      left = unknownWords(place);
      const begun = await beginUpload(connection, object, access);
      // Nobody goes on with an upload that no journal knows of.
      const { uploadId, mark, partBytes, remains, lost } = begun;
      left = leftWords(remains, lost);
      onBegun?.(begun);
      await writeJournal([{ ...first, upload: { uploadId, mark, partBytes } satisfies KeptUpload }]).catch(async (error: unknown) => {
        left = leftWords(await abortUpload(begun, access), lost);
        throw withLeft(error, left);
      });
      left = undefined;
      target = { ...begun, journalPath };
      return target;
    },
    goOn: () => target,
    holds: (from, to, headBytes) => {
      const { partBytes } = target;
      // The parts that the head is in are sent again: it is written last.
      if (from < Math.ceil(headBytes / partBytes) * partBytes) return from === to;
      for (let part = Math.floor(from / partBytes); part * partBytes < to; part++) if (!numbers.has(part + 1)) return false;
      return true;
    },
    isOneFile: false,
    publish: () => completeUpload(connection, target, listed!, { access, signal: connection.signal }),
    // A store that still knows the upload of an object might end the object with it.
    tidy: () => Promise.resolve(),
    removeAll: async () => {
      if (listed === undefined || isComplete) return;
      const open = await abortUpload(target, access);
      // The journal is written over: who may write objects need not be let to delete them.
      if (open !== undefined) throw new IoError(open);
    },
    left: () => left,
    close: () => connection.client.destroy(),
  };
}
