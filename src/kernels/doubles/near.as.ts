/** Which results have an invalid sample among those that they are made from. */

/** Where one of `rows` rows of marks, `step` bytes apart, has one: at a place, or at one of the `reach` places `bands` apart behind it. */
export function findNear(marks: usize, step: usize, rows: usize, count: usize, bands: usize, reach: usize, any: usize, near: usize): void {
  const length = count + reach * bands;
  for (let i: usize = 0; i < length; i += 16) {
    let found = v128.load(marks + i);
    for (let row: usize = 1; row < rows; row++) found = v128.or(found, v128.load(marks + row * step + i));
    v128.store(any + i, found);
  }
  for (let i: usize = 0; i < count; i += 16) {
    let found = v128.load(any + i);
    for (let k: usize = 1; k <= reach; k++) found = v128.or(found, v128.load(any + i + k * bands));
    v128.store(near + i, found);
  }
}
