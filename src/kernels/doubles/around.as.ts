/** What is made of doubles and their neighbours. */

/**
 * Sums of weighed neighbours, in float64, in the order of the taps. Vectors reach beyond the last result, by 7 at most.
 * @param taps for each neighbour where it lies for the first result, as usize and four bytes more, and its weight, as f64
 */
export function correlate(taps: usize, tapCount: usize, count: usize, results: usize): void {
  const end = taps + (tapCount << 4);
  for (let at: usize = 0; at < count << 3; at += 64) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let c = f64x2.splat(0);
    let d = f64x2.splat(0);
    for (let tap = taps; tap < end; tap += 16) {
      const from = load<usize>(tap) + at;
      const weight = v128.load64_splat(tap, 8);
      a = f64x2.add(a, f64x2.mul(weight, v128.load(from)));
      b = f64x2.add(b, f64x2.mul(weight, v128.load(from, 16)));
      c = f64x2.add(c, f64x2.mul(weight, v128.load(from, 32)));
      d = f64x2.add(d, f64x2.mul(weight, v128.load(from, 48)));
    }
    v128.store(results + at, a);
    v128.store(results + at, b, 16);
    v128.store(results + at, c, 32);
    v128.store(results + at, d, 48);
  }
}

// @ts-ignore: decorator
@inline
function times(x: v128, factor: f64): v128 {
  return f64x2.mul(f64x2.splat(factor), x);
}

/** The sums of each column of five rows, weighed 1 4 7 4 1. */
export function sumColumns(a: usize, b: usize, c: usize, d: usize, e: usize, length: usize, columns: usize): void {
  for (let at: usize = 0; at < length << 3; at += 16) {
    const ends = f64x2.add(v128.load(a + at), v128.load(e + at));
    const inner = f64x2.add(v128.load(b + at), v128.load(d + at));
    v128.store(columns + at, f64x2.add(f64x2.add(ends, times(inner, 4)), times(v128.load(c + at), 7)));
  }
}

/**
 * A (2 v - G v / 273), G the outer product of 1 4 7 4 1 with itself, less 2 at the four nearest and 8 in the middle: of whole
 * numbers each sum is exact.
 * @param b the row above, c that of the results, d the one below
 */
export function unsharp(b: usize, c: usize, d: usize, columns: usize, count: usize, bands: usize, amount: f64, results: usize): void {
  const one = bands << 3;
  for (let at: usize = 0; at < count << 3; at += 16) {
    const sums = columns + at;
    const row = c + at;
    const middle = v128.load(row + 2 * one);
    const ends = f64x2.add(v128.load(sums), v128.load(sums + 4 * one));
    const inner = f64x2.add(v128.load(sums + one), v128.load(sums + 3 * one));
    const product = f64x2.add(f64x2.add(ends, times(inner, 4)), times(v128.load(sums + 2 * one), 7));
    const above = f64x2.add(v128.load(b + at + 2 * one), v128.load(d + at + 2 * one));
    const nearest = f64x2.add(f64x2.add(above, v128.load(row + one)), v128.load(row + 3 * one));
    const sum = f64x2.sub(f64x2.sub(product, times(nearest, 2)), times(middle, 8));
    const sharp = f64x2.sub(times(middle, 2), f64x2.div(sum, f64x2.splat(273)));
    v128.store(results + at, f64x2.mul(f64x2.splat(amount), sharp));
  }
}

/** Whether all doubles are finite: the difference of others with themselves is NaN. */
export function areFinite(values: usize, count: usize): bool {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const whole = count & ~3;
  for (let i: usize = 0; i < whole; i += 4) {
    const low = v128.load(values + (i << 3));
    const high = v128.load(values + (i << 3), 16);
    a = f64x2.add(a, f64x2.sub(low, low));
    b = f64x2.add(b, f64x2.sub(high, high));
  }
  for (let i = whole; i < count; i++) {
    const value = v128.load64_splat(values + (i << 3));
    a = f64x2.add(a, f64x2.sub(value, value));
  }
  return i64x2.all_true(f64x2.eq(f64x2.add(a, b), f64x2.splat(0)));
}
