/** Minimum, maximum, and what lies between them stretched to a range. */

/** Widens the pairs of minimum and maximum, two f64 a band, by what is valid. Sample i is of band i % bands. */
export function extremes(values: usize, invalid: usize, count: usize, bands: usize, pairs: usize): void {
  for (let band: usize = 0; band < bands; band++) {
    const pair = pairs + (band << 4);
    let min = load<f64>(pair);
    let max = load<f64>(pair, 8);
    for (let i = band; i < count; i += bands) {
      if (load<u8>(invalid + i) != 0) continue;
      const value = load<f64>(values + (i << 3));
      min = value < min ? value : min;
      max = value > max ? value : max;
    }
    store<f64>(pair, min);
    store<f64>(pair, max, 8);
  }
}

/**
 * (v - min) * scale / span + low in place, in float64, in this order; what is not above the minimum becomes `low`, what is not
 * below the maximum `high` where values may lie beyond.
 * @param lines min and span of each sample of as many as `bands` vectors of two, then max: 48 bytes a vector
 */
export function stretch(values: usize, count: usize, bands: usize, lines: usize, scale: f64, low: f64, high: f64, beyond: bool): void {
  const factor = f64x2.splat(scale);
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  for (let i: usize = 0, own = lines, last = lines + bands * 48; i < count; i += 2) {
    const value = v128.load(values + (i << 3));
    const min = v128.load(own);
    let result = f64x2.add(f64x2.div(f64x2.mul(f64x2.sub(value, min), factor), v128.load(own, 16)), lows);
    if (beyond) {
      result = v128.bitselect(highs, result, f64x2.ge(value, v128.load(own, 32)));
      result = v128.bitselect(lows, result, f64x2.le(value, min));
    }
    v128.store(values + (i << 3), result);
    own += 48;
    if (own == last) own = lines;
  }
}
