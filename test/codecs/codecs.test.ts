import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { getDecoder } from 'geotiff';
import { type Codec, DecodeError, type Decoder, type Encoder } from '../../src/codecs/codec.js';
import { codecByName, codecByTag, loadCodecs } from '../../src/codecs/load.js';

const SEED = 20_250_217;
fc.configureGlobal({ seed: SEED });

/** Mulberry32: uniform whole numbers from 0 to `below`, the same on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function bytesOf(length: number, byte: (at: number) => number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = byte(at);
  return bytes;
}

const random = generator(SEED);
const NOISE = bytesOf(1 << 20, () => random(256));
/** Differences of neighbours in noisy 16-bit imagery, little-endian: what predictor 2 leaves. */
const IMAGERY = new Uint8Array(Int16Array.from({ length: 1 << 17 }, () => random(40) + random(40) - 40).buffer);
const RUNS = bytesOf(70_000, (at) => Math.floor(Math.sqrt(at * 40)) & 255);
const SAMPLES: readonly (readonly [name: string, raw: Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['one byte', Uint8Array.of(7)],
  ['two bytes', Uint8Array.of(0, 0)],
  ['three bytes', Uint8Array.of(255, 0, 255)],
  ['every byte', bytesOf(256, (at) => at)],
  ['a run of 129', new Uint8Array(129)],
  ['literals around runs', bytesOf(3000, (at) => (at % 7 < 3 ? 1 : at % 5 < 2 ? 2 : at))],
  ['runs', RUNS],
  ['zeros', new Uint8Array(1 << 20)],
  ['two in turn', bytesOf(100_001, (at) => at & 1)],
  ['imagery', IMAGERY],
  ['noise beyond 64 KB', NOISE.subarray(0, 65_537)],
  ['1 MB of noise', NOISE],
];

const GUARD = 0xa5;

/** A view of `length` bytes inside a larger buffer, and a check that nothing was written around it. */
function guarded(length: number, content?: Uint8Array): { view: Uint8Array; check: () => void } {
  const buffer = new Uint8Array(length + 16).fill(GUARD);
  const view = buffer.subarray(5, 5 + length);
  if (content) view.set(content);
  const check = (): void => {
    const around = [...buffer.subarray(0, 5), ...buffer.subarray(5 + length)];
    assert.ok(around.every((byte) => byte === GUARD), 'wrote outside of its buffer');
  };
  return { view, check };
}

interface Opened {
  readonly codec: Codec;
  readonly encoding: NonNullable<Codec['encoding']>;
  readonly decode: Decoder;
  readonly encode: Encoder;
}

async function open(codec: Codec, level = codec.encoding?.level?.standard ?? 0): Promise<Opened> {
  assert.ok(codec.encoding);
  return {
    codec,
    encoding: codec.encoding,
    decode: await codec.openDecoder(),
    encode: await codec.encoding.openEncoder(level),
  };
}

async function opened(name: string): Promise<Opened> {
  const codec = await codecByName(name);
  assert.ok(codec);
  return open(codec);
}

/** Encodes into exactly `bound` bytes, from and into views inside larger buffers. */
function encoded({ encoding, encode }: Opened, raw: Uint8Array): Uint8Array {
  const input = guarded(raw.length, raw);
  const output = guarded(encoding.bound(raw.length));
  const count = encode(input.view, output.view);
  input.check();
  output.check();
  assert.ok(count <= output.view.length, `${count} bytes, beyond the bound of ${output.view.length}`);
  assert.deepEqual(input.view, raw, 'changed its input');
  return output.view.subarray(0, count);
}

/** Decodes from and into views inside larger buffers; returns what was written. */
function decoded({ decode }: Pick<Opened, 'decode'>, stream: Uint8Array, rawLength: number): Uint8Array {
  const input = guarded(stream.length, stream);
  const output = guarded(rawLength);
  const count = decode(input.view, output.view);
  input.check();
  output.check();
  assert.ok(Number.isInteger(count) && count >= 0 && count <= rawLength, `count ${count} of ${rawLength}`);
  assert.ok(Buffer.compare(input.view, stream) === 0, 'changed its input');
  return output.view.subarray(0, count);
}

const same = (got: Uint8Array, wanted: Uint8Array, message?: string): void =>
  assert.ok(Buffer.compare(got, wanted) === 0, `${message ?? 'bytes'} differ (${got.length}, ${wanted.length})`);

for (const codec of await loadCodecs()) {
  describe(codec.name, async () => {
    const codecs = await open(codec);
    const { decode, encoding } = codecs;

    it('is found by its name and tags', async () => {
      assert.equal(await codecByName(codec.name.toUpperCase()), codec);
      for (const tag of codec.tags) assert.equal(await codecByTag(tag), codec);
    });

    for (const [name, raw] of SAMPLES) {
      it(`gives back ${name}, in a larger, an equal and a smaller space`, () => {
        const stream = encoded(codecs, raw).slice();
        same(decoded(codecs, stream, raw.length), raw);
        same(decoded(codecs, stream, raw.length + 1000), raw);
        for (const length of [0, 1, raw.length >> 1, raw.length - 1]) {
          if (length < 0 || length > raw.length) continue;
          same(decoded(codecs, stream, length), raw.subarray(0, length), `the first ${length} bytes`);
        }
        assert.ok(raw.length <= stream.length * codec.maxRatio, 'more than maxRatio');
      });
    }

    it('gives back any bytes', () => {
      const runs = fc
        .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 400 })), { maxLength: 40 })
        .map((pairs) => Uint8Array.from(pairs.flatMap(([byte, count]) => new Array<number>(count).fill(byte))));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), runs), (raw) =>
          same(decoded(codecs, encoded(codecs, raw), raw.length), raw),
        ),
        { numRuns: 150 },
      );
    });

    it('writes the same bytes again, after other data and from another encoder', async () => {
      const first = encoded(codecs, IMAGERY).slice();
      encoded(codecs, RUNS);
      same(encoded(codecs, IMAGERY), first);
      same(encoded(await open(codec), IMAGERY), first);
    });

    it('encodes at every level', async () => {
      if (!encoding.level) return;
      for (let level = encoding.level.min; level <= encoding.level.max; level++) {
        const levelled = await open(codec, level);
        for (const raw of [RUNS, NOISE.subarray(0, 70_000)]) {
          same(decoded(codecs, encoded(levelled, raw), raw.length), raw, `level ${level}`);
        }
      }
    });

    it('reads and writes shared memory', () => {
      const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
      const raw = shared(RUNS.length);
      raw.set(RUNS);
      const stream = shared(encoding.bound(raw.length));
      const count = codecs.encode(raw, stream);
      const back = shared(raw.length);
      assert.equal(decode(stream.subarray(0, count), back), raw.length);
      same(back, RUNS);
    });

    it('survives damage: a count or a DecodeError, and the next block is sound', () => {
      const pick = generator(SEED);
      for (const raw of [RUNS, IMAGERY.subarray(0, 60_000), NOISE.subarray(0, 500)]) {
        const sound = encoded(codecs, raw).slice();
        for (let round = 0; round < 120; round++) {
          let stream = sound.slice();
          if (round % 3 !== 0) stream = stream.subarray(0, pick(stream.length));
          for (let flips = round % 5; flips > 0 && stream.length > 0; flips--) {
            // Near the start too: that is where the headers are.
            const at = pick(2) ? pick(stream.length) : pick(Math.min(20, stream.length));
            stream[at] ^= 1 << pick(8);
          }
          try {
            decoded(codecs, stream, raw.length);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }
        same(decoded(codecs, sound, raw.length), raw, 'the sound stream');
      }
    });

    it('makes nothing of noise but a count or a DecodeError', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2000), (stream, length) => {
          try {
            decoded(codecs, stream, length);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}

/** Packs codes into bytes, most or least significant bit first. */
function packed(codes: readonly (readonly [code: number, width: number])[], lsbFirst: boolean): Uint8Array {
  const bits = codes.flatMap(([code, width]) => {
    const digits = Array.from({ length: width }, (_, at) => (code >> at) & 1);
    return lsbFirst ? digits : digits.reverse();
  });
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => (bytes[at >> 3] |= bit << (lsbFirst ? at & 7 : 7 - (at & 7))));
  return bytes;
}

/** LZW as the books have it, by a map of strings; `clearAt` codes in the table it clears. */
function plainLzw(
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

describe('lzw streams by others', async () => {
  const lzw = await opened('lzw');

  it('reads and writes the example of the TIFF 6.0 specification', () => {
    const raw = Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6);
    const stream = Buffer.from('8001e0408044080c068080', 'hex');
    same(decoded(lzw, stream, 9), raw);
    same(encoded(lzw, raw), stream);
  });

  for (const [name, raw] of [['runs', RUNS], ['imagery', IMAGERY.subarray(0, 60_000)], ['zeros', new Uint8Array(5000)], ['one', Uint8Array.of(1)]] as const) {
    it(`writes what the books have, ${name}`, () => same(encoded(lzw, raw), plainLzw(raw)));
    it(`reads a stream without its end, ${name}`, () => {
      const stream = plainLzw(raw, { end: false });
      same(decoded(lzw, stream, raw.length), raw);
    });
    it(`reads a stream without its first clear, ${name}`, () =>
      same(decoded(lzw, plainLzw(raw, { clearFirst: raw[0] === 0 }), raw.length), raw));
    it(`reads clears at other times, ${name}`, () => {
      for (const clearAt of [300, 511, 512, 513, 1024, 4093, 4095, 4096]) {
        same(decoded(lzw, plainLzw(raw, { clearAt }), raw.length), raw, `cleared at ${clearAt}`);
      }
    });
    it(`reads a stream that never clears its full table, ${name}`, () =>
      same(decoded(lzw, plainLzw(raw, { clearAt: 0 }), raw.length), raw));
    it(`reads the old style, ${name}`, () => {
      for (const clearAt of [400, 4095, 4096]) {
        const stream = plainLzw(raw, { lsbFirst: true, early: false, clearAt });
        same(decoded(lzw, stream, raw.length), raw, `cleared at ${clearAt}`);
      }
    });
  }

  it('keeps to maxRatio where the table never clears', () => {
    const raw = new Uint8Array(30_000_000);
    const stream = plainLzw(raw.subarray(0, 20_000_000), { clearAt: 0 });
    const count = decoded(lzw, stream, raw.length).length;
    assert.ok(count === 20_000_000 && count > 1500 * stream.length && count <= lzw.codec.maxRatio * stream.length);
  });

  it('refuses codes beyond the table', () => {
    for (const codes of [[256, 258], [256, 1, 259], [256, 1, 2, 300], [256, 1, 258, 256, 258]]) {
      for (const tail of [0, 30]) {
        const stream = packed([...codes, ...new Array<number>(tail).fill(1)].map((code) => [code, 9] as const), false);
        assert.throws(() => decoded(lzw, stream, 100), DecodeError);
      }
    }
  });
});

describe('packbits streams by others', async () => {
  const packbits = await opened('packbits');

  it("reads the example of Apple's Technical Note TN1023", () => {
    const raw = Buffer.from('aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa', 'hex');
    same(decoded(packbits, Buffer.from('feaa0280002afdaa0380002a22f7aa', 'hex'), raw.length), raw);
  });

  it('skips -128, clips the last packet and stops where the stream is cut', () => {
    same(decoded(packbits, Uint8Array.of(128, 128, 1, 5, 6, 128, 255, 9), 10), Uint8Array.of(5, 6, 9, 9));
    same(decoded(packbits, Uint8Array.of(129, 4), 3), Uint8Array.of(4, 4, 4));
    same(decoded(packbits, Uint8Array.of(3, 1, 2, 3, 4), 2), Uint8Array.of(1, 2));
    same(decoded(packbits, Uint8Array.of(3, 1, 2), 4), Uint8Array.of(1, 2));
    same(decoded(packbits, Uint8Array.of(0, 1, 250), 4), Uint8Array.of(1));
  });

  it('grows by no more than the bound where literals break off', () => {
    const raw = bytesOf(128 * 50 + 1, (at) => (at % 128 < 125 ? at * 37 : 9));
    assert.ok(encoded(packbits, raw).length <= raw.length + 51);
  });
});

describe('deflate streams by others', async () => {
  const deflate = await opened('deflate');
  const raw = RUNS;
  const stream = deflateSync(raw);
  const damaged = (bytes: Uint8Array, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at < 0 ? copy.length + at : at] ^= 0x5a;
    return copy;
  };

  it('is read by node:zlib, and reads it at every level and strategy', () => {
    for (const [name, sample] of SAMPLES) {
      same(inflateSync(encoded(deflate, sample)), sample, name);
      for (const options of [{ level: 0 }, { level: 9 }, { strategy: constants.Z_HUFFMAN_ONLY }, { windowBits: 9 }]) {
        same(decoded(deflate, deflateSync(sample, options), sample.length), sample, name);
      }
    }
  });

  it('needs no checksum and ignores what follows', () => {
    for (const cut of [1, 2, 3, 4]) same(decoded(deflate, stream.subarray(0, -cut), raw.length), raw);
    same(decoded(deflate, Buffer.concat([stream, NOISE.subarray(0, 100)]), raw.length), raw);
  });

  it('ignores all that comes after its space is full', () => {
    for (const beyond of [1, 100, 5000, 500_000]) {
      const longer = deflateSync(Buffer.concat([raw, NOISE.subarray(0, beyond)]));
      same(decoded(deflate, longer, raw.length), raw, 'padding');
      same(decoded(deflate, damaged(longer, -1), raw.length), raw, 'a wrong checksum after padding');
      if (beyond >= 5000) same(decoded(deflate, longer.subarray(0, -10), raw.length), raw, 'cut padding');
    }
    const blocks = [stream.subarray(0, 2), deflateRawSync(raw, { finishFlush: constants.Z_FULL_FLUSH })];
    const beyond = [deflateRawSync(NOISE.subarray(0, 3000), { finishFlush: constants.Z_FULL_FLUSH }), Uint8Array.of(7)];
    same(decoded(deflate, Buffer.concat([...blocks, ...beyond]), raw.length), raw, 'damaged padding');
  });

  it('refuses a wrong checksum, damage and what is no zlib stream', () => {
    assert.throws(() => decoded(deflate, damaged(stream, -1), raw.length), DecodeError);
    assert.throws(() => decoded(deflate, damaged(stream, 0), raw.length), DecodeError);
    assert.throws(() => decoded(deflate, deflateRawSync(raw), raw.length), DecodeError);
    assert.throws(() => decoded(deflate, deflateSync(raw, { dictionary: RUNS.subarray(0, 50) }), raw.length), DecodeError);
  });

  it('gives the count of a cut stream', () => {
    const got = decoded(deflate, stream.subarray(0, stream.length >> 1), raw.length);
    assert.ok(got.length > 0 && got.length < raw.length);
    same(got, raw.subarray(0, got.length));
  });
});

