import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FIXTURES, fixtureNamed } from '../../fixtures/scenes.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { FormatError } from '../../src/errors.js';
import { BlockIndex, type ByteRange } from '../../src/tiff/block-index.js';
import { blockGrid, planeCount } from '../../src/tiff/block-layout.js';
import { openTiff, type TiffSource } from '../../src/tiff/source.js';
import { gridColumns, gridRows } from '../../src/raster/grid.js';
import { readDirectories } from '../oracle/support/tiff-reader.js';
import { memorySource, type RecordingSource } from './memory.js';

async function opened(file: Uint8Array, size?: number): Promise<{ source: RecordingSource; tiff: TiffSource; index: BlockIndex }> {
  const source = memorySource(file, size);
  const tiff = await openTiff(source, { page: 1 });
  return { source, tiff, index: new BlockIndex(source, tiff.image, tiff.header.little) };
}

/** The places of all blocks, plane by plane, row by row. */
async function locateAll({ tiff, index }: { tiff: TiffSource; index: BlockIndex }): Promise<ByteRange[]> {
  const { profile, layout } = tiff.image;
  const grid = blockGrid(profile, layout);
  const ranges: ByteRange[] = [];
  for (let plane = 0; plane < planeCount(layout, profile.bands); plane++) {
    for (let row = 0; row < gridRows(grid); row++) {
      for (let col = 0; col < gridColumns(grid); col++) ranges.push(await index.locate({ plane, col, row }));
    }
  }
  return ranges;
}

describe('blocks are found', () => {
  for (const { name, spec } of FIXTURES) {
    test(`in ${name}`, async () => {
      const file = writeTiff(spec);
      const [tags] = readDirectories(file);
      const tiled = 'tile' in spec.layout;
      const [offsets, counts] = (tiled ? [324, 325] : [273, 279]).map((tag) => tags.get(tag)!) as [number[], number[]];
      const wanted = offsets.map((position, i) => (counts[i] === 0 ? { position: 0, length: 0 } : { position, length: counts[i] }));
      assert.deepEqual(await locateAll(await opened(file)), wanted);
    });
  }

  test('in pieces where an uncompressed strip is long, which together are the strip', async () => {
    const spec: TiffSpec = {
      width: 2000, height: 301, bands: 2, dtype: 'uint16', pixel: (_band, row, col) => row * 7 + col,
      layout: { rowsPerStrip: 150 },
    };
    const file = writeTiff(spec);
    const strips = readDirectories(file)[0];
    const ranges = await locateAll(await opened(file));
    assert.ok(ranges.length > 3);
    let at = 0;
    strips.get(273)!.forEach((position, strip) => {
      const end = position + strips.get(279)![strip];
      for (let next = position; next < end; next += ranges[at++].length) assert.equal(ranges[at].position, next);
    });
    assert.equal(at, ranges.length);
  });
});

