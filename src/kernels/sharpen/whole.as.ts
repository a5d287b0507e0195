/**
 * Results for whole amounts from -16 to 16. 273 (2 v - G v / 273) is the sum over the columns of K = 546 I - G: of the middle
 * one, whose weights are -7 -26 505 -26 -7, of those beside it, -4 -16 -26 -16 -4, and of the outer ones, -1 -4 -7 -4 -1.
 *
 * A result is a multiple of 1 / 273: none is halfway between two whole numbers, and none nearer to halfway than 1 / 546. float32
 * has exactly the sums that results of 16 bits are made of, less than 2^24, and is off by 2^-10 at most in a quotient of so many
 * bits. So rounding cannot fail; what is larger is saturated, whatever it is off by.
 */

/** Of larger amounts sums do not fit in i32, and quotients are too large for `ROUNDER`. */
export const LARGEST_WHOLE: f64 = 16;
/** What the weights add up to. */
const UNIT: i32 = 273;
/** 1.5 * 2^23: next to it float32 has whole numbers, in its lower bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;
/** What is taken off 16 bits without a sign, to have one. */
const OFF: i32 = 32768;

/** Eight samples as i16, those without a sign and of 16 bits less 32768. */
// @ts-ignore: decorator
@inline
function eight<T>(at: usize): v128 {
  if (sizeof<T>() == 2) return isSigned<T>() ? v128.load(at) : v128.xor(v128.load(at), i16x8.splat(-32768));
  return v128.load_ext<T>(at);
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

/** The sum of three products. Pairs of samples: outer rows, inner rows, the middle one and 0. */
// @ts-ignore: decorator
@inline
function weigh(outer: v128, inner: v128, middle: v128, first: v128, second: v128, third: v128): v128 {
  return i32x4.add(i32x4.add(i32x4.dot_i16x8_s(outer, first), i32x4.dot_i16x8_s(inner, second)), i32x4.dot_i16x8_s(middle, third));
}

/** Puts the sums of each column of five rows behind each other, `amount` times: middle, beside, outer, `part` bytes apart, as i32. */
// @ts-ignore: decorator
@inline
export function sumThrice<T>(row: usize, rowBytes: usize, length: usize, amount: i16, sums: usize, part: usize): void {
  const zero = i32x4.splat(0);
  const by1 = i16x8.splat(-amount);
  const by4 = i16x8.splat(-4 * amount);
  const by7 = i16x8.splat(-7 * amount);
  const by16 = i16x8.splat(-16 * amount);
  const by26 = i16x8.splat(-26 * amount);
  const by505 = i16x8.splat(505 * amount);
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
    v128.store(to, weigh(outer, inner, middle, by7, by26, by505));
    v128.store(to + part, weigh(outer, inner, middle, by4, by16, by26));
    v128.store(to + 2 * part, weigh(outer, inner, middle, by1, by4, by7));
    outer = highPairs(a, e);
    inner = highPairs(b, d);
    middle = highPairs(c, zero);
    v128.store(to, weigh(outer, inner, middle, by7, by26, by505), 16);
    v128.store(to + part, weigh(outer, inner, middle, by4, by16, by26), 16);
    v128.store(to + 2 * part, weigh(outer, inner, middle, by1, by4, by7), 16);
  }
}

/** Four results as i32, `back` more than the sums say. */
// @ts-ignore: decorator
@inline
function rounded(sums: usize, part: usize, column: usize, back: v128): v128 {
  const outer = i32x4.add(v128.load(sums + 2 * part), v128.load(sums + 2 * part + 4 * column));
  const beside = i32x4.add(v128.load(sums + part + column), v128.load(sums + part + 3 * column));
  const sum = i32x4.add(i32x4.add(outer, beside), i32x4.add(v128.load(sums + 2 * column), back));
  const quotient = f32x4.div(f32x4.convert_i32x4_s(sum), f32x4.splat(<f32>UNIT));
  return i32x4.sub(f32x4.add(quotient, f32x4.splat(ROUNDER)), i32x4.splat(ROUNDER_BITS));
}

/**
 * The results of a row of `count` samples of T as R, from the sums of `sumThrice`.
 * @param avoided what no valid result may be: it becomes `other`. The same: nothing is avoided
 */
// @ts-ignore: decorator
@inline
export function sharpenWhole<T, R>(sums: usize, part: usize, count: usize, bands: usize, amount: i32, avoided: i32, other: i32, out: usize): void {
  const column = bands * 4;
  const takenOff = !isSigned<T>() && sizeof<T>() == 2 ? OFF * amount : 0;
  const off = !isSigned<R>() && sizeof<R>() == 2 ? OFF : 0;
  const back = i32x4.splat(UNIT * (takenOff - off));
  const forbidden = v128.splat<R>(<R>avoided);
  const instead = v128.splat<R>(<R>other);
  for (let i: usize = 0; i < count; i += 8) {
    const at = sums + i * 4;
    const eight = i16x8.narrow_i32x4_s(rounded(at, part, column, back), rounded(at + 16, part, column, back));
    let results: v128;
    if (sizeof<R>() == 2) results = isSigned<R>() ? eight : v128.xor(eight, i16x8.splat(-32768));
    else results = isSigned<R>() ? i8x16.narrow_i16x8_s(eight, eight) : i8x16.narrow_i16x8_u(eight, eight);
    results = v128.bitselect(instead, results, v128.eq<R>(results, forbidden));
    if (sizeof<R>() == 2) v128.store(out + i * 2, results);
    else v128.store64_lane(out + i, results, 0);
  }
}
