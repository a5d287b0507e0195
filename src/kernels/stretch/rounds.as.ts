/** Lanes of a vector of 16-bit samples. */
export const ROUND: i32 = 8;

/** How many vectors it takes until their lanes belong to the same bands again. */
// @ts-ignore: decorator
@inline
export function vectorsARound(lanes: i32, bands: i32): i32 {
  let a = lanes;
  let b = bands;
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return bands / a;
}
