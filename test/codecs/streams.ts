/** Writers of streams that share nothing with src/codecs, for what our own encoders never write. */

/** Packs codes into bytes, most or least significant bit first. */
export function packed(codes: readonly (readonly [code: number, width: number])[], lsbFirst: boolean): Uint8Array {
  const bits = codes.flatMap(([code, width]) => {
    const digits = Array.from({ length: width }, (_, at) => (code >> at) & 1);
    return lsbFirst ? digits : digits.reverse();
  });
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => (bytes[at >> 3] |= bit << (lsbFirst ? at & 7 : 7 - (at & 7))));
  return bytes;
}

/** LZW as the books have it, by a map of strings; `clearAt` codes in the table it clears. */
export function plainLzw(
  raw: Uint8Array,
  { lsbFirst = false, early = true, clearAt = 4094, clearFirst = true, end = true } = {},
): Uint8Array {
  const codes: [number, number][] = clearFirst ? [[256, 9]] : [];
  let table = new Map<string, number>();
  let taken = 258;
  const code = (string: string): number => (string.length === 1 ? string.charCodeAt(0) : (table.get(string) ?? -1));
  // A reader knows one code fewer than the writer; early change makes up for it.
  const width = (): number => Math.min(12, Math.max(9, Math.ceil(Math.log2(early ? taken + 1 : taken))));
  let string = '';
  for (const byte of raw) {
    const longer = string + String.fromCharCode(byte);
    if (code(longer) !== -1) {
      string = longer;
      continue;
    }
    codes.push([code(string), width()]);
    if (taken < 4096) table.set(longer, taken++);
    string = longer.at(-1) ?? '';
    if (taken === clearAt) {
      codes.push([256, width()]);
      table = new Map();
      taken = 258;
    }
  }
  if (string !== '') codes.push([code(string), width()]);
  taken++;
  if (end) codes.push([257, width()]);
  return packed(codes, lsbFirst);
}

/** A Zstandard frame of raw and run-length blocks; `contentSize` writes the 8-byte field. */
export function frame(
  blocks: readonly (Uint8Array | readonly [byte: number, count: number])[],
  contentSize?: bigint,
): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, contentSize === undefined ? 0 : 0xc0, 0x58]);
  const size = Buffer.alloc(contentSize === undefined ? 0 : 8);
  if (contentSize !== undefined) size.writeBigUInt64LE(contentSize);
  const body = blocks.flatMap((block, at) => {
    const [type, length] = block instanceof Uint8Array ? [0, block.length] : [1, block[1]];
    const word = (length << 3) | (type << 1) | (at === blocks.length - 1 ? 1 : 0);
    const content = block instanceof Uint8Array ? block : Uint8Array.of(block[0]);
    return [Uint8Array.of(word, word >> 8, word >> 16), content];
  });
  return Buffer.concat([header, size, ...body]);
}
