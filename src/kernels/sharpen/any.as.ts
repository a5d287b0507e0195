/** Results for any amount: A (2 v - G v / 273) in float64, in this order. */

import { four, upper } from '../doubles/lanes.as';

/** 4 x and 7 x of whole numbers. */
// @ts-ignore: decorator
@inline
function times4(x: v128): v128 {
  return i32x4.shl(x, 2);
}
// @ts-ignore: decorator
@inline
function times7(x: v128): v128 {
  return i32x4.sub(i32x4.shl(x, 3), x);
}

/** The sums of each column of five rows, weighed 1 4 7 4 1, as i32. */
// @ts-ignore: decorator
@inline
export function sumColumns<T>(row: usize, rowBytes: usize, length: usize, columns: usize): void {
  for (let i: usize = 0; i < length; i += 4) {
    const at = row + i * sizeof<T>();
    const ends = i32x4.add(four<T>(at), four<T>(at + 4 * rowBytes));
    const inner = i32x4.add(four<T>(at + rowBytes), four<T>(at + 3 * rowBytes));
    const sum = i32x4.add(i32x4.add(ends, times4(inner)), times7(four<T>(at + 2 * rowBytes)));
    v128.store(columns + i * 4, sum);
  }
}

/** Two results as i32 in the low lanes, rounded half to even, saturated to i32: A (2 v - sum / 273) in float64, in this order. */
// @ts-ignore: decorator
@inline
function two(twice: v128, sum: v128, amount: v128): v128 {
  const blurred = f64x2.div(f64x2.convert_low_i32x4_s(sum), f64x2.splat(273));
  const sharp = f64x2.mul(amount, f64x2.sub(f64x2.convert_low_i32x4_s(twice), blurred));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(sharp));
}

/** The results of a row of `count` samples, as `outBytes` bytes each, all of whose neighbours count as valid. */
// @ts-ignore: decorator
@inline
export function sharpenRow<T>(row: usize, rowBytes: usize, count: usize, bands: usize, columns: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, out: usize, outBytes: i32): void {
  const one = bands * sizeof<T>();
  const column = bands * 4;
  const factor = f64x2.splat(amount);
  const least = i32x4.splat(low);
  const largest = i32x4.splat(high);
  const forbidden = i32x4.splat(avoided);
  const instead = i32x4.splat(other);
  for (let i: usize = 0; i < count; i += 8) {
    let results = i32x4.splat(0);
    for (let half: usize = 0; half < 2; half++) {
      const at = row + 2 * rowBytes + (i + half * 4) * sizeof<T>();
      const sums = columns + (i + half * 4) * 4;
      const middle = four<T>(at + 2 * one);
      const nearest = i32x4.add(i32x4.add(four<T>(at + 2 * one - rowBytes), four<T>(at + 2 * one + rowBytes)), i32x4.add(four<T>(at + one), four<T>(at + 3 * one)));
      // G is the outer product of 1 4 7 4 1 with itself, less 2 at the four nearest and 8 in the middle.
      const ends = i32x4.add(v128.load(sums), v128.load(sums + 4 * column));
      const inner = i32x4.add(v128.load(sums + column), v128.load(sums + 3 * column));
      const product = i32x4.add(i32x4.add(ends, times4(inner)), times7(v128.load(sums + 2 * column)));
      const sum = i32x4.sub(product, i32x4.add(i32x4.shl(nearest, 1), i32x4.shl(middle, 3)));
      const twice = i32x4.shl(middle, 1);
      let result = v128.shuffle<i64>(two(twice, sum, factor), two(upper(twice), upper(sum), factor), 0, 2);
      result = i32x4.min_s(i32x4.max_s(result, least), largest);
      result = v128.bitselect(instead, result, i32x4.eq(result, forbidden));
      if (half == 0) results = result;
      else if (outBytes == 2) v128.store(out + i * 2, v128.shuffle<i16>(results, result, 0, 2, 4, 6, 8, 10, 12, 14));
      else v128.store64_lane(out + i, v128.shuffle<i8>(results, result, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0), 0);
    }
  }
}
