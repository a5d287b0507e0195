/** Adler-32 (RFC 1950, section 8.2). */

const MODULUS: u32 = 65521;
/** The most rounds of 16 bytes whose sums fit 32 bits: n * 16 bytes, as zlib's NMAX of 5552. */
const ROUNDS = 5552 / 16;

/** Goes on from `sum`, 1 at the start. */
export function adler32(sum: u32, bytes: usize, count: usize): u32 {
  let a = sum & 0xffff;
  let b = sum >>> 16;
  const near = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const far = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (count >= 16) {
    const rounds = min<usize>(count >> 4, ROUNDS);
    count -= rounds << 4;
    let sums = i32x4.splat(0);
    let earlier = i32x4.splat(0);
    let weighted = i32x4.splat(0);
    for (let end = bytes + (rounds << 4); bytes < end; bytes += 16) {
      const v = v128.load(bytes);
      earlier = i32x4.add(earlier, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(v), near));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(v), far));
    }
    b += a * <u32>(rounds << 4) + (total(earlier) << 4) + total(weighted);
    b %= MODULUS;
    a = (a + total(sums)) % MODULUS;
  }
  for (let end = bytes + count; bytes < end; bytes++) {
    a += load<u8>(bytes);
    b += a;
  }
  return ((b % MODULUS) << 16) | (a % MODULUS);
}

// @ts-ignore: decorator
@inline
function total(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