/** A Zstandard frame of raw and run-length blocks; `contentSize` writes the 8-byte field. */
function frame(blocks: readonly (Uint8Array | readonly [byte: number, count: number])[], contentSize?: bigint): Buffer {
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

describe('zstd streams by others', async () => {
  const zstd = await opened('zstd');
  const noise = NOISE.subarray(0, 1000);
  const raw = Buffer.concat([noise, Buffer.alloc(3000, 7)]);
  const stream = frame([noise, [7, 3000]]);

  it('reads frames with and without their content size, and several frames', () => {
    same(decoded(zstd, stream, raw.length), raw);
    same(decoded(zstd, frame([noise, [7, 3000]], 4000n), raw.length), raw);
    same(decoded(zstd, Buffer.concat([frame([noise]), frame([[7, 3000]])]), raw.length), raw);
  });

  it('ignores what follows the frame', () => {
    for (const tail of [new Uint8Array(1), new Uint8Array(64), noise]) {
      same(decoded(zstd, Buffer.concat([stream, tail]), raw.length), raw);
      same(decoded(zstd, Buffer.concat([encoded(zstd, IMAGERY), tail]), IMAGERY.length), IMAGERY);
    }
  });

  it('ignores what a frame holds beyond its space', () => {
    const longer = frame([noise, [7, 131_072], [8, 131_072], noise, [9, 131_072]]);
    for (const length of [999, 1000, 1001, 131_072, 132_072, 140_000]) {
      const wanted = Buffer.concat([noise, Buffer.alloc(131_072, 7), Buffer.alloc(131_072, 8)]).subarray(0, length);
      same(decoded(zstd, longer, length), wanted);
    }
    same(decoded(zstd, encoded(zstd, NOISE), 10_000), NOISE.subarray(0, 10_000));
  });

  it('refuses cut frames, wrong sizes and other formats', () => {
    assert.throws(() => decoded(zstd, stream.subarray(0, -1), raw.length), DecodeError);
    assert.throws(() => decoded(zstd, frame([noise], 1001n), 1001), DecodeError);
    assert.throws(() => decoded(zstd, frame([noise], 1n << 60n), 1001), DecodeError);
    assert.throws(() => decoded(zstd, deflateSync(raw), raw.length), DecodeError);
  });

  it('leaves the process as it is', () => {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      // node:test listens itself, once.
      assert.ok(process.listenerCount(event) <= 1);
    }
  });
});

