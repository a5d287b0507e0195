import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import type { EncodedImage } from '../../src/codecs/codec.js';
import { adobeMarker, FLAT_TABLES, flatJpeg, type LercSamples, plainLerc } from './image-streams.js';
import { blockPixels, blocks, numbers, read, refuses, valid, webp, WEBP } from './image-support.js';
import { bytesOf, encoded, opened, same } from './support.js';

const single = [1, 1] as const;

describe('JPEG', () => {
  for (const bands of [1, 2, 3, 4, 5]) {
    const image = { width: 30, bands, photometric: bands === 3 ? 2 : 1 };
    for (const interleaved of bands === 1 || bands === 5 ? [false] : [true, false]) {
      it(`gives ${bands} components as stored, ${interleaved ? 'interleaved' : 'a scan each'}`, async () => {
        const raw = blockPixels(bands);
        same(await read('jpeg', image, blocks(bands, { interleaved }), raw.length), raw);
        same(await read('jpeg', image, blocks(bands, { interleaved, restart: 1 }), raw.length), raw, 'with restarts');
        same(await read('jpeg', { ...image, jpegTables: FLAT_TABLES }, blocks(bands, { interleaved }, false), raw.length), raw);
      });
    }

    it(`gives the first rows of a higher image of ${bands} components`, async () => {
      const raw = blockPixels(bands, 3);
      same(await read('jpeg', image, blocks(bands, { interleaved: bands < 5 }), raw.length), raw);
    });
  }

  it('turns YCbCr into RGB, at any sampling', async () => {
    const levels = [150, 100, 190];
    const [y, cb, cr] = [150, 100 - 128, 190 - 128];
    // JFIF 1.02, page 3.
    const rgb = [y + 1.402 * cr, y - 0.34414 * cb - 0.71414 * cr, y + 1.772 * cb].map(Math.round);
    const raw = bytesOf(45 * 37 * 3, (at) => rgb[at % 3]);
    for (const luma of [[1, 1], [2, 1], [2, 2], [1, 2], [4, 1], [1, 4]] as const) {
      const stream = flatJpeg({ width: 45, height: 37, sampling: [luma, single, single], value: (component) => levels[component] });
      same(await read('jpeg', { width: 45, bands: 3, photometric: 6 }, stream, raw.length), raw, `sampling ${luma.join(' x ')}`);
    }
  });

  it('goes by the photometric interpretation, not by the markers', async () => {
    const levels = [150, 100, 190];
    for (const [photometric, transform] of [[2, 1], [6, 0]] as const) {
      const image = { width: 30, bands: 3, photometric };
      const jpeg = { value: (component: number): number => levels[component] };
      const plain = await read('jpeg', image, blocks(3, jpeg), 1800);
      assert.deepEqual([...plain.subarray(0, 3)].map((sample, band) => sample === levels[band]), new Array<boolean>(3).fill(photometric === 2));
      same(await read('jpeg', image, blocks(3, { ...jpeg, application: [adobeMarker(transform)] }), 1800), plain);
    }
  });

  it('ignores what follows the image, and a missing end', async () => {
    const stream = blocks(1);
    const raw = blockPixels(1);
    same(await read('jpeg', { width: 30 }, Buffer.concat([stream, Buffer.alloc(99, 255)]), raw.length), raw);
    same(await read('jpeg', { width: 30 }, stream.subarray(0, -2), raw.length), raw);
  });

  it('refuses other sizes, components and kinds', async () => {
    const image = { width: 30 };
    const raw = 600;
    await refuses('jpeg', { width: 31 }, blocks(1), 620, /30 x 20/);
    await refuses('jpeg', { width: 29 }, blocks(1), 580, /30 x 20/);
    await refuses('jpeg', image, blocks(1), 630, /30 x 20/);
    await refuses('jpeg', image, blocks(3), raw, /3 components/);
    await refuses('jpeg', { width: 30, bands: 3 }, blocks(1), 3 * raw, /1 components/);
    await refuses('jpeg', { width: 30, photometric: 6 }, blocks(1), raw, /YCbCr colours in 1/);
    await refuses('jpeg', image, blocks(1, { precision: 12, frame: 0xc1 }), raw, /12 bits/);
    await refuses('jpeg', { width: 30, bits: 12 }, blocks(1), raw, /12-bit/);
    await refuses('jpeg', image, blocks(1, { frame: 0xc3 }), raw, /SOF3/);
    await refuses('jpeg', image, blocks(1, { frame: 0xc9 }), raw, /SOF9/);
    await refuses('jpeg', { width: 30, bands: 4 }, blocks(4, { frame: 0xc2 }), 4 * raw, /sequential/);
    await refuses('jpeg', { width: 30, bands: 2 }, blocks(2, { sampling: [[2, 2], single] }), 2 * raw, /subsampled/);
    await refuses('jpeg', { width: 30, bands: 3 }, blocks(3, { sampling: [[4, 2], single, single] }), 3 * raw, /4 x 2/);
    await refuses('jpeg', image, blocks(1, {}, false), raw);
    await refuses('jpeg', { width: 30, bands: 2 }, blocks(2, {}, false), 2 * raw, /lacks/);
    const scanned = blocks(1);
    const scan = scanned.subarray(scanned.indexOf('ffda', 'hex'), -2);
    await refuses('jpeg', image, Buffer.concat([scanned.subarray(0, -2), ...new Array<Buffer>(100).fill(scan)]), raw, /101 scans/);
  });
});

