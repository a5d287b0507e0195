/**
 * Min-max stretch of 8- and 16-bit integers, the loops that touch every sample. AssemblyScript, compiled to
 * stretch.wasm by `npm run build`; stretch.ts calls it and says where in the thread's memory all lies.
 *
 * Bands lie side by side: sample i is of band i % bands. Extremes are two i32 a band, minimum and maximum; the pair of
 * a band without valid samples stays as it is given.
 */

import { vectorsARound } from './stretch/rounds.as';

export * from './stretch/lines.as';

/** Widens `extremes` (bands x 2 i32) by `count` samples at `samples`; those that equal `nodata` do not count. */
// @ts-ignore: decorator
@inline
function extremesOf<T>(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize): void {
  for (let i = 0, band = 0; i < count; i++) {
    const value = <i32>load<T>(samples + (<usize>i) * sizeof<T>());
    if (!hasNodata || value != nodata) {
      const pair = extremes + (<usize>band << 3);
      if (value < load<i32>(pair)) store<i32>(pair, value);
      if (value > load<i32>(pair, 4)) store<i32>(pair, value, 4);
    }
    if (++band == bands) band = 0;
  }
}

/**
 * The same by SIMD, for the samples that fill whole rounds of vectors: lane l of vector v of a round always belongs to
 * band (v * lanes + l) % bands. Returns how many samples it took.
 */
// @ts-ignore: decorator
@inline
function extremesByVector<T>(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): i32 {
  const lanes = <i32>(16 / sizeof<T>());
  const vectors = <usize>vectorsARound(lanes, bands);
  const round = vectors * 16;
  const rounds = (<usize>count * sizeof<T>()) / round;
  if (rounds == 0) return 0;
  const none = v128.splat<T>(<T>nodata);
  const lowest = v128.splat<T>(<T>(isSigned<T>() ? (sizeof<T>() == 1 ? -128 : -32768) : 0));
  const highest = v128.splat<T>(<T>(isSigned<T>() ? (sizeof<T>() == 1 ? 127 : 32767) : sizeof<T>() == 1 ? 255 : 65535));
  for (let v: usize = 0; v < vectors; v++) {
    let min = highest;
    let max = lowest;
    let any = i32x4.splat(0);
    let at = samples + v * 16;
    if (hasNodata) {
      for (let r: usize = 0; r < rounds; r++, at += round) {
        const value = v128.load(at);
        const invalid = v128.eq<T>(value, none);
        min = v128.min<T>(min, v128.or(v128.and(invalid, highest), v128.andnot(value, invalid)));
        max = v128.max<T>(max, v128.or(v128.and(invalid, lowest), v128.andnot(value, invalid)));
        any = v128.or(any, v128.not(invalid));
      }
    } else {
      for (let r: usize = 0; r < rounds; r++, at += round) {
        const value = v128.load(at);
        min = v128.min<T>(min, value);
        max = v128.max<T>(max, value);
      }
      any = v128.not(any);
    }
    v128.store(room, min);
    v128.store(room, max, 16);
    v128.store(room, any, 32);
    for (let lane = 0; lane < lanes; lane++) {
      const at = room + <usize>lane * sizeof<T>();
      if (load<T>(at, 32) == 0) continue;
      const pair = extremes + (<usize>((<i32>v * lanes + lane) % bands) << 3);
      if (<i32>load<T>(at) < load<i32>(pair)) store<i32>(pair, <i32>load<T>(at));
      if (<i32>load<T>(at, 16) > load<i32>(pair, 4)) store<i32>(pair, <i32>load<T>(at, 16), 4);
    }
  }
  return <i32>((rounds * round) / sizeof<T>());
}

// @ts-ignore: decorator
@inline
function extremesOfAll<T>(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): void {
  // Whole rounds of vectors hold whole pixels, so the rest starts with band 0 again.
  const done = extremesByVector<T>(samples, count, bands, nodata, hasNodata, extremes, room);
  extremesOf<T>(samples + <usize>done * sizeof<T>(), count - done, bands, nodata, hasNodata, extremes);
}

