/** Which samples are invalid, and results near them. */

/** Marks the samples that equal `nodata` by 255 in `invalid`, others by 0; a row's flag says whether there is any, or may be. */
// @ts-ignore: decorator
@inline
export function mark<T>(samples: usize, step: usize, rows: i32, length: usize, nodata: i32, invalid: usize, flags: usize): void {
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

/** One result near invalid samples: G over the valid ones, each with its share of their weights. */
// @ts-ignore: decorator
@inline
export function sharpenNear<T>(row: usize, rowBytes: usize, invalid: usize, length: usize, bands: usize, weights: usize, amount: f64): f64 {
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