const webpPixels = (bands: number, hasAlpha: boolean, rows = 16): Uint8Array =>
  bytesOf(16 * rows * bands, (at) => {
    const x = Math.floor(at / bands) % 16;
    const y = Math.floor(at / bands / 16);
    return [x * 9, y * 9, x + y, hasAlpha && x >= 8 ? 255 - y * 16 : 255][at % bands];
  });

describe('WebP', () => {
  it('gives three and four bands, with and without alpha in the stream', async () => {
    for (const bands of [3, 4]) {
      same(await read('webp', { bands }, webp('rgb'), 256 * bands), webpPixels(bands, false));
      same(await read('webp', { bands }, webp('rgba'), 256 * bands), webpPixels(bands, true));
      same(await read('webp', { bands }, webp('rgba'), 80 * bands), webpPixels(bands, true, 5), 'the first rows');
      for (const kind of ['lossyRgb', 'lossyRgba'] as const) {
        const wanted = webpPixels(bands, kind === 'lossyRgba');
        const got = await read('webp', { bands }, webp(kind), wanted.length);
        assert.ok(got.every((sample, at) => Math.abs(sample - wanted[at]) < 24), kind);
      }
    }
  });

  it('refuses other sizes and samples', async () => {
    for (const kind of Object.keys(WEBP) as (keyof typeof WEBP)[]) {
      await refuses('webp', { bands: 3, width: 17 }, webp(kind), 17 * 16 * 3, /16 x 16/);
      await refuses('webp', { bands: 3 }, webp(kind), 17 * 16 * 3, /16 x 16/);
      await refuses('webp', { bands: 1 }, webp(kind), 256, /wanted 1/);
      await refuses('webp', { bands: 3, bits: 16 }, webp(kind), 1536, /of 16/);
    }
  });
});

const bytesIn = (samples: LercSamples): Uint8Array => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
const LERC_SAMPLES: readonly (readonly [kind: EncodedImage['kind'], bits: number, samples: LercSamples])[] = [
  ['int', 8, Int8Array.from(numbers, (number) => number - 50)],
  ['uint', 8, Uint8Array.from(numbers, (number) => number * 2)],
  ['int', 16, Int16Array.from(numbers, (number) => (number - 50) * 600)],
  ['uint', 16, Uint16Array.from(numbers, (number) => number * 600)],
  ['int', 32, Int32Array.from(numbers, (number) => (number - 50) * 4e7)],
  ['uint', 32, Uint32Array.from(numbers, (number) => number * 4e7)],
  ['float', 32, Float32Array.from(numbers, (number) => number / 3)],
  ['float', 64, Float64Array.from(numbers, (number) => number / 3e100)],
];

