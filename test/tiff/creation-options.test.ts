import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { type CreationOptions, parseCreationOptions } from '../../src/tiff/creation-options.js';

/** The options with the codec by its name. */
async function parsed(...words: string[]): Promise<Omit<CreationOptions, 'codec'> & { codec?: string }> {
  const { codec, ...others } = await parseCreationOptions(words);
  return codec === undefined ? others : { codec: codec.name, ...others };
}

describe('creation options', () => {
  const cases: [words: string[], wanted: Awaited<ReturnType<typeof parsed>>][] = [
    [[], {}],
    [['COMPRESS=DEFLATE'], { codec: 'deflate' }],
    [['compress=lzw'], { codec: 'lzw' }],
    [['COMPRESS=NONE'], { codec: 'none' }],
    [['COMPRESS=PackBits'], { codec: 'packbits' }],
    [['COMPRESS=ZSTD', 'ZSTD_LEVEL=22'], { codec: 'zstd', levels: { ZSTD_LEVEL: 22 } }],
    [['ZLEVEL=1'], { levels: { ZLEVEL: 1 } }],
    [['ZLEVEL=9'], { levels: { ZLEVEL: 9 } }],
    [['PREDICTOR=1'], { predictor: 1 }],
    [['PREDICTOR=2'], { predictor: 2 }],
    [['PREDICTOR=3'], { predictor: 3 }],
    [['PREDICTOR=NO'], { predictor: 1 }],
    [['PREDICTOR=YES'], { predictor: 'fitting' }],
    [['PREDICTOR=STANDARD'], { predictor: 2 }],
    [['PREDICTOR=floating_point'], { predictor: 3 }],
    [['BLOCKXSIZE=16', 'BLOCKYSIZE=16384'], { tileWidth: 16, tileHeight: 16384 }],
    [['INTERLEAVE=PIXEL'], { interleave: 'pixel' }],
    [['INTERLEAVE=BAND'], { interleave: 'band' }],
    [['BIGTIFF=YES'], { bigTiff: 'YES' }],
    [['BIGTIFF=no'], { bigTiff: 'NO' }],
    [['BIGTIFF=IF_NEEDED'], { bigTiff: 'IF_NEEDED' }],
    [['BIGTIFF=IF_SAFER'], { bigTiff: 'IF_SAFER' }],
    [['SPARSE_OK=YES'], { sparse: true }],
    [['SPARSE_OK=1'], { sparse: true }],
    [['SPARSE_OK=FALSE'], { sparse: false }],
    [['SPARSE_OK=off'], { sparse: false }],
    [['TILED=YES'], {}],
    [['PREDICTOR=2', 'predictor=1'], { predictor: 1 }],
  ];
  for (const [words, wanted] of cases) {
    test(words.join(' ') || 'none', async () => assert.deepEqual(await parsed(...words), wanted));
  }

  const refused: [word: string, because: RegExp][] = [
    ['COMPRESS', /wanted KEY=VALUE/],
    ['=DEFLATE', /wanted KEY=VALUE/],
    ['', /wanted KEY=VALUE/],
    ['COMPRESS=JPEG', /wanted one of DEFLATE, LZW, NONE, PACKBITS, ZSTD/],
    ['COMPRESS=', /wanted one of/],
    ['PREDICTOR=4', /wanted one of 1, 2, 3/],
    ['PREDICTOR=toString', /wanted one of/],
    ['BLOCKXSIZE=100', /multiple of 16/],
    ['BLOCKXSIZE=0', /multiple of 16/],
    ['BLOCKYSIZE=16400', /to 16384/],
    ['BLOCKYSIZE=16.0', /multiple of 16/],
    ['BLOCKYSIZE=0x10', /multiple of 16/],
    ['INTERLEAVE=LINE', /PIXEL, BAND/],
    ['BIGTIFF=MAYBE', /YES, NO, IF_NEEDED, IF_SAFER/],
    ['SPARSE_OK=MAYBE', /TRUE, FALSE/],
    ['TILED=NO', /tiled files only/],
    ['ZLEVEL=0', /from 1 to 9/],
    ['ZLEVEL=10', /from 1 to 9/],
    ['ZLEVEL=six', /from 1 to 9/],
    ['ZSTD_LEVEL=23', /from 1 to 22/],
    ['PHOTOMETRIC=RGB', /no such option, there are COMPRESS, .*ZLEVEL, ZSTD_LEVEL/],
  ];
  for (const [word, because] of refused) {
    test(`not "${word}"`, async () => {
      await assert.rejects(parsed(word), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, because);
        assert.ok(error.message.startsWith(`--co ${word}: `));
        assert.ok(!error.message.includes('\n'));
        return true;
      });
    });
  }
});
