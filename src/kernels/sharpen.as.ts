/**
 * Unsharp masking of 8- and 16-bit integers, A (2 v - G v / 273), G of 5 x 5 whole weights. AssemblyScript, compiled to
 * sharpen.wasm by `npm run build`; sharpen.ts calls it and lays out its memory.
 *
 * Bands lie side by side: the neighbours of a sample are `bands` samples apart. Rows of samples are `step` bytes apart. Rows
 * of results follow each other without a gap, so that a vector may reach beyond its row: what it stores there is stored again
 * by the next row, or lies in the slack behind.
 */

/** Four samples from `at` on as i32. */
// @ts-ignore: decorator
@inline
function four<T>(at: usize): v128 {
  if (sizeof<T>() == 2) return v128.load_ext<T>(at);
  const bytes = v128.load32_zero(at);
  return isSigned<T>() ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)) : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}

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

/** Marks the samples that equal `nodata` by 255 in `invalid`, others by 0; a row's flag says whether there is any, or may be. */
// @ts-ignore: decorator
@inline
function mark<T>(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
  const none = v128.splat<T>(<T>nodata);
  for (let row = 0; row < rows; row++) {
    const source = samples + <usize>row * step;
    const target = invalid + <usize>row * length;
    let any = i32x4.splat(0);
    for (let i: usize = 0; i < length; i += 16) {
      let equal: v128;
      if (sizeof<T>() == 1) equal = v128.eq<T>(v128.load(source + i), none);
      else equal = i8x16.narrow_i16x8_s(v128.eq<T>(v128.load(source + i * 2), none), v128.eq<T>(v128.load(source + i * 2, 16), none));
      any = v128.or(any, equal);
      v128.store(target + i, equal);
    }
    store<u8>(flags + <usize>row, v128.any_true(any) ? 1 : 0);
  }
}

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

/** The sums of each column of five rows, weighed 1 4 7 4 1, as i32. */
// @ts-ignore: decorator
@inline
function sumColumns<T>(row: usize, rowBytes: usize, length: usize, columns: usize): void {
  for (let i: usize = 0; i < length; i += 4) {
    const at = row + i * sizeof<T>();
    const ends = i32x4.add(four<T>(at), four<T>(at + 4 * rowBytes));
    const inner = i32x4.add(four<T>(at + rowBytes), four<T>(at + 3 * rowBytes));
    const sum = i32x4.add(i32x4.add(ends, times4(inner)), times7(four<T>(at + 2 * rowBytes)));
    v128.store(columns + i * 4, sum);
  }
}

/** Eight samples as i16, those without a sign and of 16 bits less 32768. */
// @ts-ignore: decorator
@inline
function eight<T>(at: usize): v128 {
  if (sizeof<T>() == 2) return isSigned<T>() ? v128.load(at) : v128.xor(v128.load(at), i16x8.splat(-32768));
  return v128.load_ext<T>(at);
}

/** Sums of five rows of four samples, three weights from the outer rows to the middle one. Pairs of samples: outer, inner, middle with 0. */
// @ts-ignore: decorator
@inline
function weigh(outer: v128, inner: v128, middle: v128, first: i16, second: i16, third: i16): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(outer, i16x8.splat(first)), i32x4.dot_i16x8_s(inner, i16x8.splat(second)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(middle, i16x8.splat(third)));
}

// @ts-ignore: decorator
@inline
function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
// @ts-ignore: decorator
@inline
function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/**
 * For whole amounts. 273 (2 v - G v / 273) is the sum over the columns of K = 546 I - G: of the middle one, whose weights
 * are -7 -26 505 -26 -7, of those beside it, -4 -16 -26 -16 -4, and of the outer ones, -1 -4 -7 -4 -1. Puts these sums of
 * each column behind each other: middle, beside, outer, `part` bytes apart.
 */
// @ts-ignore: decorator
@inline
function sumThrice<T>(row: usize, rowBytes: usize, length: usize, sums: usize, part: usize): void {
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < length; i += 8) {
    const at = row + i * sizeof<T>();
    const a = eight<T>(at);
    const b = eight<T>(at + rowBytes);
    const c = eight<T>(at + 2 * rowBytes);
    const d = eight<T>(at + 3 * rowBytes);
    const e = eight<T>(at + 4 * rowBytes);
    const to = sums + i * 4;
    let outer = lowPairs(a, e);
    let inner = lowPairs(b, d);
    let middle = lowPairs(c, zero);
    v128.store(to, weigh(outer, inner, middle, -7, -26, 505));
    v128.store(to + part, weigh(outer, inner, middle, -4, -16, -26));
    v128.store(to + 2 * part, weigh(outer, inner, middle, -1, -4, -7));
    outer = highPairs(a, e);
    inner = highPairs(b, d);
    middle = highPairs(c, zero);
    v128.store(to, weigh(outer, inner, middle, -7, -26, 505), 16);
    v128.store(to + part, weigh(outer, inner, middle, -4, -16, -26), 16);
    v128.store(to + 2 * part, weigh(outer, inner, middle, -1, -4, -7), 16);
  }
}

/** 1.5 * 2^52: a float64 this large has no fraction, and its low 32 bits are the whole number that was added. */
const ROUNDER: f64 = 6755399441055744;

