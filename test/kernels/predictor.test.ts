import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesAt, Room } from '../../src/kernels/memory.js';
import { applyBytePlanes, applyDifferences, type SampleRows, undoBytePlanes, undoDifferences } from '../../src/kernels/predictor.js';
import { generator, same, SEED } from '../codecs/support.js';

// The plain twins of the kernel's loops.

type Words = Uint8Array | Uint16Array | Uint32Array;

function sumPlainly(data: Uint8Array, rows: SampleRows): void {
  if (rows.bytes === 8) sumWords64(wordsOf(data, 4) as Uint32Array, rows);
  else sumWords(wordsOf(data, rows.bytes), rows);
}

function differPlainly(data: Uint8Array, rows: SampleRows): void {
  if (rows.bytes === 8) differWords64(wordsOf(data, 4) as Uint32Array, rows);
  else differWords(wordsOf(data, rows.bytes), rows);
}

function wordsOf(data: Uint8Array, bytes: number): Words {
  const { buffer, byteOffset, byteLength } = data;
  if (bytes === 1) return data;
  return bytes === 2
    ? new Uint16Array(buffer, byteOffset, byteLength >> 1)
    : new Uint32Array(buffer, byteOffset, byteLength >> 2);
}

function sumWords(words: Words, { bands, rowSamples }: SampleRows): void {
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

function differWords(words: Words, { bands, rowSamples }: SampleRows): void {
  for (let start = 0; start < words.length; start += rowSamples) {
    for (let i = start + rowSamples - 1; i >= start + bands; i--) words[i] = words[i] - words[i - bands];
  }
}

/** 64-bit sums as pairs of 32-bit words, the low one first. */
function sumWords64(words: Uint32Array, { bands, rowSamples }: SampleRows): void {
  for (let start = 0; start < words.length; start += rowSamples * 2) {
    for (let i = start + bands * 2; i < start + rowSamples * 2; i += 2) {
      const low = words[i] + words[i - bands * 2];
      words[i] = low;
      words[i + 1] = words[i + 1] + words[i + 1 - bands * 2] + (low > 0xffffffff ? 1 : 0);
    }
  }
}

function differWords64(words: Uint32Array, { bands, rowSamples }: SampleRows): void {
  for (let start = 0; start < words.length; start += rowSamples * 2) {
    for (let i = start + rowSamples * 2 - 2; i >= start + bands * 2; i -= 2) {
      const low = words[i] - words[i - bands * 2];
      words[i] = low;
      words[i + 1] = words[i + 1] - words[i + 1 - bands * 2] - (low < 0 ? 1 : 0);
    }
  }
}

/** Each row is its samples' most significant bytes, then the next ones …, all of it differenced byte by byte. */
function joinPlainly(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
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

function splitPlainly(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
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

type Change = (data: Uint8Array, rows: SampleRows) => void;

const CHANGES: readonly (readonly [name: string, kernel: Change, plain: Change, sampleBytes: readonly number[]])[] = [
  ['differences undone', undoDifferences, sumPlainly, [1, 2, 4, 8]],
  ['differences', applyDifferences, differPlainly, [1, 2, 4, 8]],
  ['byte planes joined', undoBytePlanes, joinPlainly, [2, 3, 4, 8]],
  ['byte planes', applyBytePlanes, splitPlainly, [2, 3, 4, 8]],
];

const BANDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33];
const GUARD = 0x5a;

/** Bytes of any value, those that carry and borrow most more often than others. */
function fill(data: Uint8Array, pick: (below: number) => number): void {
  for (let i = 0; i < data.length; i++) data[i] = pick(3) === 0 ? [0, 255, 127, 128][pick(4)] : pick(256);
}

for (const [name, kernel, plain, sampleBytes] of CHANGES) {
  describe(`the kernel of ${name}`, () => {
    for (const bytes of sampleBytes) {
      it(`makes what its plain twin makes of ${bytes * 8}-bit samples, in any memory, and touches nothing beside them`, () => {
        const pick = generator(SEED);
        const place = new Room();
        for (const bands of BANDS) {
          // Every number of pixels that vectors leave over.
          for (let pixels = 1; pixels <= 36; pixels++) {
            const rows: SampleRows = { bytes, bands, rowSamples: bands * pixels };
            const length = rows.rowSamples * bytes * 3;
            const wanted = new Uint8Array(length);
            fill(wanted, pick);
            const outside = new Uint8Array(length + 48);
            const at = place.reserve(length + 48);
            for (const whole of [outside, bytesAt(at, length + 48)]) {
              whole.fill(GUARD);
              whole.set(wanted, 16);
              kernel(whole.subarray(16, 16 + length), rows);
            }
            plain(wanted, rows);
            for (const whole of [outside, bytesAt(at, length + 48)]) {
              same(whole.subarray(16, 16 + length), wanted, `${bands} bands, ${pixels} pixels`);
              const around = [...whole.subarray(0, 16), ...whole.subarray(16 + length)];
              assert.ok(around.every((byte) => byte === GUARD), `${bands} bands, ${pixels} pixels: wrote beside the data`);
            }
          }
        }
      });
    }
  });
}
