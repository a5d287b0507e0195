// Copies between places of the kernels' memory, which typed arrays do a word at a time where memory is of the shared kind.

const VECTOR: usize = 16;
const LINE: usize = 64;

/** Copies rows of so many bytes; those they are copied to are others. */
export function copyRows(from: usize, fromStep: usize, to: usize, toStep: usize, bytes: usize, rows: usize): void {
  for (; rows > 0; rows--, from += fromStep, to += toStep) {
    let i: usize = 0;
    for (; i + LINE <= bytes; i += LINE) {
      const first = v128.load(from + i);
      const second = v128.load(from + i, 16);
      const third = v128.load(from + i, 32);
      const fourth = v128.load(from + i, 48);
      v128.store(to + i, first);
      v128.store(to + i, second, 16);
      v128.store(to + i, third, 32);
      v128.store(to + i, fourth, 48);
    }
    for (; i + VECTOR <= bytes; i += VECTOR) v128.store(to + i, v128.load(from + i));
    for (; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