/**
 * The results of a row for a whole amount from -1000 to 1000. No multiple of amount / 273 is halfway between two whole
 * numbers, so that rounding cannot fail by what float64 is short of.
 */
// @ts-ignore: decorator
@inline
function sharpenWhole<T>(sums: usize, part: usize, count: usize, bands: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, out: usize, outBytes: i32): void {
  const column = bands * 4;
  const factor = f64x2.splat(amount / 273);
  const rounder = f64x2.splat(sizeof<T>() == 2 && !isSigned<T>() ? ROUNDER + amount * 32768 : ROUNDER);
  const least = i32x4.splat(low);
  const largest = i32x4.splat(high);
  const forbidden = i32x4.splat(avoided);
  const instead = i32x4.splat(other);
  for (let i: usize = 0; i < count; i += 8) {
    let results = i32x4.splat(0);
    for (let half: usize = 0; half < 2; half++) {
      const at = sums + (i + half * 4) * 4;
      const outer = i32x4.add(v128.load(at + 2 * part), v128.load(at + 2 * part + 4 * column));
      const beside = i32x4.add(v128.load(at + part + column), v128.load(at + part + 3 * column));
      const sum = i32x4.add(i32x4.add(outer, beside), v128.load(at + 2 * column));
      const lower = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(sum), factor), rounder);
      const higher = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(upper(sum)), factor), rounder);
      let result = v128.shuffle<i32>(lower, higher, 0, 2, 4, 6);
      result = i32x4.min_s(i32x4.max_s(result, least), largest);
      result = v128.bitselect(instead, result, i32x4.eq(result, forbidden));
      if (half == 0) results = result;
      else if (outBytes == 2) v128.store(out + i * 2, v128.shuffle<i16>(results, result, 0, 2, 4, 6, 8, 10, 12, 14));
      else v128.store64_lane(out + i, v128.shuffle<i8>(results, result, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0), 0);
    }
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

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

/** The results of a row of `count` samples, as `outBytes` bytes each, all of whose neighbours count as valid. */
// @ts-ignore: decorator
@inline
function sharpenRow<T>(row: usize, rowBytes: usize, count: usize, bands: usize, columns: usize, amount: f64, low: i32, high: i32, avoided: i32, other: i32, out: usize, outBytes: i32): void {
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

/** One result near invalid samples: G over the valid ones, each with its share of their weights. */
// @ts-ignore: decorator
@inline
function sharpenNear<T>(row: usize, rowBytes: usize, invalid: usize, length: usize, bands: usize, weights: usize, amount: f64): f64 {
  let all: f64 = 0;
  for (let k: usize = 0; k < 25; k++) {
    if (load<u8>(invalid + (k / 5) * length + (k % 5) * bands) == 0) all += load<f64>(weights + k * 8);
  }
  let blurred: f64 = 0;
  for (let k: usize = 0; k < 25; k++) {
    if (load<u8>(invalid + (k / 5) * length + (k % 5) * bands) != 0) continue;
    blurred += (load<f64>(weights + k * 8) / all) * <f64>load<T>(row + (k / 5) * rowBytes + (k % 5) * bands * sizeof<T>());
  }
  const middle = <f64>load<T>(row + 2 * rowBytes + 2 * bands * sizeof<T>());
  return amount * (2 * middle - blurred);
}

/** Where a row of results has an invalid sample among the 25 of each, 0 elsewhere. */
// @ts-ignore: decorator
@inline
function findNear(invalid: usize, length: usize, count: usize, bands: usize, any: usize, near: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    let found = v128.load(invalid + i);
    for (let k: usize = 1; k < 5; k++) found = v128.or(found, v128.load(invalid + k * length + i));
    v128.store(any + i, found);
  }
  for (let i: usize = 0; i < count; i += 16) {
    let found = v128.load(any + i);
    for (let k: usize = 1; k < 5; k++) found = v128.or(found, v128.load(any + i + k * bands));
    v128.store(near + i, found);
  }
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
  // Sums of 16 bits in 32, results too.
  const isWhole = nearest(amount) == amount && abs(amount) <= 1000;
  const length = count + 4 * bands;
  const columns = room;
  const part = length * 4 + 64;
  const any = columns + 3 * part;
  const near = any + length + 32;
  for (let r = 0; r < rows; r++) {
    const row = samples + <usize>r * step;
    const results = out + <usize>r * count * <usize>outBytes;
    if (isWhole) {
      sumThrice<T>(row, step, length, columns, part);
      if (outBytes == 2) sharpenWhole<T>(columns, part, count, bands, amount, low, high, avoided, other, results, 2);
      else sharpenWhole<T>(columns, part, count, bands, amount, low, high, avoided, other, results, 1);
    } else {
      sumColumns<T>(row, step, length, columns);
      if (outBytes == 2) sharpenRow<T>(row, step, count, bands, columns, amount, low, high, avoided, other, results, 2);
      else sharpenRow<T>(row, step, count, bands, columns, amount, low, high, avoided, other, results, 1);
    }
    if (flags == 0) continue;
    const flag = flags + <usize>r;
    if ((load<u32>(flag) | <u32>load<u8>(flag, 4)) == 0) continue;
    const marks = invalid + <usize>r * length;
    findNear(marks, length, count, bands, any, near);
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