describe('the index arrays', () => {
  /** An image of many tiles, of which the file has the directory alone: the tiles' bytes are never looked at. */
  function manyTiles(tiles: number): { file: Uint8Array; size: number } {
    const empty: TiffSpec = {
      width: tiles * 16, height: 16, bands: 1, dtype: 'uint8', pixel: () => 0, sparse: () => true, bigTiff: true,
      layout: { tile: { width: 16, height: 16 } },
      extraTags: [
        { tag: 324, type: 'LONG8', values: Array.from({ length: tiles }, (_, i) => 2 ** 33 + i * 300) },
        { tag: 325, type: 'LONG8', values: Array.from({ length: tiles }, (_, i) => 256 + (i % 44)) },
      ],
    };
    return { file: writeTiff({ ...empty, compression: 'packbits' }), size: 2 ** 34 };
  }

  const CHUNK_BYTES = 8192 * 8;

  test('are read chunk by chunk, each once, and not beyond their ends', async () => {
    const { file, size } = manyTiles(20001);
    const all = await opened(file, size);
    all.source.reads.length = 0;
    const ranges = await locateAll(all);
    ranges.forEach((range, i) => assert.deepEqual(range, { position: 2 ** 33 + i * 300, length: 256 + (i % 44) }));
    const { offsets, byteCounts } = all.tiff.image;
    const wanted = [offsets, byteCounts!].flatMap(({ position }) => [
      { position, length: CHUNK_BYTES },
      { position: position + CHUNK_BYTES, length: CHUNK_BYTES },
      { position: position + 2 * CHUNK_BYTES, length: (20001 - 2 * 8192) * 8 },
    ]);
    assert.deepEqual([...all.source.reads].sort((a, b) => a.position - b.position), wanted);
  });

  test('are not read when the file is opened', async () => {
    const { file, size } = manyTiles(20001);
    const { source } = await opened(file, size);
    assert.ok(source.reads.every(({ length }) => length < 1000), JSON.stringify(source.reads));
  });

  test('give the same in any order of asking', async () => {
    const { file, size } = manyTiles(9000);
    const { index } = await opened(file, size);
    await fc.assert(
      fc.asyncProperty(fc.nat(8999), async (col) => {
        assert.deepEqual(await index.locate({ plane: 0, col, row: 0 }), { position: 2 ** 33 + col * 300, length: 256 + (col % 44) });
      }),
    );
  });

  test('keep no more than 64 chunks, and read a dropped one again', async () => {
    const { file, size } = manyTiles(8192 * 65 + 1);
    const { index, source } = await opened(file, size);
    source.reads.length = 0;
    const ask = async (chunk: number): Promise<number> => {
      source.reads.length = 0;
      await index.locate({ plane: 0, col: chunk * 8192, row: 0 });
      return source.reads.length;
    };
    for (let chunk = 0; chunk < 64; chunk++) assert.equal(await ask(chunk), 2);
    assert.equal(await ask(0), 0);
    assert.equal(await ask(64), 2);
    assert.equal(await ask(63), 0);
    assert.equal(await ask(0), 2, 'the first one had to make room');
  });
});

describe('damage is told with the block', () => {
  const { spec } = fixtureNamed('uint8-strips.tif');

  test('bytes beyond the end', async () => {
    const file = writeTiff(spec);
    const { index } = await opened(file.subarray(0, file.length - 1));
    await index.locate({ plane: 0, col: 0, row: 12 });
    await assert.rejects(index.locate({ plane: 0, col: 0, row: 13 }), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /column 0, row 13/);
      return true;
    });
  });

  test('but wrong byte counts of uncompressed blocks are none, for the image says how long they are', async () => {
    const right = (await opened(writeTiff(spec))).index;
    for (const count of [1, 100, 1_000_000]) {
      const tag = { tag: 279, type: 'LONG', values: new Array<number>(14).fill(count) } as const;
      const { index } = await opened(writeTiff({ ...spec, extraTags: [tag] }));
      for (const row of [0, 1, 12]) assert.equal((await index.locate({ plane: 0, col: 0, row })).length, (await right.locate({ plane: 0, col: 0, row })).length);
    }
  });

  test('nor is a byte count of 0 where there is one block only', async () => {
    const one = { ...spec, layout: { rowsPerStrip: spec.height } };
    const tag = { tag: 279, type: 'LONG', values: [0] } as const;
    const { index } = await opened(writeTiff({ ...one, extraTags: [tag] }));
    assert.ok((await index.locate({ plane: 0, col: 0, row: 0 })).length > 0);
  });

  test('a place inside the header', async () => {
    const tag = { tag: 273, type: 'LONG', values: new Array<number>(14).fill(7) } as const;
    const { index } = await opened(writeTiff({ ...spec, extraTags: [tag] }));
    await assert.rejects(index.locate({ plane: 0, col: 0, row: 0 }), FormatError);
  });
});
