/** How many bytes are the same at two places, from `known` to `most`; reads up to 7 beyond. */
// @ts-ignore: decorator
@inline
export function common(one: usize, other: usize, known: u32, most: u32): u32 {
  let length = known;
  while (length < most) {
    const differing = load<u64>(one + length) ^ load<u64>(other + length);
    if (differing != 0) return min(most, length + (<u32>ctz(differing) >>> 3));
    length += 8;
  }
  return most;
}
