import type { Samples } from '../raster/dtype.js';
import { type StoredSample, storedRowBytes } from './sample-type.js';

/**
 * Widens samples of sizes that no typed array of numbers has. Floats of 16 and 24 bits are in little-endian order by now;
 * integers of odd sizes are packed from the most significant bit on, in any byte order (TIFF 6.0, section 3).
 */
export function unpackSamples(raw: Uint8Array, stored: StoredSample, rowSamples: number, out: Samples): void {
  if (stored.kind === 'float') {
    const widen = stored.bits === 16 ? float16 : float24;
    const bytes = stored.bits / 8;
    for (let i = 0; i < out.length; i++) out[i] = widen(raw, i * bytes);
    return;
  }
  if (stored.bits === 64) {
    const words = new (stored.kind === 'uint' ? BigUint64Array : BigInt64Array)(raw.buffer as ArrayBuffer, raw.byteOffset, out.length);
    for (let i = 0; i < out.length; i++) out[i] = Number(words[i]);
    return;
  }
  const rowBytes = storedRowBytes(stored, rowSamples);
  const { bits } = stored;
  for (let row = 0, i = 0; i < out.length; row++) {
    let at = row * rowBytes;
    let held = 0;
    let heldBits = 0;
    for (const end = i + rowSamples; i < end; i++) {
      // Samples of up to 32 bits with up to 7 bits before them: beyond 32-bit operators, exact in a double.
      while (heldBits < bits) {
        held = held * 256 + raw[at++];
        heldBits += 8;
      }
      const scale = 2 ** (heldBits - bits);
      out[i] = Math.floor(held / scale);
      held %= scale;
      heldBits -= bits;
    }
  }
}

/** The first 64-bit integer that the double it was unpacked to is not; undefined: none. @param nodata as `comparableNodata` has it; what shares its double is it */
export function findRounded(raw: Uint8Array, dtype: 'uint64' | 'int64', unpacked: Samples, nodata: number): bigint | undefined {
  const words = new (dtype === 'uint64' ? BigUint64Array : BigInt64Array)(raw.buffer as ArrayBuffer, raw.byteOffset, unpacked.length);
  for (let i = 0; i < unpacked.length; i++) {
    const sample = unpacked[i];
    if (Math.abs(sample) > Number.MAX_SAFE_INTEGER && sample !== nodata && BigInt(sample) !== words[i]) return words[i];
  }
  return undefined;
}

/** Packs float64 samples of a 64-bit integer type in place. They are whole and inside the type's range. */
export function packIntegers64(samples: Float64Array, dtype: 'uint64' | 'int64'): void {
  const { buffer, byteOffset, length } = samples;
  if (dtype === 'uint64') {
    const words = new BigUint64Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) words[i] = BigInt(samples[i]);
  } else {
    const words = new BigInt64Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) words[i] = BigInt(samples[i]);
  }
}

/** IEEE 754 binary16. */
function float16(raw: Uint8Array, at: number): number {
  const word = raw[at] | (raw[at + 1] << 8);
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  return withSign(word >> 15, exponent === 0x1f, exponent === 0 ? fraction * 2 ** -24 : (fraction + 1024) * 2 ** (exponent - 25), fraction);
}

/** Adobe's 24-bit float: 1 bit of sign, 7 of exponent biased by 63, 16 of fraction (TIFF Technical Note 3). */
function float24(raw: Uint8Array, at: number): number {
  const word = raw[at] | (raw[at + 1] << 8) | (raw[at + 2] << 16);
  const exponent = (word >> 16) & 0x7f;
  const fraction = word & 0xffff;
  return withSign(word >> 23, exponent === 0x7f, exponent === 0 ? fraction * 2 ** -78 : (fraction + 65536) * 2 ** (exponent - 79), fraction);
}

function withSign(sign: number, isSpecial: boolean, magnitude: number, fraction: number): number {
  if (isSpecial && fraction !== 0) return Number.NaN;
  const value = isSpecial ? Infinity : magnitude;
  return sign === 1 ? -value : value;
}
