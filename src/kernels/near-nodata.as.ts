// Samples near the nodata value become it. Nearly always there are none among those of a vector.

const VECTOR: usize = 16;

// @ts-ignore: decorator
@inline
function unify<T>(samples: usize, count: usize, low: T, high: T, nodata: T): void {
  const end = samples + count * sizeof<T>();
  const lows = v128.splat<T>(low);
  const highs = v128.splat<T>(high);
  const all = v128.splat<T>(nodata);
  for (; samples + VECTOR <= end; samples += VECTOR) {
    const vector = v128.load(samples);
    const near = v128.and(v128.ge<T>(vector, lows), v128.le<T>(vector, highs));
    if (v128.any_true(near)) v128.store(samples, v128.bitselect(all, vector, near));
  }
  for (; samples < end; samples += sizeof<T>()) {
    const sample = load<T>(samples);
    if (sample >= low && sample <= high) store<T>(samples, nodata);
  }
}

export function unifyF32(samples: usize, count: usize, low: f64, high: f64, nodata: f64): void {
  unify<f32>(samples, count, <f32>low, <f32>high, <f32>nodata);
}

export function unifyF64(samples: usize, count: usize, low: f64, high: f64, nodata: f64): void {
  unify<f64>(samples, count, low, high, nodata);
}
