/** Counting how often each byte occurs. */

/** Four tables for long runs: counting the same byte twice in one table would wait for the first store. */
const quarters: usize = memory.data(4 * 1024, 16);

export function startCountingBytes(): void {
  memory.fill(quarters, 0, 4 * 1024);
}

/** One more of a symbol, in counts of u32. */
// @ts-ignore: decorator
@inline
export function increment(counts: usize, symbol: u32): void {
  const place = counts + (<usize>symbol << 2);
  store<u32>(place, load<u32>(place) + 1);
}

// @ts-ignore: decorator
@inline
export function countBytes(bytes: usize, count: usize): void {
  const end = bytes + count;
  for (; bytes + 8 <= end; bytes += 8) {
    const v = load<u64>(bytes);
    increment(quarters, <u32>v & 255);
    increment(quarters + 1024, <u32>(v >>> 8) & 255);
    increment(quarters + 2048, <u32>(v >>> 16) & 255);
    increment(quarters + 3072, <u32>(v >>> 24) & 255);
    increment(quarters, <u32>(v >>> 32) & 255);
    increment(quarters + 1024, <u32>(v >>> 40) & 255);
    increment(quarters + 2048, <u32>(v >>> 48) & 255);
    increment(quarters + 3072, <u32>(v >>> 56));
  }
  for (; bytes < end; bytes++) increment(quarters, load<u8>(bytes));
}

/** Adds what was counted to 256 counts of u32. */
export function addCountedBytes(counts: usize): void {
  for (let i: usize = 0; i < 1024; i += 16) {
    const pair = i32x4.add(v128.load(quarters + i), v128.load(quarters + i, 1024));
    const other = i32x4.add(v128.load(quarters + i, 2048), v128.load(quarters + i, 3072));
    v128.store(counts + i, i32x4.add(v128.load(counts + i), i32x4.add(pair, other)));
  }
}
