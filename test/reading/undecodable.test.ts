import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Tag, TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { parseCreationOptions, planRequest, UnsupportedError } from '../../src/index.js';
import { plainLerc } from '../codecs/image-streams.js';
import { blocks, webp } from '../codecs/image-support.js';
import { rastq, temporaryFolder } from './support.js';

/** What a codec does not decode is refused before work begins, with a command that converts it. */

const folder = temporaryFolder();
const SHORTS = (tag: number, ...values: number[]): Tag => ({ tag, type: 'SHORT', values });
const LONGS = (tag: number, ...values: number[]): Tag => ({ tag, type: 'LONG', values });
const [BITS, COMPRESSION, PHOTOMETRIC, OFFSETS, BYTE_COUNTS, FORMAT, LERC_PARAMETERS] = [258, 259, 262, 273, 279, 339, 50674];
const [JPEG, LERC, WEBP] = [7, 34887, 50001];
const [RGB, YCBCR] = [2, 6];

/** A raster whose strips are the streams, each of 20 rows. */
function withStreams(spec: Partial<TiffSpec>, streams: readonly Uint8Array[], tags: readonly Tag[]): Uint8Array {
  const write = (start: number): Uint8Array => {
    const starts = streams.map((_, i) => start + streams.slice(0, i).reduce((sum, { length }) => sum + length, 0));
    const extraTags = [...tags, LONGS(OFFSETS, ...starts), LONGS(BYTE_COUNTS, ...streams.map(({ length }) => length))];
    const strips = spec.interleave === 'band' ? streams.length / spec.bands! : streams.length;
    return writeTiff({
      width: 30, height: 20 * strips, bands: 1, dtype: 'uint8', pixel: () => 0, layout: { rowsPerStrip: 20 }, ...spec, extraTags,
    });
  };
  return Buffer.concat([write(write(0).length), ...streams]);
}

const jpeg = (bands: number, more: Parameters<typeof blocks>[1] = {}): Uint8Array => blocks(bands, more);
const lerc = plainLerc(Uint8Array.from({ length: 600 }, (_, at) => at % 32), 30, 1);

const CASES: readonly (readonly [what: string, file: Uint8Array, words: RegExp])[] = [
  ['JPEG of 12 bits', withStreams({ dtype: 'uint16' }, [jpeg(1, { precision: 12, frame: 0xc1 })], [SHORTS(BITS, 12), SHORTS(COMPRESSION, JPEG)]), /samples of 12 bits/],
  ['lossless JPEG', withStreams({}, [jpeg(1, { frame: 0xc3 })], [SHORTS(COMPRESSION, JPEG)]), /SOF3/],
  ['arithmetic JPEG', withStreams({}, [jpeg(1, { frame: 0xc9 })], [SHORTS(COMPRESSION, JPEG)]), /SOF9/],
  ['planes of YCbCr', withStreams({ bands: 3, interleave: 'band' }, [jpeg(1), jpeg(1), jpeg(1)], [SHORTS(COMPRESSION, JPEG), SHORTS(PHOTOMETRIC, YCBCR)]), /YCbCr colours in 1/],
  ['four bands of YCbCr', withStreams({ bands: 4 }, [jpeg(4)], [SHORTS(COMPRESSION, JPEG), SHORTS(PHOTOMETRIC, YCBCR)]), /YCbCr colours in 4/],
  ['progressive JPEG of two bands', withStreams({ bands: 2 }, [jpeg(2, { frame: 0xc2 })], [SHORTS(COMPRESSION, JPEG)]), /sequential/],
  ['progressive JPEG of four bands', withStreams({ bands: 4 }, [jpeg(4, { frame: 0xc2 })], [SHORTS(COMPRESSION, JPEG), SHORTS(PHOTOMETRIC, RGB)]), /sequential/],
  ['subsampled JPEG of four bands', withStreams({ bands: 4 }, [jpeg(4, { sampling: [[2, 2], [1, 1], [1, 1], [2, 2]] })], [SHORTS(COMPRESSION, JPEG)]), /subsampled/],
  ['colours shared by eight pixels', withStreams({ bands: 3 }, [jpeg(3, { sampling: [[4, 2], [1, 1], [1, 1]] })], [SHORTS(COMPRESSION, JPEG), SHORTS(PHOTOMETRIC, YCBCR)]), /4 x 2/],
  ['WebP of one band', withStreams({}, [webp('rgb')], [SHORTS(COMPRESSION, WEBP)]), /3 or 4 samples/],
  ['WebP of five bands', withStreams({ bands: 5 }, [webp('rgba')], [SHORTS(COMPRESSION, WEBP)]), /3 or 4 samples/],
  ['WebP in planes', withStreams({ bands: 3, interleave: 'band' }, [webp('rgb'), webp('rgb'), webp('rgb')], [SHORTS(COMPRESSION, WEBP)]), /3 or 4 samples/],
  ['LERC of 5 bits', withStreams({}, [lerc], [SHORTS(BITS, 5), SHORTS(COMPRESSION, LERC)]), /no 5-bit uint/],
  ['LERC of 16-bit floats', withStreams({ dtype: 'uint16' }, [lerc], [SHORTS(FORMAT, 3), SHORTS(COMPRESSION, LERC)]), /no 16-bit float/],
  ['LERC under an unknown codec', withStreams({}, [lerc], [SHORTS(COMPRESSION, LERC), LONGS(LERC_PARAMETERS, 4, 7)]), /unknown, 7/],
];

describe('what a codec does not decode is refused before work begins', () => {
  for (const [what, file, words] of CASES) {
    it(what, async () => {
      const [input, output] = [join(folder, `${what}.tif`), join(folder, 'out.tif')];
      writeFileSync(input, file);
      const request = { input, output, steps: [{ operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } }], window: 256, overwrite: false, creation: await parseCreationOptions([]) };
      await assert.rejects(planRequest(request), (error) => {
        assert.ok(error instanceof UnsupportedError, String(error));
        assert.match(error.message, words);
        assert.ok(error.message.endsWith(`convert with: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE '${input}' converted.tif`), error.message);
        return true;
      });
    });
  }

  it('and in the midst of it where a later block is of such a kind: exit 3, one line, nothing left', () => {
    const [input, output] = [join(folder, 'later.tif'), join(folder, 'later-out.tif')];
    writeFileSync(input, withStreams({}, [jpeg(1), jpeg(1, { frame: 0xc9 })], [SHORTS(COMPRESSION, JPEG)]));
    const { code, stderr } = rastq('normalize', input, output, '--quiet');
    assert.equal(code, 3, stderr);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.match(stderr, /block at column 0, row 1: .*SOF9.*gdal_translate/);
    assert.ok(!existsSync(output));
  });
});
