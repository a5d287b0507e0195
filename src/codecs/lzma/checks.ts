import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The sizes of checks by their number, those without a name too (xz file format, section 2.1.1.2). */
export function checkBytes(kind: number): number {
  return kind === 0 ? 0 : 4 << Math.floor((kind - 1) / 3);
}

/** What computes a check by its number, as its bytes in the stream; those without a name are left out, as xz does. */
export const CHECKS: Readonly<Record<number, (bytes: Uint8Array) => Uint8Array>> = {
  1: (bytes) => {
    const check = Buffer.alloc(4);
    check.writeUInt32LE(crc32(bytes));
    return check;
  },
  4: crc64,
  10: (bytes) => createHash('sha256').update(bytes).digest(),
};

/** The polynomial of ECMA-182, its bits in reverse order, in two halves. */
const [POLYNOMIAL_HIGH, POLYNOMIAL_LOW] = [0xc96c5795, 0xd7870f42];

let table: { readonly high: Int32Array; readonly low: Int32Array } | undefined;

function crcTable(): NonNullable<typeof table> {
  const made = { high: new Int32Array(256), low: new Int32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (low & 1) === 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (isOdd) {
        high ^= POLYNOMIAL_HIGH;
        low ^= POLYNOMIAL_LOW;
      }
    }
    made.high[byte] = high;
    made.low[byte] = low;
  }
  return made;
}

function crc64(bytes: Uint8Array): Uint8Array {
  const { high: highs, low: lows } = (table ??= crcTable());
  let high = -1;
  let low = -1;
  for (let i = 0; i < bytes.length; i++) {
    const entry = (low ^ bytes[i]) & 255;
    low = ((low >>> 8) | (high << 24)) ^ lows[entry];
    high = (high >>> 8) ^ highs[entry];
  }
  const check = Buffer.alloc(8);
  check.writeInt32LE(~low, 0);
  check.writeInt32LE(~high, 4);
  return check;
}
