/** Samples as doubles. */

import { doubles, four, upper } from './lanes.as';

/** Which of two doubles are invalid: nodata, and where they may be, NaN and infinities, whose difference with themselves is NaN. */
// @ts-ignore: decorator
@inline
function invalidOf<T>(values: v128, nodata: v128): v128 {
  const equal = f64x2.eq(values, nodata);
  return isFloat<T>() ? v128.or(equal, f64x2.ne(f64x2.sub(values, values), f64x2.splat(0))) : equal;
}

/** Reads samples that follow each other, and marks those that are invalid, others by 0. Returns whether any is. */
// @ts-ignore: decorator
@inline
function readRun<T>(samples: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  const none = f64x2.splat(nodata);
  const whole = count & ~3;
  let any = i32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 4) {
    let low: v128;
    let high: v128;
    if (sizeof<T>() == 8) {
      low = v128.load(samples + i * 8);
      high = v128.load(samples + i * 8, 16);
    } else {
      const all = four<T>(samples + i * sizeof<T>());
      low = doubles<T>(all);
      high = doubles<T>(upper(all));
    }
    v128.store(values + i * 8, low);
    v128.store(values + i * 8, high, 16);
    const marks = v128.shuffle<i32>(invalidOf<T>(low, none), invalidOf<T>(high, none), 0, 2, 4, 6);
    any = v128.or(any, marks);
    const words = i16x8.narrow_i32x4_s(marks, marks);
    v128.store32_lane(invalid + i, i8x16.narrow_i16x8_s(words, words), 0);
  }
  const found = v128.any_true(any);
  return readApart<T>(samples + whole * sizeof<T>(), sizeof<T>(), count - whole, nodata, values + whole * 8, invalid + whole) || found;
}

/** The same of samples `step` bytes apart. */
// @ts-ignore: decorator
@inline
function readApart<T>(samples: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  let any: u32 = 0;
  for (const end = samples + count * step; samples < end; samples += step, values += 8, invalid++) {
    const value = <f64>load<T>(samples);
    store<f64>(values, value);
    const isInvalid = isFloat<T>() ? u32(value == nodata) | u32(value - value != 0) : u32(value == nodata);
    store<u8>(invalid, <u8>isInvalid);
    any |= isInvalid;
  }
  return any != 0;
}

/**
 * Reads `rows` rows of `count` samples, which lie behind each other in the run. Returns whether any is invalid.
 * @param rowStep bytes from one row to the next
 * @param step bytes from one sample to the next
 * @param nodata NaN: no sample equals it
 */
// @ts-ignore: decorator
@inline
export function read<T>(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  let any = false;
  for (let row: usize = 0; row < rows; row++) {
    const from = samples + row * rowStep;
    const to = values + ((row * count) << 3);
    const marks = invalid + row * count;
    const found = step == sizeof<T>() ? readRun<T>(from, count, nodata, to, marks) : readApart<T>(from, step, count, nodata, to, marks);
    any = any || found;
  }
  return any;
}
