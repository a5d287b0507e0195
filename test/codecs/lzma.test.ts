import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DecodeError, UndecodableError } from '../../src/codecs/codec.js';
import { codecByName } from '../../src/codecs/load.js';
import { bytesOf, decoded, same } from './support.js';

const RAW = bytesOf(3000, (at) => (at < 1500 ? (at * 5 + ((at * at) >> 7)) & 3 : (at % 13) * 19));
/** Minimal standard generator of C++: what does not pack. */
const NOISE = ((): Uint8Array => {
  let state = 1;
  return bytesOf(120, () => (state = (state * 48271) % 2147483647) & 255);
})();

/** Streams by xz 5.4.1. */
const STREAMS: readonly (readonly [name: string, raw: Uint8Array, stream: string])[] = [
  ['a delta of 3 bytes, CRC-64', RAW, '/Td6WFoAAATm1rRGAgEDAQIhARby6M1E4Au3AIhdAAAAUlAe8FMKLpUDwlLu9P9VZgyGWPJRiVh4r0OrU5PQWfEECmaFZIxidno3GGoJLvH9A5ikjtKzA/r6Eopt2hfu1ZhKY55inbjqgQk26x29sH8M2VinfOPXftjMMFLEX7FwAEHm3YQsakYU57TpyhPbQvQ2Uud83XXQYWul59K12S/OvWiHPgAAQzS9s6k2goYAAaQBuBcAABV9F72xxGf7AgAAAAAEWVo='],
  ['CRC-32', RAW, '/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4Au3AG1dAAAAUlAiswOfd5t2VqY8ihtGAq9Nh2D1rplKEvI7wCulfh8ENToDsB89TPt35Rn76xqiIQiTQsc1KFSRR01h1pJFJwHHn+H84HhbJtY0dxK4gda8oM4XBZMtBER0lFEqB476kQKpUz5Uc+T+6QAAAAAAcjloOQABhQG4FwAAhqvncT4wDYsCAAAAAAFZWg=='],
  ['SHA-256, three blocks', RAW.subarray(0, 900), '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AGPAE1dAAAAUlAiswOfd5t2VqY8ihtGAq9Nh2D1rplKEvI7wCulfh8ENToDsB89TPt35Rn76xqiIQiTQsc1KFSRR01h1pJFJwHHn+H82mP7GkwAAAAAACquKT3AjPDf0qw0/M7M1z3YlzV9xXI5nqWP3OoHa4GvAgAhARYAAAB0L+Wj4AGPAE5dAAEARpLVnP3SKmc83GVSMB7q8KSOls4V/HGByeII1q4KModhVjYibTOfIKDFU5uDoflbKE1KxYOcIzQO5WZPxyMan035BeptTD01bMwGAAAAAJAyM/W2fpnDp5QoamV/TGf6gwF8vg+Y6WN12t4A5TcsAgAhARYAAAB0L+Wj4ABjACddAAAAUoMkAz9+7CgyzKyORDZRrf9JQiHz57KLjeRFG14ut8CPO3/rBgAAXUXtu5ehuqohLmhJiObF/DQhWCaacMYrPce53pT755AAA4EBkAOCAZADW2Q+mm0gEzqD1wMAAAAAClla'],
  ['no check, other properties', RAW, '/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4Au3AG5AAAAAQEE7kyX1gYYQWMJP72bMyiNRLj+ZvxHNkEX9cYVbSlCoazRSY38IxpNdwcVU+WA9X/P9/JiZWCrKCAI4U1Dcsy0h8uTGCUDF3q8zyiMCbdsX5cb6NdJW2NA/Foo/bUv3aXBuOfcsnCjTPx0AAAAAAAGCAbgXAAA+m+JsqAAK/AIAAAAAAFla'],
  ['bytes that do not pack', NOISE, '/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQB3j+JGffEjUVnDfyNvq02pAykyj8/kYYRXuVQ6dJMbhdSbvjjXBC3DoZa2KxHQB6OQndwJ3BUD4IekW4ON3tGn/5SdEleBXGxk/g99cCOQ736RvNeCyAyJT/Kik8Iw4np5lxZg0yMjE13dZOQP/CE1+Q0jT9AvVRhrAKW/0IMAAYwBeAAAAL2hzDk+MA2LAgAAAAABWVo='],
];

describe('LZMA', async () => {
  const codec = (await codecByName('lzma'))!;
  // One decoder for all: what one stream leaves behind must not reach the next.
  const decode = await codec.openDecoder({ width: 1, bands: 1, bits: 8, kind: 'uint', photometric: 1, jpegTables: null, lercParameters: null });

  for (const [name, raw, base64] of STREAMS) {
    const stream = Buffer.from(base64, 'base64');

    it(`gives back ${name}, in a larger, an equal and a smaller space`, () => {
      for (const room of [raw.length + 100, raw.length]) same(decoded({ decode }, stream, room), raw);
      for (const room of [0, 1, 399, raw.length - 1]) {
        if (room < raw.length) same(decoded({ decode }, stream, room), raw.subarray(0, room), `the first ${room} bytes`);
      }
      assert.ok(raw.length <= stream.length * codec.maxRatio);
    });

    it(`refuses ${name}, cut anywhere`, () => {
      for (let length = 0; length < stream.length; length++) {
        assert.throws(() => decoded({ decode }, stream.subarray(0, length), raw.length), DecodeError, `${length} bytes`);
      }
    });

    it(`refuses ${name} with a bit flipped, or its bytes are right`, () => {
      for (let bit = 0; bit < stream.length * 8; bit++) {
        const flipped = Buffer.from(stream);
        flipped[bit >> 3] ^= 1 << (bit & 7);
        let got: Uint8Array;
        try {
          got = decoded({ decode }, flipped, raw.length + 100);
        } catch (error) {
          assert.ok(error instanceof DecodeError, `bit ${bit}: ${String(error)}`);
          continue;
        }
same(got, raw, `bit ${bit} went unnoticed`);
      }
    });
  }

  it('is refused where a filter is none that TIFF has', () => {
    const stream = Buffer.from(STREAMS[1][2], 'base64');
    // x86 in place of LZMA2, in the block header.
    stream[14] = 4;
    assert.throws(() => decoded({ decode }, stream, RAW.length), UndecodableError);
  });
});
