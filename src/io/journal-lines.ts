import { crc32 } from 'node:zlib';

/**
 * A list of records that only grows. A record is a line: a checksum, and JSON. What a crash cut off at the end is no
 * record, and what follows it is none.
 */
export interface JournalContent {
  readonly records: readonly unknown[];
  /** Where each record ends. */
  readonly ends: readonly number[];
}

/** Adds records to a journal that is there. Lives in the writer thread, one call at a time. */
export interface JournalWriter {
  /** Bytes that are written again whenever a record is added. */
  readonly rewrittenBytes: number;
  /** Adds records, and waits until they last. @throws IoError */
  append(records: readonly unknown[]): Promise<void>;
  close(): void;
}

const CHECKSUM_DIGITS = 8;

export function formatRecords(records: readonly unknown[]): Buffer {
  return Buffer.concat(records.map(lineOf));
}

function lineOf(record: unknown): Buffer {
  const json = JSON.stringify(record);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

const checksum = (text: string | Buffer): string => crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0');

export function parseRecords(journal: Buffer): JournalContent {
  const records: unknown[] = [];
  const ends: number[] = [];
  for (let start = 0, end = journal.indexOf(10); end !== -1; start = end + 1, end = journal.indexOf(10, start)) {
    const json = journal.subarray(start + CHECKSUM_DIGITS + 1, end);
    if (journal.toString('latin1', start, start + CHECKSUM_DIGITS) !== checksum(json)) break;
    records.push(JSON.parse(json.toString()));
    ends.push(end + 1);
  }
  return { records, ends };
}