describe('LERC', async () => {
  for (const [kind, bits, samples] of LERC_SAMPLES) {
    const image = { width: 8, kind, bits };
    const raw = bytesIn(samples);
    it(`gives ${bits}-bit ${kind} samples, of one band and three`, async () => {
      for (const bands of [1, 3]) {
        const stream = plainLerc(samples, 8, bands);
        same(await read('lerc', { ...image, bands }, stream, raw.length), raw);
        same(await read('lerc', { ...image, bands }, stream, raw.length / 4), raw.subarray(0, raw.length / 4), 'the first rows');
      }
    });

    it(`undoes what stands on top, ${bits}-bit ${kind}`, async () => {
      const stream = plainLerc(samples, 8, 1);
      const zstd = encoded(await opened('zstd'), stream);
      same(await read('lerc', { ...image, lercParameters: [4, 0] }, stream, raw.length), raw);
      same(await read('lerc', { ...image, lercParameters: [4, 1] }, deflateSync(stream), raw.length), raw);
      same(await read('lerc', { ...image, lercParameters: [4, 2] }, zstd, raw.length), raw);
    });
  }

  for (const [kind, bits, samples] of LERC_SAMPLES.slice(6)) {
    it(`gives NaN for invalid pixels, ${bits}-bit ${kind}`, async () => {
      const image = { width: 8, kind, bits };
      const masked = (places: (at: number) => boolean): Uint8Array => bytesIn(samples.map((sample, at) => (places(at) ? sample : Number.NaN)));
      const one = masked((at) => valid[at]);
      same(await read('lerc', image, plainLerc(samples, 8, 1, valid), one.length), one);
      const together = masked((at) => valid[Math.floor(at / 2)]);
      same(await read('lerc', { ...image, bands: 2 }, plainLerc(samples, 8, 2, valid), together.length), together);
      // A band with gaps and one without, the bands one after the other.
      const [first, second] = [0, 1].map((band) => samples.filter((_, at) => at % 2 === band) as LercSamples);
      const planes = Buffer.concat([plainLerc(first, 8, 1, valid.slice(0, 48)), plainLerc(second, 8, 1)]);
      const apart = masked((at) => at % 2 === 1 || valid[at / 2]);
      same(await read('lerc', { ...image, bands: 2 }, planes, apart.length), apart);
    });
  }

  it('takes the mask for the alpha of bytes', async () => {
    const grey = Uint8Array.from(numbers);
    const expected = (places: readonly boolean[]): Uint8Array => bytesOf(192, (at) => (at & 1 ? (places[at >> 1] ? 255 : 0) : places[at >> 1] ? grey[at >> 1] : 0));
    same(await read('lerc', { width: 8, bands: 2 }, plainLerc(grey, 8, 1, valid), 192), expected(valid));
    same(await read('lerc', { width: 8, bands: 2 }, plainLerc(grey, 8, 1), 192), expected(new Array<boolean>(96).fill(true)));
  });

  it('refuses other sizes, types, masks and packings', async () => {
    const bytes = plainLerc(Uint8Array.from(numbers), 8, 1);
    await refuses('lerc', { width: 9 }, bytes, 108, /8 x 12/);
    await refuses('lerc', { width: 8 }, bytes, 104, /8 x 12/);
    await refuses('lerc', { width: 8, kind: 'int' }, bytes, 96, /wanted 1 int8/);
    await refuses('lerc', { width: 8, bits: 12 }, bytes, 144, /no 12-bit/);
    await refuses('lerc', { width: 8, bands: 3 }, bytes, 288, /wanted 3/);
    await refuses('lerc', { width: 8 }, Buffer.concat([bytes, bytes]), 96, /2 bands/);
    await refuses('lerc', { width: 8 }, plainLerc(Uint8Array.from(numbers), 8, 1, valid), 96, /invalid/);
    await refuses('lerc', { width: 8, lercParameters: [4, 3] }, bytes, 96, /unknown, 3/);
    await refuses('lerc', { width: 8, lercParameters: [4, 1] }, bytes, 96, /DEFLATE/);
    await refuses('lerc', { width: 8, lercParameters: [4, 1] }, deflateSync(new Uint8Array(1 << 24)), 96, /no LERC/);
  });
});
