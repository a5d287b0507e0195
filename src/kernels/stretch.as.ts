/**
 * Min-max stretch of 8- and 16-bit integers, the loops that touch every sample. AssemblyScript, compiled to
 * stretch.wasm by `npm run build`; stretch.ts calls it and lays out its memory.
 *
 * Bands lie side by side: sample i is of band i % bands. Extremes are two i32 a band, minimum and maximum; the pair of
 * a band without valid samples stays as it is given.
 */

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
 * The same by SIMD, for the samples that fill whole rounds of `bands` vectors: lane l of vector v of a round always
 * belongs to band (v * lanes + l) % bands. Returns how many samples it took.
 */
// @ts-ignore: decorator
@inline
function extremesByVector<T>(samples: usize, count: i32, bands: i32, nodata: i32, hasNodata: bool, extremes: usize, room: usize): i32 {
  const lanes = 16 / sizeof<T>();
  const round = <usize>bands * 16;
  const rounds = (<usize>count * sizeof<T>()) / round;
  if (rounds == 0) return 0;
  const none = v128.splat<T>(<T>nodata);
  const lowest = v128.splat<T>(<T>(isSigned<T>() ? (sizeof<T>() == 1 ? -128 : -32768) : 0));
  const highest = v128.splat<T>(<T>(isSigned<T>() ? (sizeof<T>() == 1 ? 127 : 32767) : sizeof<T>() == 1 ? 255 : 65535));
  for (let v: usize = 0; v < <usize>bands; v++) {
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
    for (let lane = 0; lane < <i32>lanes; lane++) {
      const at = room + <usize>lane * sizeof<T>();
      if (load<T>(at, 32) == 0) continue;
      const pair = extremes + (<usize>((<i32>v * <i32>lanes + lane) % bands) << 3);
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
 * Looks up one band's samples in a table with an entry for each bit pattern of a sample. Samples and results of the
 * band are `bands` samples apart; `count` of them.
 */
// @ts-ignore: decorator
@inline
function lookUp<T, R>(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  const step = <usize>bands * sizeof<T>();
  const outStep = <usize>bands * sizeof<R>();
  const end = samples + <usize>count * step;
  let o = out;
  for (let i = samples; i < end; i += step, o += outStep) store<R>(o, load<R>(table + <usize>load<T>(i) * sizeof<R>()));
}

export function lookUp8To8(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u8, u8>(samples, count, bands, table, out);
}
export function lookUp8To16(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u8, u16>(samples, count, bands, table, out);
}
export function lookUp8To32(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u8, u32>(samples, count, bands, table, out);
}
export function lookUp8To64(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u8, u64>(samples, count, bands, table, out);
}
export function lookUp16To8(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u16, u8>(samples, count, bands, table, out);
}
export function lookUp16To16(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u16, u16>(samples, count, bands, table, out);
}
export function lookUp16To32(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u16, u32>(samples, count, bands, table, out);
}
export function lookUp16To64(samples: usize, count: i32, bands: i32, table: usize, out: usize): void {
  lookUp<u16, u64>(samples, count, bands, table, out);
}
