/**
 * Unsharp masking of 8- and 16-bit integers, A (2 v - G v / 273), G of 5 x 5 whole weights. AssemblyScript, compiled to
 * sharpen.wasm by `npm run build`; sharpen.ts calls it and lays out its memory.
 *
 * Bands lie side by side: the neighbours of a sample are `bands` samples apart. Rows of samples are `step` bytes apart. Rows
 * of results follow each other without a gap, so that a vector may reach beyond its row: what it stores there is stored again
 * by the next row, or lies in the slack behind.
 */

import { findNear } from './doubles/near.as';
import { sharpenRow, sumColumns } from './sharpen/any.as';
import { mark, sharpenNear } from './sharpen/near.as';
import { LARGEST_WHOLE, sharpenWhole, sumThrice } from './sharpen/whole.as';

export function markU8(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
  mark<u8>(samples, step, rows, length, nodata, invalid, flags);
}
export function markI8(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
  mark<i8>(samples, step, rows, length, nodata, invalid, flags);
}
export function markU16(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
  mark<u16>(samples, step, rows, length, nodata, invalid, flags);
}
export function markI16(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
  mark<i16>(samples, step, rows, length, nodata, invalid, flags);
}

/**
 * Sharpens `rows` rows of `count` samples. There are 4 rows and 4 * bands samples a row more of `samples` and `invalid`.
 * @param flags of each row of `samples`: 0 where no sample is invalid; 0 for no flags: none is anywhere
 * @param weights G, 25 f64
 * @param room 14 * length + 256 bytes, from a multiple of 16 on
 */
// @ts-ignore: decorator
@inline
function sharpen<T>(samples: usize, step: usize, rows: i32, count: usize, bands: usize, invalid: usize, flags: usize, weights: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, fill: i32, out: usize, outBytes: i32, room: usize): void {
  const isWhole = nearest(amount) == amount && abs(amount) <= LARGEST_WHOLE;
  // What no result can be does not have to be avoided.
  const instead = avoided <= high ? other : avoided;
  const length = count + 4 * bands;
  const columns = room;
  const part = length * 4 + 64;
  const any = columns + 3 * part;
  const near = any + length + 32;
  for (let r = 0; r < rows; r++) {
    const row = samples + <usize>r * step;
    const results = out + <usize>r * count * <usize>outBytes;
    if (isWhole) {
      sumThrice<T>(row, step, length, <i16>amount, columns, part);
      if (outBytes == 2 && low == 0) sharpenWhole<T, u16>(columns, part, count, bands, <i32>amount, avoided, instead, results);
      else if (outBytes == 2) sharpenWhole<T, i16>(columns, part, count, bands, <i32>amount, avoided, instead, results);
      else if (low == 0) sharpenWhole<T, u8>(columns, part, count, bands, <i32>amount, avoided, instead, results);
      else sharpenWhole<T, i8>(columns, part, count, bands, <i32>amount, avoided, instead, results);
    } else {
      sumColumns<T>(row, step, length, columns);
      if (outBytes == 2) sharpenRow<T>(row, step, count, bands, columns, amount, low, high, avoided, other, results, 2);
      else sharpenRow<T>(row, step, count, bands, columns, amount, low, high, avoided, other, results, 1);
    }
    if (flags == 0) continue;
    const flag = flags + <usize>r;
    if ((load<u32>(flag) | <u32>load<u8>(flag, 4)) == 0) continue;
    const marks = invalid + <usize>r * length;
    findNear(marks, length, 5, count, bands, 4, any, near);
    for (let i: usize = 0; i < count; i++) {
      if (load<u8>(near + i) == 0) {
        // Of eight at a time most are 0.
        while (i + 8 < count && load<u64>(near + i + 1) == 0) i += 8;
        continue;
      }
      let result = fill;
      if (load<u8>(marks + i + 2 * length + 2 * bands) == 0) {
        const sharp = nearest(sharpenNear<T>(row + i * sizeof<T>(), step, marks + i, length, bands, weights, amount));
        result = <i32>min(max(sharp, <f64>low), <f64>high);
        if (result == avoided) result = other;
      }
      if (outBytes == 2) store<u16>(results + i * 2, <u16>result);
      else store<u8>(results + i, <u8>result);
    }
  }
}

export function sharpenU8(samples: usize, step: usize, rows: i32, count: usize, bands: usize, invalid: usize, flags: usize, weights: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, fill: i32, out: usize, outBytes: i32, room: usize): void {
  sharpen<u8>(samples, step, rows, count, bands, invalid, flags, weights, amount, low, high, avoided, other, fill, out, outBytes, room);
}
export function sharpenI8(samples: usize, step: usize, rows: i32, count: usize, bands: usize, invalid: usize, flags: usize, weights: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, fill: i32, out: usize, outBytes: i32, room: usize): void {
  sharpen<i8>(samples, step, rows, count, bands, invalid, flags, weights, amount, low, high, avoided, other, fill, out, outBytes, room);
}
export function sharpenU16(samples: usize, step: usize, rows: i32, count: usize, bands: usize, invalid: usize, flags: usize, weights: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, fill: i32, out: usize, outBytes: i32, room: usize): void {
  sharpen<u16>(samples, step, rows, count, bands, invalid, flags, weights, amount, low, high, avoided, other, fill, out, outBytes, room);
}
export function sharpenI16(samples: usize, step: usize, rows: i32, count: usize, bands: usize, invalid: usize, flags: usize, weights: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, fill: i32, out: usize, outBytes: i32, room: usize): void {
  sharpen<i16>(samples, step, rows, count, bands, invalid, flags, weights, amount, low, high, avoided, other, fill, out, outBytes, room);
}