/** @param room 48 bytes to work in */
export function extremesU8(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): void {
  extremesOfAll<u8>(samples, count, bands, nodata, hasNodata, extremes, room);
}
export function extremesI8(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): void {
  extremesOfAll<i8>(samples, count, bands, nodata, hasNodata, extremes, room);
}
export function extremesU16(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): void {
  extremesOfAll<u16>(samples, count, bands, nodata, hasNodata, extremes, room);
}
export function extremesI16(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): void {
  extremesOfAll<i16>(samples, count, bands, nodata, hasNodata, extremes, room);
}

/**
 * Puts the stretched values from `from` to `to` into a table with an entry for each bit pattern of a sample:
 * (v - minimum) * scale / span + offset in float64, in this order, rounded half to even where results are whole, clamped
 * from `low` to `high`.
 */
// @ts-ignore: decorator
@inline
function stretchTo<R>(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64, whole: bool): void {
  for (let value = from; value <= to; value++) {
    let result = ((<f64>value - minimum) * scale) / span + offset;
    if (whole) result = nearest(result);
    store<R>(table + (<usize>(value & pattern)) * sizeof<R>(), <R>min(max(result, low), high));
  }
}

export function stretchToU8(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<u8>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToI8(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<i8>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToU16(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<u16>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToI16(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<i16>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToU32(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<u32>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToI32(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<i32>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}
export function stretchToF32(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<f32>(table, from, to, pattern, minimum, scale, span, offset, low, high, false);
}
export function stretchToF64(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<f64>(table, from, to, pattern, minimum, scale, span, offset, low, high, false);
}
export function stretchToWhole64(table: usize, from: i32, to: i32, pattern: i32, minimum: f64, scale: f64, span: f64, offset: f64, low: f64, high: f64): void {
  stretchTo<f64>(table, from, to, pattern, minimum, scale, span, offset, low, high, true);
}

/** Pixels that are looked up band after band before the next ones: their samples and results stay in the first cache. */
const CHUNK: usize = 1024;

/**
 * Looks up the samples of `group` bands that lie side by side, each in its own of the tables that follow each other.
 * Samples and results of a band are `bands` samples apart; `count` of them.
 */
// @ts-ignore: decorator
@inline
function lookUp<T, R>(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  const step = <usize>bands * sizeof<T>();
  const outStep = <usize>bands * sizeof<R>();
  const tableBytes: usize = (1 << (8 * sizeof<T>())) * sizeof<R>();
  for (let done: usize = 0; done < <usize>count; done += CHUNK) {
    const pixels = min(CHUNK, <usize>count - done);
    for (let band: usize = 0; band < <usize>group; band++) {
      const table = tables + band * tableBytes;
      let i = samples + done * step + band * sizeof<T>();
      let o = out + done * outStep + band * sizeof<R>();
      const end = i + pixels * step;
      for (; i < end; i += step, o += outStep) store<R>(o, load<R>(table + <usize>load<T>(i) * sizeof<R>()));
    }
  }
}

export function lookUp8To8(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u8, u8>(samples, count, bands, group, tables, out);
}
export function lookUp8To16(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u8, u16>(samples, count, bands, group, tables, out);
}
export function lookUp8To32(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u8, u32>(samples, count, bands, group, tables, out);
}
export function lookUp8To64(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u8, u64>(samples, count, bands, group, tables, out);
}
export function lookUp16To8(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u16, u8>(samples, count, bands, group, tables, out);
}
export function lookUp16To16(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u16, u16>(samples, count, bands, group, tables, out);
}
export function lookUp16To32(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u16, u32>(samples, count, bands, group, tables, out);
}
export function lookUp16To64(samples: usize, count: i32, bands: i32, group: i32, tables: usize, out: usize): void {
  lookUp<u16, u64>(samples, count, bands, group, tables, out);
}
