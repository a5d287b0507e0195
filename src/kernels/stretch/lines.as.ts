/**
 * The stretch of 16-bit integers to integers of at most 16 bits where everything is whole: (v - minimum) * scale / span + offset,
 * rounded half to even. No table, and no division: what is multiplied with is scale / span, so that a product is wrong by 2^-36 at
 * most. A quotient of such numbers is half a whole one, or 2^-17 away from it at least. So to round it to multiples of 2^-30
 * gives halves back as they are, and brings nothing else over one; then it is rounded to a whole number.
 */
import { ROUND, vectorsARound } from './rounds.as';

/** Samples that are worked through before the next ones: they and their results stay in the first cache. */
const CHUNK: i32 = 4096;
/** 1.5 * 2^22: next to it float64 has multiples of 2^-30. */
const FINE: f64 = 6291456.0;
/** 1.5 * 2^52: next to it float64 has whole numbers, in its lower bits, and rounds half to even. */
const WHOLE: f64 = 6755399441055744.0;
/** Bytes of the lines of a vector: minimum and maximum of each lane in 16 bits, scale / span in float64. */
const VECTOR_LINES: usize = 96;

/** Four stretched samples, of distances from the minimum. */
// @ts-ignore: decorator
@inline
function stretched(distances: v128, lowFactor: v128, highFactor: v128, back: v128): v128 {
  const low = f64x2.add(f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(distances), lowFactor), f64x2.splat(FINE)), back);
  const others = i64x2.shuffle(distances, distances, 1, 0);
  const high = f64x2.add(f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_s(others), highFactor), f64x2.splat(FINE)), back);
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

/**
 * Stretches `count` samples whose bands lie side by side, band 0 first; those beyond minimum and maximum as if they were these.
 * Samples that equal `nodata` become `fill`.
 * @param lines of each vector of a round 96 bytes: minimum and maximum of each lane, in T, and scale / span in float64
 * @param offset so that every result is one of R
 */
// @ts-ignore: decorator
@inline
function stretchLines<T, R>(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  const vectors = vectorsARound(ROUND, bands);
  const round = ROUND * vectors;
  const whole = count - (count % round);
  const back = WHOLE - FINE + <f64>offset;
  const backs = f64x2.splat(back);
  const nodatas = i16x8.splat(<i16>nodata);
  const counts = i16x8.splat(<i16>-hasNodata);
  const fills = i16x8.splat(<i16>fill);
  const chunk = max(CHUNK / round, 1) * round;
  for (let from = 0; from < whole; from += chunk) {
    const end = samples + <usize>min(from + chunk, whole) * sizeof<T>();
    for (let v = 0; v < vectors; v++) {
      const own = lines + <usize>v * VECTOR_LINES;
      const minimum = v128.load(own);
      const maximum = v128.load(own, 16);
      const factors0 = v128.load(own, 32);
      const factors2 = v128.load(own, 48);
      const factors4 = v128.load(own, 64);
      const factors6 = v128.load(own, 80);
      let o = out + <usize>(from + v * ROUND) * sizeof<R>();
      for (let i = samples + <usize>(from + v * ROUND) * sizeof<T>(); i < end; i += <usize>round * sizeof<T>(), o += <usize>round * sizeof<R>()) {
        const value = v128.load(i);
        // Of either sign the difference, modulo 2^16, is a distance of 16 bits without one.
        const distances = i16x8.sub(v128.min<T>(v128.max<T>(value, minimum), maximum), minimum);
        const low = stretched(i32x4.extend_low_i16x8_u(distances), factors0, factors2, backs);
        const high = stretched(i32x4.extend_high_i16x8_u(distances), factors4, factors6, backs);
        const words = sizeof<R>() == 2 && !isSigned<R>() ? i16x8.narrow_i32x4_u(low, high) : i16x8.narrow_i32x4_s(low, high);
        const results = v128.bitselect(fills, words, v128.and(i16x8.eq(value, nodatas), counts));
        if (sizeof<R>() == 2) v128.store(o, results);
        else v128.store64_lane(o, isSigned<R>() ? i8x16.narrow_i16x8_s(results, results) : i8x16.narrow_i16x8_u(results, results), 0);
      }
    }
  }
  for (let i = whole; i < count; i++) {
    const own = lines + <usize>((i - whole) / ROUND) * VECTOR_LINES;
    const lane = <usize>((i - whole) % ROUND);
    const value = load<T>(samples + <usize>i * sizeof<T>());
    const minimum = load<T>(own + (lane << 1));
    const distance = <i32>min(max(value, minimum), load<T>(own + (lane << 1), 16)) - <i32>minimum;
    const result = <i32>reinterpret<i64>(<f64>distance * load<f64>(own + (lane << 3), 32) + FINE + back);
    store<R>(out + <usize>i * sizeof<R>(), <R>(hasNodata != 0 && <i32>value == nodata ? fill : result));
  }
}

export function stretchU16ToU8(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<u16, u8>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchU16ToI8(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<u16, i8>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchU16ToU16(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<u16, u16>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchU16ToI16(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<u16, i16>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchI16ToU8(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<i16, u8>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchI16ToI8(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<i16, i8>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchI16ToU16(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<i16, u16>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
export function stretchI16ToI16(samples: usize, count: i32, bands: i32, lines: usize, offset: i32, nodata: i32, hasNodata: i32, fill: i32, out: usize): void {
  stretchLines<i16, i16>(samples, count, bands, lines, offset, nodata, hasNodata, fill, out);
}
