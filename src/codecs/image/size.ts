import { DecodeError } from '../codec.js';

/**
 * How many bytes of rows beyond the wanted ones a block may hold. The last strip of a file is stored in full height at
 * times; its decoder decodes all of it.
 */
const PADDING_LIMIT = 64 * 2 ** 20;

/** What a stream's own header says. */
export interface StreamSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Checks a stream's size before any memory is taken for it.
 * @param what the format's name, for the message
 * @param width columns of the block
 * @param rowBytes bytes of a row of raw samples
 * @param rawBytes bytes of the wanted rows
 * @returns the bytes of the stream's raw samples: those wanted and PADDING_LIMIT more at most
 * @throws DecodeError where the stream does not cover the wanted rows, or is far too high
 */
export function checkedBytes(
  what: string,
  found: StreamSize,
  { width, rowBytes, rawBytes }: { readonly width: number; readonly rowBytes: number; readonly rawBytes: number },
): number {
  const rows = Math.ceil(rawBytes / rowBytes);
  const bytes = found.height * rowBytes;
  if (found.width !== width || found.height < rows || bytes > rows * rowBytes + PADDING_LIMIT) {
    throw new DecodeError(`the ${what} stream is of ${found.width} x ${found.height} pixels, wanted ${width} x ${rows}`);
  }
  return bytes;
}
