/** Bytes of eight lanes, side by side. */

/** How many bytes of each lane are taken at a time. */
export const STEPS: usize = 16;

// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Pairs of lanes' bytes to rows of all eight. */
// @ts-ignore: decorator
@inline
function storeRows(ab: v128, cd: v128, ef: v128, gh: v128, to: usize): void {
  const lowLeft = i16x8.shuffle(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11);
  const lowRight = i16x8.shuffle(ef, gh, 0, 8, 1, 9, 2, 10, 3, 11);
  const highLeft = i16x8.shuffle(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15);
  const highRight = i16x8.shuffle(ef, gh, 4, 12, 5, 13, 6, 14, 7, 15);
  v128.store(to, i32x4.shuffle(lowLeft, lowRight, 0, 4, 1, 5));
  v128.store(to, i32x4.shuffle(lowLeft, lowRight, 2, 6, 3, 7), 16);
  v128.store(to, i32x4.shuffle(highLeft, highRight, 0, 4, 1, 5), 32);
  v128.store(to, i32x4.shuffle(highLeft, highRight, 2, 6, 3, 7), 48);
}

/** The next 16 bytes of the lanes, which are `part` bytes apart, as 16 rows of 8. */
// @ts-ignore: decorator
@inline
export function storeColumns(at: usize, part: usize, to: usize): void {
  const a = v128.load(at);
  const b = v128.load(at + part);
  const c = v128.load(at + 2 * part);
  const d = v128.load(at + 3 * part);
  const other = at + 4 * part;
  const e = v128.load(other);
  const f = v128.load(other + part);
  const g = v128.load(other + 2 * part);
  const h = v128.load(other + 3 * part);
  storeRows(lowBytes(a, b), lowBytes(c, d), lowBytes(e, f), lowBytes(g, h), to);
  storeRows(highBytes(a, b), highBytes(c, d), highBytes(e, f), highBytes(g, h), to + 64);
}
