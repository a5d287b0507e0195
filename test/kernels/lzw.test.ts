import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import lzw from '../../src/codecs/lzw.js';
import { decodeLzw, encodeLzw } from '../../src/kernels/lzw.js';
import { plainLzw } from '../codecs/streams.js';
import { bytesOf, generator, IMAGERY, NOISE, RUNS, same, SEED } from '../codecs/support.js';

/** A whole stream, or how many of its bytes were read when a code beyond the table came. */
interface Read {
  readonly bytes: Uint8Array;
  readonly damage: number | null;
}

/** The plain twin of the decoder: an array of strings, bits taken one by one. */
function readPlainly(stream: Uint8Array, length: number, isOldStyle: boolean): Read {
  const bytes: number[] = [];
  const early = isOldStyle ? 0 : 1;
  let strings: number[][] = [];
  let previous: number[] | null = null;
  let width = 9;
  let bit = 0;
  const clear = (): void => {
    strings = Array.from({ length: 258 }, (_, byte) => [byte]);
    previous = null;
    width = 9;
  };
  clear();
  while (bytes.length < length && bit + width <= stream.length * 8) {
    let code = 0;
    for (let i = 0; i < width; i++, bit++) {
      const at = stream[bit >> 3];
      if (isOldStyle) code |= ((at >> (bit & 7)) & 1) << i;
      else code = (code << 1) | ((at >> (7 - (bit & 7))) & 1);
    }
    if (code === 257) break;
    if (code === 256) {
      clear();
      continue;
    }
    const known: readonly number[] | undefined = strings[code];
    if (known === undefined && (code !== strings.length || previous === null || strings.length === 4096)) {
      return { bytes: Uint8Array.from(bytes), damage: bit >> 3 };
    }
    const before: readonly number[] | null = previous;
    const string: readonly number[] = known ?? [...before!, before![0]];
    if (before !== null && strings.length < 4096) strings.push([...before, string[0]]);
    previous = [...string];
    bytes.push(...string);
    // The reader's table is one string behind the writer's: the code just read completes one that the next may mean.
    const taken = strings.length + 1;
    if (taken === (1 << width) + (1 - early) && width < 12) width++;
  }
  return { bytes: Uint8Array.from(bytes.slice(0, length)), damage: null };
}

const RAWS = [RUNS.subarray(0, 9000), IMAGERY.subarray(0, 12_000), NOISE.subarray(0, 9000), new Uint8Array(30_000)];

function compare(stream: Uint8Array, length: number, isOldStyle: boolean): void {
  const raw = new Uint8Array(length);
  const count = decodeLzw(stream, raw, isOldStyle);
  const { bytes, damage } = readPlainly(stream, length, isOldStyle);
  if (damage !== null) assert.equal(count, -1 - damage);
  else same(raw.subarray(0, count), bytes);
}

describe('the LZW decoder', () => {
  for (const isOldStyle of [false, true]) {
    const style = { lsbFirst: isOldStyle, early: !isOldStyle };

    it(`reads what its plain twin reads, ${isOldStyle ? 'old' : 'new'} style`, () => {
      for (const raw of RAWS) {
        for (const clearAt of [300, 511, 4094, 4096, 0]) {
          const stream = plainLzw(raw, { ...style, clearAt });
          for (const length of [raw.length, raw.length - 1, raw.length >> 1, 17, 16, 1, 0]) compare(stream, length, isOldStyle);
        }
      }
    });

    it(`finds the same damage, or bytes, in damaged streams, ${isOldStyle ? 'old' : 'new'} style`, () => {
      const pick = generator(SEED);
      for (const raw of RAWS) {
        const sound = plainLzw(raw, style);
        for (let round = 0; round < 150; round++) {
          const stream = sound.slice(0, round % 2 === 0 ? sound.length : pick(sound.length));
          for (let flips = 1 + (round % 4); flips > 0 && stream.length > 0; flips--) stream[pick(stream.length)] ^= 1 << pick(8);
          compare(stream, raw.length, isOldStyle);
        }
      }
    });

    it(`makes of noise what its plain twin makes, ${isOldStyle ? 'old' : 'new'} style`, () => {
      const pick = generator(SEED + 1);
      for (let round = 0; round < 400; round++) compare(bytesOf(pick(300), () => pick(256)), pick(3000), isOldStyle);
    });
  }
});

const encoded = (raw: Uint8Array): Uint8Array => {
  const room = new Uint8Array(lzw.encoding.bound(raw.length));
  return room.subarray(0, encodeLzw(raw, room));
};

describe('the LZW encoder', () => {
  it('writes what the plain twin reads, about clears and the ends of widths too', () => {
    const pick = generator(SEED + 2);
    const lengths = [0, 1, 2, 253, 254, 255, 256, 765, 766, 767, 768, 1789, 1790, 1791, 3834, 3835, 3836, 3837, 3838, 7671, 7672, 7673, 9000];
    for (const length of lengths) {
      for (const values of [256, 7, 2, 1]) {
        const raw = bytesOf(length, () => pick(values));
        const room = new Uint8Array(length * 2 + 20);
        const stream = room.subarray(3, 3 + encodeLzw(raw, room.subarray(3)));
        same(readPlainly(stream, length + 1, false).bytes, raw, `${length} bytes of ${values} values`);
      }
    }
  });

  it('writes what the plain twin reads, by lanes too', () => {
    const pick = generator(SEED + 3);
    for (const length of [70_001, 262_144 + 77, 400_000]) {
      for (const values of [256, 60, 3]) {
        const raw = bytesOf(length, () => pick(values) * pick(2));
        same(readPlainly(encoded(raw), length + 1, false).bytes, raw, `${length} bytes of ${values} values`);
      }
    }
  });

  it('keeps to the bound of its codec on noise', () => {
    const pick = generator(SEED + 4);
    for (const length of [0, 1, 1000, 60_000, 300_000]) {
      const raw = bytesOf(length, () => pick(256));
      const count = encoded(raw).length;
      assert.ok(count <= lzw.encoding.bound(length), `${length} bytes to ${count}`);
    }
  });

  it('writes the same whatever it wrote before, and where it must forget strings within a block', () => {
    const pick = generator(SEED + 5);
    const raw = bytesOf(200_000, () => pick(40));
    const first = encoded(raw);
    for (let round = 0; round < 12; round++) {
      encoded(bytesOf(1 + pick(400_000), () => pick(256)));
      same(encoded(raw), first);
    }
    const large = bytesOf(1_500_000, () => pick(256));
    const stream = encoded(large);
    same(encoded(large), stream);
    same(readPlainly(stream, large.length + 1, false).bytes, large);
  });
});
