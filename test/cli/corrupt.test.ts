import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CORRUPT_FIXTURES } from '../../fixtures/corrupt.js';
import { hills } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { expectNormalized } from '../oracle/support/expected.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { fixturePath } from '../oracle/support/run.js';
import { failureOf, runCli, runMeasured } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];

/** More than rastq takes for any small file, sound or not, and less than any of the files under `corrupt/` claims. */
const MOST_RSS = 300e6;

/** What must come of the files under `corrupt/`: an exit code, and what the line says of it. */
const REFUSALS: Readonly<Record<string, readonly [code: 3 | 4, says: RegExp]>> = {
  'empty/no-bytes': [4, /not a TIFF: 0 bytes/],
  'not-a-tiff/text': [4, /not a TIFF: it starts with 54 68 69 73/],
  'truncated-header/six-bytes': [4, /not a TIFF: 6 bytes/],
  'truncated-directory/half': [4, /directory at byte 8 has 11 entries.*80 bytes/],
  'cyclic-ifd/names-itself': [4, /directory 1 points back.*byte 8/],
  // Each row alone is more than a worker holds, so that the file may as well be taken for a sound one.
  'huge-dims/one-strip': [3, /2147483647 x 1 pixels.*gdal_translate/],
  'huge-count/private-tag': [4, /tag 65001 has 4294967295 values/],
  'huge-count/strip-offsets': [4, /the file (ends at|has) 1370/],
  'block-past-end/strip': [4, /block at column 0, row 0.*1336\.\.2536.*1346/],
  'zero-width/strips': [4, /0 x 30 pixels/],
  'missing-offsets/strips': [4, /does not say where the pixels lie/],
  'missing-offsets/tiles': [4, /does not say where the pixels lie/],
  'short-offsets/tiles': [4, /6 blocks wanted.*got 4 offsets/],
  'bits-zero/strips': [4, /samples of 0 bits/],
  'deflate-garbage/strips': [4, /block at column 0, row 0.*deflate/],
  'lzw-garbage/strips': [4, /block at column 0, row 0.*lzw/],
  'bomb/claims-20000x20000': [3, /382 MiB from 26 bytes.*bomb.*gdal_translate/],
  'unknown-codec/jpeg-2000': [3, /JPEG 2000, is not supported, convert with: gdal_translate .*in\.tif/],
  'complex/complex-float32': [3, /complex .*not supported.*with: gdal_calc\.py -A in\.tif/],
};

const STRIPS = { width: 40, height: 30, dtype: 'uint8', layout: { rowsPerStrip: 10 } } as const;

/** Those whose pixels are all there, whatever else is wrong, what they are, and what the user is told. */
const READABLE: Readonly<Record<string, readonly [spec: TiffSpec, warning: RegExp]>> = {
  'bomb/inflates-to-16-mib': [{ ...STRIPS, bands: 1, pixel: () => 0 }, /^$/],
  'samples-mismatch/strips': [{ ...STRIPS, bands: 3, pixel: hills(0, 255) }, /^$/],
  'bytecount-short/strip': [{ ...STRIPS, bands: 1, pixel: hills(0, 255) }, /^$/],
  'palette/grey': [{ ...STRIPS, bands: 1, pixel: hills(0, 255) }, /"level":"warn".*in\.tif: .*colour table.*--expand rgb/],
};

describe('damaged and unsupported files end with one line, in little memory, and leave nothing', { concurrency: 4 }, () => {
  for (const { name, purpose } of CORRUPT_FIXTURES) {
    const short = name.replace(/^corrupt\/|\.tif$/g, '');
    const refusal = REFUSALS[short];
    if (refusal === undefined) {
      test(`${short} (${purpose}) is readable`, async (t) => {
        assert.ok(short in READABLE, `${name} is in no table of this test`);
        const [spec, warning] = READABLE[short];
        const folder = new Folder(t);
        folder.addFixture(name);
        const { code, stdout, stderr } = await runCli(FILES, { cwd: folder.path });
        assert.deepEqual([code, stdout], [0, '']);
        assert.match(stderr, warning);
        const { bands } = await readByGeotiff(folder.at('out.tif'));
        assert.deepEqual(bands, expectNormalized(spec).bands);
      });
      continue;
    }
    const [code, says] = refusal;
    test(`${short} (${purpose}): ${code}`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture(name);
      const result = await runMeasured(FILES, { cwd: folder.path });
      const message = failureOf(result, code);
      assert.match(message, /^in\.tif: /);
      assert.match(message, says);
      assert.deepEqual(folder.list(), ['in.tif']);
      assert.ok(result.maxRssBytes < MOST_RSS, `it took ${result.maxRssBytes} bytes`);
    });
  }
});

/** The file under another size: the values of ImageWidth and ImageLength are LONGs in their entries. */
function withSize(file: Buffer, size: { readonly width?: number; readonly height?: number }): Buffer {
  for (const [tag, value] of [[256, size.width], [257, size.height]] as const) {
    const at = file.indexOf(Buffer.from([tag & 255, tag >> 8, 4, 0, 1, 0, 0, 0]));
    assert.ok(at > 0);
    if (value !== undefined) file.writeUInt32LE(value, at + 8);
  }
  return file;
}

describe('a size that no file of so few bytes can hold is refused at once, in little memory', { concurrency: 2 }, () => {
  const cases = [
    ['corrupt/huge-dims/one-strip.tif', { width: 2 ** 20, height: 2 ** 20 }],
    ['corrupt/huge-dims/one-strip.tif', { width: 2 ** 22, height: 2 ** 22 }],
    ['corrupt/huge-dims/one-strip.tif', { width: 2 ** 25, height: 2 ** 25 }],
    ['one-strip.tif', { width: 2 ** 28 }],
    ['one-strip.tif', { height: 2 ** 30 }],
    ['planar-strips.tif', { width: 2 ** 22 }],
    ['planar-strips.tif', { width: 2 ** 24 }],
    ['int8.tif', { width: 2 ** 26 }],
  ] as const;
  for (const [name, size] of cases) {
    test(`${name} as ${JSON.stringify(size)}`, async (t) => {
      const folder = new Folder(t);
      writeFileSync(folder.at('in.tif'), withSize(readFileSync(fixturePath(name)), size));
      const words = [...FILES, '--co', 'BLOCKXSIZE=16', '--co', 'BLOCKYSIZE=16'];
      const result = await runMeasured(words, { cwd: folder.path, watchdogMs: 20_000 });
      // Sizes beyond what a worker holds are refused as such.
      assert.match(failureOf(result, result.code === 3 ? 3 : 4), /^in\.tif: /);
      assert.ok(result.maxRssBytes < MOST_RSS, `it took ${result.maxRssBytes} bytes`);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }
});
