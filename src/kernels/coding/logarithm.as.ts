/** Logarithms of whole numbers, by a table: what entropies and costs are made of. */

const LOG_BITS = 11;
/** log2(1 + i / 2^LOG_BITS) in 1/65536. */
const logs: usize = memory.data((1 << LOG_BITS) << 2, 16);
for (let i = 0; i < 1 << LOG_BITS; i++) {
  store<u32>(logs + (i << 2), <u32>nearest(65536.0 * Math.log2(1.0 + (<f64>i + 0.5) / <f64>(1 << LOG_BITS))));
}

/** log2 of a whole number from 1 to 2^31, in 1/65536. */
// @ts-ignore: decorator
@inline
export function log2(x: u32): u32 {
  const top = 31 - clz(x);
  const mantissa = (x << (31 - top)) << 1 >>> (32 - LOG_BITS);
  return (top << 16) + load<u32>(logs + (<usize>mantissa << 2));
}