describe("geotiff's decoders", async () => {
  for (const codec of await loadCodecs()) {
    it(`read ${codec.name}`, async () => {
      const codecs = await open(codec);
      const decoder = await getDecoder(codec.tags[0], {
        tileWidth: 1,
        tileHeight: 1,
        predictor: 1,
        bitsPerSample: 8,
        planarConfiguration: 1,
      });
      for (const [name, raw] of SAMPLES) {
        if (raw.length === 0) continue;
        const stream = encoded(codecs, raw.subarray(0, 200_000));
        const got = await decoder.decode(stream.slice().buffer);
        same(new Uint8Array(got), raw.subarray(0, 200_000), name);
      }
    });
  }
});

describe('half a gigabyte in a small stream', async () => {
  const BLOCKS = 512;
  const zeros = deflateRawSync(new Uint8Array(1 << 20), { finishFlush: constants.Z_FULL_FLUSH });
  const bombs = new Map<string, Uint8Array>([
    ['deflate', Buffer.concat([Uint8Array.of(0x78, 0x9c), ...new Array<Uint8Array>(BLOCKS).fill(zeros)])],
    ['packbits', bytesOf(BLOCKS << 14, (at) => (at & 1 ? 0 : 129))],
    ['zstd', frame(new Array<readonly [number, number]>(BLOCKS << 3).fill([0, 131_072]), BigInt(BLOCKS) << 20n)],
  ]);
  for (const [name, stream] of bombs) {
    it(`takes no more memory than asked for, ${name}`, async () => {
      const codecs = await opened(name);
      const before = process.resourceUsage().maxRSS;
      for (const length of [1, 4096, 300_000]) same(decoded(codecs, stream, length), new Uint8Array(length));
      const grown = process.resourceUsage().maxRSS - before;
      assert.ok(grown < 64 * 1024, `grew by ${grown} KB`);
    });
  }
});
