import { constants, createInflate, inflateSync } from 'node:zlib';

/** What is taken beyond the expected bytes: more than one byte of DEFLATE can add (1032), and a symbol (258). */
const MARGIN = 2048;
/** The least that a stream of node:zlib takes for its own output, which stays unused here. */
const LEAST_CHUNK = 64;
/** A stream without its end still gives its bytes: the count tells, and a cut checksum is no loss. */
const WITHOUT_END = constants.Z_SYNC_FLUSH;
/** Asked to end, zlib does not keep the last 32 KB for what may follow: a twentieth of a run on small blocks. */
const WITH_END = constants.Z_FINISH;

/**
 * Inflates a zlib stream.
 * @param into as long as the bytes that are expected; what is behind the stream's own is undefined
 * @returns the stream's bytes, which may be somewhat more than there was room for
 * @throws Error, of node:zlib, where the stream is damaged or holds much more
 */
export type Inflate = (encoded: Uint8Array, into: Uint8Array) => number;

/** What node:zlib's own functions go through. */
interface ZlibStream {
  readonly _handle: {
    onerror: (message: string, number: number, code: string) => void;
    writeSync(flush: number, input: Uint8Array, inputAt: number, inputBytes: number, output: Uint8Array, outputAt: number, outputBytes: number): void;
  };
  /** After a write: what is left of the output, and of the input. */
  readonly _writeState: Uint32Array;
  reset(): void;
}

/**
 * Opens node:zlib for blocks that come one after another. `inflateSync` makes a stream for each, and gives memory that is new to
 * the system: a fifth of a run's time. So one stream stays, and writes where the bytes are wanted, which only its inside
 * can; where a Node has another inside, it is `inflateSync` all the same.
 */
export function openInflate(): Inflate {
  try {
    const inflate = openStream();
    const sample = new Uint8Array(SAMPLE.length);
    if (inflate(SAMPLE_STREAM, sample) === SAMPLE.length && sample.every((byte, i) => byte === SAMPLE[i])) return inflate;
  } catch {
    // It has another inside.
  }
  return inflateWhole;
}

/** A zlib stream of a stored block, RFC 1951, 3.2.4. */
const SAMPLE = Uint8Array.of(7, 1, 3);
const SAMPLE_STREAM = Uint8Array.of(0x78, 0x01, 0x01, 3, 0, 252, 255, 7, 1, 3, 0, 29, 0, 12);

function openStream(): Inflate {
  const beyond = new Uint8Array(MARGIN + 1);
  let failure: (Error & { readonly code: string }) | undefined;
  const open = (): ZlibStream => {
    const stream = createInflate({ chunkSize: LEAST_CHUNK }) as unknown as ZlibStream;
    stream._handle.onerror = (message, _, code) => {
      failure = Object.assign(new Error(message), { code });
    };
    return stream;
  };
  let stream = open();
  /** @returns the bytes that were written; undefined: it was asked to end, and has no end */
  const write = (flush: number, encoded: Uint8Array, from: number, output: Uint8Array): number | undefined => {
    stream._handle.writeSync(flush, encoded, from, encoded.length - from, output, 0, output.length);
    if (failure === undefined) return output.length - stream._writeState[0];
    const error = failure;
    failure = undefined;
    stream = open();
    if (error.code === 'Z_BUF_ERROR') return undefined;
    throw error;
  };
  return (encoded, into) => {
    stream.reset();
    const count = write(WITH_END, encoded, 0, into) ?? write(WITHOUT_END, encoded, 0, into)!;
    if (count < into.length) return count;
    // What follows may be the stream's end alone, with its checksum.
    const more = write(WITHOUT_END, encoded, encoded.length - stream._writeState[1], beyond)!;
    if (more > MARGIN) throw new Error(`it holds more than ${into.length + MARGIN} bytes`);
    return count + more;
  };
}

/** As any Node can. */
export const inflateWhole: Inflate = (encoded, into) => {
  const most = into.length + MARGIN;
  // One buffer, never filled: a full one makes node:zlib take a second and join the two.
  const bytes = inflateSync(encoded, { finishFlush: WITHOUT_END, chunkSize: most + 1, maxOutputLength: most });
  into.set(bytes.length > into.length ? bytes.subarray(0, into.length) : bytes);
  return bytes.length;
};
