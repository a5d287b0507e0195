import type { ByteSink } from '../../src/io/byte-sink.js';
import type { ByteSource } from '../../src/io/byte-source.js';
import { FormatError } from '../../src/errors.js';

/** One read: from a position, so many bytes. */
export interface Read {
  readonly position: number;
  readonly length: number;
}

/** A source of bytes in memory that keeps account of what is read. */
export interface RecordingSource extends ByteSource {
  readonly reads: Read[];
}

/** @param size more than there are bytes: the rest is zeros */
export function memorySource(bytes: Uint8Array, size: number = bytes.length): RecordingSource {
  const reads: Read[] = [];
  const read = (position: number, into: Uint8Array): Promise<void> => {
    if (position + into.length > size) return Promise.reject(new FormatError('read beyond the end'));
    reads.push({ position, length: into.length });
    into.fill(0);
    if (position < bytes.length) into.set(bytes.subarray(position, position + into.length));
    return Promise.resolve();
  };
  return {
    name: 'memory.tif',
    size,
    reads,
    read,
    readPieces: async (wanted) => {
      for (const { position, into } of wanted) {
        const all = new Uint8Array(into.length);
        await read(position, all);
        into.set(all, 0);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** A sink that keeps all that is written. */
export interface MemorySink extends ByteSink {
  readonly writes: { readonly position: number; readonly bytes: Uint8Array }[];
  /** What was written, one piece. */
  readonly contents: () => Uint8Array;
}

export function memorySink(): MemorySink {
  const writes: MemorySink['writes'] = [];
  return {
    writes,
    contents: () => {
      const all = new Uint8Array(Math.max(...writes.map(({ position, bytes }) => position + bytes.length)));
      for (const { position, bytes } of writes) all.set(bytes, position);
      return all;
    },
    write: (position, bytes) => {
      writes.push({ position, bytes: bytes.slice() });
      return Promise.resolve();
    },
    insert: () => Promise.reject(new Error('not for overviews')),
    flush: () => Promise.resolve(),
    publish: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}
