/** Lengths of Huffman codes, with a limit. */

/** Key of a leaf while sorting: count << 9 | symbol; then weights and parents of the tree, all u32. */
const nodes: usize = memory.data(288 * 4, 16);
const symbols: usize = memory.data(288 * 2, 16);
/** How many codes there are of each length. */
const lengthCounts: usize = memory.data(33 * 4, 16);

/**
 * The length of each symbol's code, u8, 0 for those that do not occur; the shortest code there is, but for the limit.
 * @param counts u32 a symbol, each below 2^23; at least two are not 0
 */
export function codeLengths(counts: usize, size: i32, limit: i32, lengths: usize): void {
  let used = 0;
  for (let symbol = 0; symbol < size; symbol++) {
    const count = load<u32>(counts + (symbol << 2));
    store<u8>(lengths + symbol, 0);
    if (count > 0) store<u32>(nodes + (used++ << 2), (count << 9) | symbol);
  }
  sort(used);
  for (let i = 0; i < used; i++) {
    const key = load<u32>(nodes + (i << 2));
    store<u16>(symbols + (i << 1), <u16>(key & 511));
    store<u32>(nodes + (i << 2), key >>> 9);
  }
  countLengths(used, limit);
  // The rarest symbols get the longest codes.
  for (let length = limit, i = 0; length > 0; length--) {
    for (let n = load<u32>(lengthCounts + (length << 2)); n > 0; n--, i++) store<u8>(lengths + load<u16>(symbols + (i << 1)), <u8>length);
  }
}

/** Shell's sort, ascending; all keys differ. */
function sort(count: i32): void {
  for (let gap = 121; gap > 0; gap = (gap - 1) / 3) {
    for (let i = gap; i < count; i++) {
      const key = load<u32>(nodes + (i << 2));
      let at = i;
      while (at >= gap && load<u32>(nodes + ((at - gap) << 2)) > key) {
        store<u32>(nodes + (at << 2), load<u32>(nodes + ((at - gap) << 2)));
        at -= gap;
      }
      store<u32>(nodes + (at << 2), key);
    }
  }
}

/**
 * Turns ascending weights into how many codes there are of each length: the tree in place, after Moffat and Katajainen,
 * In-Place Calculation of Minimum-Redundancy Codes (1995).
 */
function countLengths(used: i32, limit: i32): void {
  // Weights of inner nodes take the places of the leaves that are done, parents those of the weights.
  let leaf = 0;
  let root = 0;
  for (let next = 0; next < used - 1; next++) {
    let weight: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (root < next && load<u32>(nodes + (root << 2)) < load<u32>(nodes + (leaf << 2)))) {
        weight += load<u32>(nodes + (root << 2));
        store<u32>(nodes + (root++ << 2), next);
      } else {
        weight += load<u32>(nodes + (leaf++ << 2));
      }
    }
    store<u32>(nodes + (next << 2), weight);
  }
  memory.fill(lengthCounts, 0, 33 * 4);
  // Depths, from the root down; leaves are what a level holds beside its inner nodes.
  store<u32>(nodes + ((used - 2) << 2), 0);
  for (let next = used - 3; next >= 0; next--) {
    store<u32>(nodes + (next << 2), load<u32>(nodes + (load<u32>(nodes + (next << 2)) << 2)) + 1);
  }
  let inner = used - 2;
  for (let depth = 0, places = 1; places > 0; depth++) {
    let taken = 0;
    while (inner >= 0 && load<u32>(nodes + (inner << 2)) == depth) {
      taken++;
      inner--;
    }
    const length = min(depth, limit);
    store<u32>(lengthCounts + (length << 2), load<u32>(lengthCounts + (length << 2)) + (places - taken));
    places = taken << 1;
  }
  limitLengths(limit);
}

/** Makes room for the codes that were cut to the limit: lengthens the longest codes that are shorter until all fit. */
function limitLengths(limit: i32): void {
  let spent: u32 = 0;
  for (let length = 1; length <= limit; length++) spent += load<u32>(lengthCounts + (length << 2)) << (limit - length);
  const budget: u32 = 1 << limit;
  while (spent > budget) {
    let length = limit - 1;
    while (load<u32>(lengthCounts + (length << 2)) == 0) length--;
    // One code becomes one bit longer: that frees 2^(limit - length - 1).
    store<u32>(lengthCounts + (length << 2), load<u32>(lengthCounts + (length << 2)) - 1);
    store<u32>(lengthCounts + ((length + 1) << 2), load<u32>(lengthCounts + ((length + 1) << 2)) + 1);
    spent -= 1 << (limit - length - 1);
  }
  // What was freed beyond the need shortens codes again.
  while (spent < budget) {
    let length = limit;
    while (load<u32>(lengthCounts + (length << 2)) == 0 || <u32>(1 << (limit - length)) > budget - spent) length--;
    store<u32>(lengthCounts + (length << 2), load<u32>(lengthCounts + (length << 2)) - 1);
    store<u32>(lengthCounts + ((length - 1) << 2), load<u32>(lengthCounts + ((length - 1) << 2)) + 1);
    spent += 1 << (limit - length);
  }
}
