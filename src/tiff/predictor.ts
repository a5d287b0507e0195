import type { Predictor } from '../raster/profile.js';

/**
 * TIFF predictors, in place, over rows of the **full stored width**, padding included, never of a cropped edge block.
 * Samples are in the machine's byte order (little-endian) before `applyPredictor` and after `undoPredictor`.
 * Differences are of integers modulo 2^bits, also where the samples are floats: TIFF 6.0, section 14, and Adobe's
 * TIFF Technical Note 3 for predictor 3.
 */
export interface PredictedRows {
  readonly predictor: Predictor;
  /** Bytes of one sample: 1, 2, 4 or 8; 3 too for predictor 3. */
  readonly bytes: number;
  /** Samples of one pixel in the block, the distance between differing samples. */
  readonly bands: number;
  /** Samples of one row. */
  readonly rowSamples: number;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Turns differences into samples. `data` holds whole rows; its offset is a multiple of the sample's bytes. */
export function undoPredictor(data: Uint8Array, rows: PredictedRows): void {
  if (rows.predictor === 2) {
    if (rows.bytes === 8) undoDifferences64(wordsOf(data, 4) as Uint32Array, rows);
    else undoDifferences(wordsOf(data, rows.bytes), rows);
  } else if (rows.predictor === 3) undoBytePlanes(data, rows);
}

/** Turns samples into differences. */
export function applyPredictor(data: Uint8Array, rows: PredictedRows): void {
  if (rows.predictor === 2) {
    if (rows.bytes === 8) applyDifferences64(wordsOf(data, 4) as Uint32Array, rows);
    else applyDifferences(wordsOf(data, rows.bytes), rows);
  } else if (rows.predictor === 3) applyBytePlanes(data, rows);
}

function wordsOf(data: Uint8Array, bytes: number): Words {
  const { buffer, byteOffset, byteLength } = data;
  if (bytes === 1) return data;
  return bytes === 2
    ? new Uint16Array(buffer, byteOffset, byteLength >> 1)
    : new Uint32Array(buffer, byteOffset, byteLength >> 2);
}

function undoDifferences(words: Words, { bands, rowSamples }: PredictedRows): void {
  for (let start = 0; start < words.length; start += rowSamples) {
    const end = start + rowSamples;
    if (bands === 1) {
      // The sum in a variable: reading back what was just stored would wait for the store.
      let sum = 0;
      for (let i = start; i < end; i++) {
        sum = (sum + words[i]) | 0;
        words[i] = sum;
      }
    } else {
      for (let i = start + bands; i < end; i++) words[i] = words[i] + words[i - bands];
    }
  }
}

function applyDifferences(words: Words, { bands, rowSamples }: PredictedRows): void {
  for (let start = 0; start < words.length; start += rowSamples) {
    for (let i = start + rowSamples - 1; i >= start + bands; i--) words[i] = words[i] - words[i - bands];
  }
}

/** 64-bit sums as pairs of 32-bit words, the low one first. */
function undoDifferences64(words: Uint32Array, { bands, rowSamples }: PredictedRows): void {
  for (let start = 0; start < words.length; start += rowSamples * 2) {
    for (let i = start + bands * 2; i < start + rowSamples * 2; i += 2) {
      const low = words[i] + words[i - bands * 2];
      words[i] = low;
      words[i + 1] = words[i + 1] + words[i + 1 - bands * 2] + (low > 0xffffffff ? 1 : 0);
    }
  }
}

function applyDifferences64(words: Uint32Array, { bands, rowSamples }: PredictedRows): void {
  for (let start = 0; start < words.length; start += rowSamples * 2) {
    for (let i = start + rowSamples * 2 - 2; i >= start + bands * 2; i -= 2) {
      const low = words[i] - words[i - bands * 2];
      words[i] = low;
      words[i + 1] = words[i + 1] - words[i + 1 - bands * 2] - (low < 0 ? 1 : 0);
    }
  }
}

/** Each row is its samples' most significant bytes, then the next ones …, all of it differenced byte by byte. */
function undoBytePlanes(data: Uint8Array, { bytes, bands, rowSamples }: PredictedRows): void {
  const rowBytes = rowSamples * bytes;
  const planes = new Uint8Array(rowBytes);
  for (let start = 0; start < data.length; start += rowBytes) {
    for (let i = 0; i < bands; i++) planes[i] = data[start + i]!;
    for (let i = bands; i < rowBytes; i++) planes[i] = planes[i - bands] + data[start + i];
    for (let byte = 0; byte < bytes; byte++) {
      const plane = (bytes - 1 - byte) * rowSamples;
      for (let i = 0; i < rowSamples; i++) data[start + i * bytes + byte] = planes[plane + i]!;
    }
  }
}

function applyBytePlanes(data: Uint8Array, { bytes, bands, rowSamples }: PredictedRows): void {
  const rowBytes = rowSamples * bytes;
  const planes = new Uint8Array(rowBytes);
  for (let start = 0; start < data.length; start += rowBytes) {
    for (let byte = 0; byte < bytes; byte++) {
      const plane = (bytes - 1 - byte) * rowSamples;
      for (let i = 0; i < rowSamples; i++) planes[plane + i] = data[start + i * bytes + byte]!;
    }
    for (let i = 0; i < bands; i++) data[start + i] = planes[i]!;
    for (let i = bands; i < rowBytes; i++) data[start + i] = planes[i] - planes[i - bands];
  }
}
