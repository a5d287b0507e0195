import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import { FIXTURES, fixtureNamed } from '../../fixtures/scenes.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { fixturePath, normalize, type NormalizeOptions } from '../oracle/support/run.js';
import { numberOf, readDirectories, type Tags } from '../oracle/support/tiff-reader.js';

const folder = temporaryFolder();

async function written(name: string, options: NormalizeOptions = {}): Promise<{ file: Buffer; directories: Tags[] }> {
  const output = join(folder, name);
  await normalize(fixturePath(name), output, options);
  const file = readFileSync(output);
  return { file, directories: readDirectories(file) };
}

/** Every stored tile of the image and then of the mask, cell by cell: the order they must lie in. */
function tilesInOrder(directories: readonly Tags[]): { at: number; bytes: number }[] {
  const [image] = directories;
  const cells = Math.ceil(numberOf(image, 256) / numberOf(image, 322)) * Math.ceil(numberOf(image, 257) / numberOf(image, 323));
  const tiles: { at: number; bytes: number }[] = [];
  for (let cell = 0; cell < cells; cell++) {
    for (const tags of directories) {
      const [offsets, counts] = [tags.get(324)!, tags.get(325)!];
      for (let i = cell; i < offsets.length; i += cells) tiles.push({ at: offsets[i], bytes: counts[i] });
    }
  }
  return tiles.filter(({ bytes }) => bytes > 0);
}

describe('tiles lie cell by cell in row-major order, without gaps, to the end of the file', () => {
  for (const { name } of FIXTURES) {
    test(name, async () => {
      const { file, directories } = await written(name, { dtype: 'uint8', range: { min: 0, max: 255 }, co: ['BLOCKXSIZE=32', 'BLOCKYSIZE=16'] });
      const tiles = tilesInOrder(directories);
      tiles.slice(1).forEach(({ at }, i) => assert.equal(at, tiles[i].at + tiles[i].bytes));
      const { at, bytes } = tiles.at(-1)!;
      assert.equal(at + bytes, file.length);
    });
  }
});

const KEPT_CODECS: Readonly<Record<string, number>> = { none: 1, lzw: 5, deflate: 8, 'deflate-old': 8, packbits: 32773 };

describe('the layout is the input\'s where it can be', () => {
  for (const { name, spec } of FIXTURES) {
    test(name, async () => {
      const { directories: [tags] } = await written(name);
      const { layout, bands, predictor = 1 } = spec;
      const isKept = 'tile' in layout && layout.tile.width % 16 === 0 && layout.tile.height % 16 === 0;
      const tile = isKept ? layout.tile : { width: 256, height: 256 };
      assert.deepEqual([numberOf(tags, 322), numberOf(tags, 323)], [tile.width, tile.height]);
      assert.equal(numberOf(tags, 284), spec.interleave === 'band' && bands > 1 ? 2 : 1);
      assert.equal(numberOf(tags, 259), KEPT_CODECS[spec.compression ?? 'none']);
      assert.equal(tags.get(317)?.[0] ?? 1, predictor === 1 ? 1 : 2);
      assert.equal(numberOf(tags, 262), spec.photometric ?? 1);
    });
  }

  const edges: [width: number, height: number, wanted: [number, number]][] = [
    [1024, 1024, [1024, 1024]],
    [1040, 16, [256, 256]],
    [16, 2048, [256, 256]],
  ];
  for (const [width, height, wanted] of edges) {
    test(`tiles of ${width} x ${height}`, async () => {
      const [input, output] = ['edge-in.tif', 'edge-out.tif'].map((name) => join(folder, name)) as [string, string];
      const spec: TiffSpec = { width: 20, height: 10, bands: 1, dtype: 'uint8', pixel: hills(0, 9), layout: { tile: { width, height } }, compression: 'lzw' };
      writeFileSync(input, writeTiff(spec));
      await normalize(input, output);
      const [tags] = readDirectories(readFileSync(output));
      assert.deepEqual([numberOf(tags, 322), numberOf(tags, 323)], wanted);
    });
  }
});

/** Tags that the output must have of its own, or that say something of the input alone. */
const OWN_TAGS = [256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339, 42112, 42113];

describe('all other tags are carried over, to the byte', () => {
  for (const { name, spec } of FIXTURES) {
    test(name, async () => {
      const { directories: [tags] } = await written(name, { co: ['BIGTIFF=YES'] });
      const carried = (directory: Tags): [number, readonly number[]][] => [...directory].filter(([tag]) => !OWN_TAGS.includes(tag));
      assert.deepEqual(carried(tags), carried(readDirectories(writeTiff(spec))[0]));
    });
  }
});

describe('SPARSE_OK', () => {
  const sparse: NormalizeOptions = { co: ['SPARSE_OK=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32'] };

  test('leaves out what holds nothing but nodata, and places nothing there', async () => {
    const { directories: [tags], file } = await written('all-nodata.tif', sparse);
    assert.ok(tags.get(325)!.every((count) => count === 0));
    assert.ok(tags.get(324)!.every((at) => at === 0));
    assert.ok(file.length < 1000);
  });

  test('leaves out tiles of zeros where there is no nodata value', async () => {
    const { directories: [tags] } = await written('constant.tif', sparse);
    assert.ok(tags.get(325)!.every((count) => count === 0));
  });

  test('leaves out planes by themselves', async () => {
    const spec: TiffSpec = { width: 16, height: 16, bands: 2, dtype: 'uint8', pixel: (band, row) => band * row, layout: { rowsPerStrip: 16 } };
    const [input, output] = ['planes-in.tif', 'planes-out.tif'].map((name) => join(folder, name)) as [string, string];
    writeFileSync(input, writeTiff(spec));
    await normalize(input, output, { co: ['SPARSE_OK=YES', 'INTERLEAVE=BAND'] });
    const counts = readDirectories(readFileSync(output))[0].get(325)!;
    assert.deepEqual(counts.map((count) => count > 0), [false, true]);
  });

  test('leaves out masks of nothing valid', async () => {
    const { directories } = await written('scene.tif', { ...sparse, dtype: 'uint8', range: { min: 0, max: 255 } });
    const [image, mask] = directories.map((tags) => tags.get(325)!);
    assert.equal(mask[0], 0);
    assert.equal(image[0], 0);
    assert.ok(mask.some((count) => count > 0));
  });

  test('is off unless it is asked for', async () => {
    for (const name of ['all-nodata.tif', 'sparse-nan.tif', fixtureNamed('sparse-zero.tif').name]) {
      const { directories: [tags] } = await written(name);
      assert.ok(tags.get(325)!.every((count) => count > 0), name);
    }
  });
});
