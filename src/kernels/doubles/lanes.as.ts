/** Vectors of samples of any type, and of doubles made of them. */

/** Four samples of at most 32 bits from `at` on: as i32, those of u32 by their bits, those of f32 as they are. */
// @ts-ignore: decorator
@inline
export function four<T>(at: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(at);
  if (sizeof<T>() == 2) return v128.load_ext<T>(at);
  const bytes = v128.load32_zero(at);
  return isSigned<T>() ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)) : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}

/** The upper half of a vector as the lower one. */
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1);
}

/** The lower two of four samples of T as doubles. */
// @ts-ignore: decorator
@inline
export function doubles<T>(x: v128): v128 {
  if (isFloat<T>()) return f64x2.promote_low_f32x4(x);
  return sizeof<T>() == 4 && !isSigned<T>() ? f64x2.convert_low_i32x4_u(x) : f64x2.convert_low_i32x4_s(x);
}
