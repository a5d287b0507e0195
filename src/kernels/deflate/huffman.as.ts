/** Huffman codes as DEFLATE writes them. */

/** How many codes there are of each length; then the next code of each. */
const nextCodes: usize = memory.data(16 * 4, 16);

/**
 * The codes of given lengths (RFC 1951, section 3.2.2), bits reversed as they are written: u32 a symbol, the code in
 * the low 16 bits, its length above.
 */
export function assignCodes(lengths: usize, size: i32, codes: usize): void {
  memory.fill(nextCodes, 0, 16 * 4);
  for (let symbol = 0; symbol < size; symbol++) {
    const place = nextCodes + (<usize>load<u8>(lengths + symbol) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code + before) << 1;
    before = load<u32>(nextCodes + (length << 2));
    store<u32>(nextCodes + (length << 2), code);
  }
  for (let symbol = 0; symbol < size; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length == 0) {
      store<u32>(codes + (symbol << 2), 0);
      continue;
    }
    const place = nextCodes + (<usize>length << 2);
    const code = load<u32>(place);
    store<u32>(place, code + 1);
    store<u32>(codes + (symbol << 2), (reversed(code) >>> (16 - length)) | (<u32>length << 16));
  }
}

/** 16 bits from last to first. */
// @ts-ignore: decorator
@inline
function reversed(code: u32): u32 {
  code = ((code & 0x5555) << 1) | ((code >>> 1) & 0x5555);
  code = ((code & 0x3333) << 2) | ((code >>> 2) & 0x3333);
  code = ((code & 0x0f0f) << 4) | ((code >>> 4) & 0x0f0f);
  return ((code & 0xff) << 8) | (code >>> 8);
}
