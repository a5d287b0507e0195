/** Doubles as samples: rounded half to even where samples are whole, saturated, moved off nodata, with nodata where they are invalid. */

/** 1.5 * 2^52: next to it doubles are whole numbers, with those of at most 32 bits in their lower half. */
const ROUNDER: f64 = 6755399441055744;

// @ts-ignore: decorator
@inline
function saturated(values: v128, low: v128, high: v128): v128 {
  return f64x2.pmin(f64x2.pmax(values, low), high);
}

/** Four results as i32, the lower half of what is added to `ROUNDER`; `from` becomes `other`. */
// @ts-ignore: decorator
@inline
function fourWhole(first: v128, second: v128, low: v128, high: v128, from: v128, other: v128): v128 {
  const rounder = f64x2.splat(ROUNDER);
  const low4 = f64x2.add(saturated(first, low, high), rounder);
  const high4 = f64x2.add(saturated(second, low, high), rounder);
  const samples = v128.shuffle<i32>(low4, high4, 0, 2, 4, 6);
  return v128.bitselect(other, samples, i32x4.eq(samples, from));
}

/** Four results as f32; what lies from `from` to `to` becomes `other`. */
// @ts-ignore: decorator
@inline
function fourSingle(first: v128, second: v128, low: v128, high: v128, from: v128, to: v128, other: v128): v128 {
  const low4 = f32x4.demote_f64x2_zero(saturated(first, low, high));
  const high4 = f32x4.demote_f64x2_zero(saturated(second, low, high));
  const samples = v128.shuffle<i64>(low4, high4, 0, 2);
  return v128.bitselect(other, samples, v128.and(f32x4.ge(samples, from), f32x4.le(samples, to)));
}

/** Two results as doubles, whole ones for 64-bit integers. */
// @ts-ignore: decorator
@inline
function twoDoubles(values: v128, whole: bool, low: v128, high: v128, from: v128, to: v128, other: v128): v128 {
  const samples = saturated(whole ? f64x2.nearest(values) : values, low, high);
  return v128.bitselect(other, samples, v128.and(f64x2.ge(samples, from), f64x2.le(samples, to)));
}

/** A sample of R of at most 32 bits in each lane. */
// @ts-ignore: decorator
@inline
function splat<R>(value: f64): v128 {
  return isFloat<R>() ? f32x4.splat(<f32>value) : i32x4.splat(<i32>(<R>value));
}

/** Stores the first samples of four in 32 bits each. */
// @ts-ignore: decorator
@inline
function storeFour<R>(at: usize, samples: v128): void {
  if (sizeof<R>() == 4) v128.store(at, samples);
  else if (sizeof<R>() == 2) v128.store64_lane(at, v128.shuffle<i16>(samples, samples, 0, 2, 4, 6, 8, 10, 12, 14), 0);
  else v128.store32_lane(at, v128.shuffle<i8>(samples, samples, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
}

/**
 * Writes `rows` rows of `count` results, which lie behind each other in the run, as samples of R.
 * @param whole whether samples are whole though R is not
 * @param low the least sample
 * @param high the largest one
 * @param from what lies from it to `to` no result may be: it becomes `other`; one sample alone where R is whole; above `to`: none
 * @param fill what invalid results become
 * @param rowStep bytes from one row to the next
 * @param step bytes from one sample to the next
 */
// @ts-ignore: decorator
@inline
export function write<R>(values: usize, invalid: usize, rows: usize, count: usize, whole: bool, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  const isWide = sizeof<R>() == 8;
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  // What becomes itself is left as it is.
  const isNone = isInteger<R>() && from > to;
  const froms = isWide ? f64x2.splat(from) : splat<R>(isNone ? 0 : from);
  const tos = isWide ? f64x2.splat(to) : isFloat<R>() ? splat<R>(to) : froms;
  const others = isWide ? f64x2.splat(other) : splat<R>(isNone ? 0 : other);
  const fills = isWide ? f64x2.splat(fill) : splat<R>(fill);
  const vectors = step == sizeof<R>() ? count & ~3 : 0;
  for (let row: usize = 0; row < rows; row++, values += count << 3, invalid += count, out += rowStep) {
    for (let i: usize = 0; i < vectors; i += 4) {
      const first = v128.load(values + i * 8);
      const second = v128.load(values + i * 8, 16);
      const marks = i32x4.ne(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(invalid + i))), i32x4.splat(0));
      const at = out + i * sizeof<R>();
      if (isWide) {
        v128.store(at, v128.bitselect(fills, twoDoubles(first, whole, lows, highs, froms, tos, others), v128.shuffle<i32>(marks, marks, 0, 0, 1, 1)));
        v128.store(at, v128.bitselect(fills, twoDoubles(second, whole, lows, highs, froms, tos, others), v128.shuffle<i32>(marks, marks, 2, 2, 3, 3)), 16);
      } else if (isFloat<R>()) {
        storeFour<R>(at, v128.bitselect(fills, fourSingle(first, second, lows, highs, froms, tos, others), marks));
      } else {
        storeFour<R>(at, v128.bitselect(fills, fourWhole(first, second, lows, highs, froms, others), marks));
      }
    }
    for (let i = vectors; i < count; i++) {
      const at = out + i * step;
      const value = v128.load64_splat(values + (i << 3));
      let sample: v128;
      if (isWide) sample = twoDoubles(value, whole, lows, highs, froms, tos, others);
      else if (isFloat<R>()) sample = fourSingle(value, value, lows, highs, froms, tos, others);
      else sample = fourWhole(value, value, lows, highs, froms, others);
      if (load<u8>(invalid + i) != 0) sample = fills;
      if (isWide) store<f64>(at, f64x2.extract_lane(sample, 0));
      else if (sizeof<R>() == 4) store<u32>(at, <u32>i32x4.extract_lane(sample, 0));
      else store<R>(at, <R>i32x4.extract_lane(sample, 0));
    }
  }
}
