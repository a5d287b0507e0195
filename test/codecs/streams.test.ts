import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import { DecodeError } from '../../src/codecs/codec.js';
import { frame, packed, plainLzw } from './streams.js';
import { IMAGERY, NOISE, RUNS, SAMPLES, bytesOf, decoded, encoded, opened, same } from './support.js';

describe('lzw streams by others', async () => {
  const lzw = await opened('lzw');

  it('reads and writes the example of the TIFF 6.0 specification', () => {
    const raw = Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6);
    const stream = Buffer.from('8001e0408044080c068080', 'hex');
    same(decoded(lzw, stream, 9), raw);
    same(encoded(lzw, raw), stream);
  });

  const raws = [
    ['runs', RUNS],
    ['imagery', IMAGERY.subarray(0, 60_000)],
    ['zeros', new Uint8Array(5000)],
    ['one', Uint8Array.of(1)],
  ] as const;
  for (const [name, raw] of raws) {
    it(`writes hardly more than the books have, ${name}`, () =>
      assert.ok(encoded(lzw, raw).length <= 1.06 * plainLzw(raw).length));
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
    const growing = Array.from({ length: 4096 - 258 }, (_, at) => 258 + at);
    const codes = [256, 0, ...growing, ...new Array<number>(10_000).fill(4095)];
    const width = (at: number): number => (at < 255 ? 9 : at < 767 ? 10 : at < 1791 ? 11 : 12);
    const stream = packed(codes.map((code, at) => [code, width(at)] as const), false);
    const raw = new Uint8Array(48_000_000).fill(1);
    const count = lzw.decode(stream, raw);
    assert.equal(count, (3839 * 3840) / 2 + 10_000 * 3839);
    assert.ok(count > 2200 * stream.length && count <= lzw.codec.maxRatio * stream.length);
    same(raw.subarray(0, count), new Uint8Array(count));
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
    const withDictionary = deflateSync(raw, { dictionary: RUNS.subarray(0, 50) });
    assert.throws(() => decoded(deflate, withDictionary, raw.length), DecodeError);
  });

  it('gives the count of a cut stream', () => {
    const got = decoded(deflate, stream.subarray(0, stream.length >> 1), raw.length);
    assert.ok(got.length > 0 && got.length < raw.length);
    same(got, raw.subarray(0, got.length));
  });
});

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
    const file = new URL('../../src/codecs/zstd.js', import.meta.url).href;
    const script = `
      const { default: zstd } = await import(${JSON.stringify(file)});
      const events = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
      const before = JSON.stringify(events());
      await zstd.openDecoder();
      if (JSON.stringify(events()) !== before) throw new Error('listens to the process');
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
  });
});
