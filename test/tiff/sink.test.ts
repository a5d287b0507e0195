import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromFile } from 'geotiff';
import { IoError } from '../../src/errors.js';
import type { ByteSink } from '../../src/io/byte-sink.js';
import { openFile } from '../../src/io/file-source.js';
import { cellCount } from '../../src/raster/grid.js';
import { BlockIndex } from '../../src/tiff/block-index.js';
import { TiffSink } from '../../src/tiff/sink.js';
import { openTiff } from '../../src/tiff/source.js';
import { tileGrid, type TiffOutput } from '../../src/tiff/tile-layout.js';
import { temporaryFolder } from '../oracle/support/folder.js';
import { numberOf, readDirectories } from '../oracle/support/tiff-reader.js';
import { memorySink } from './memory.js';
import { outputWith } from './outputs.js';

const folder = temporaryFolder();
const TILE_BYTES = 16 * 16;

/** Uncompressed tiles of one value each, a single run of cells. */
function tilesOf(...values: number[]): Uint8Array {
  return Uint8Array.from({ length: values.length * TILE_BYTES }, (_, i) => values[Math.floor(i / TILE_BYTES)]);
}

describe('tiles lie in the file', () => {
  test('row by row, behind the head, without gaps', async () => {
    const sink = memorySink();
    const tiff = new TiffSink(outputWith(), sink);
    const headBytes = tiff.length;
    // 3 x 2 tiles of 16 x 16: one row at once, the next in two tasks.
    await tiff.write({ col: 0, row: 0, cols: 3, rows: 1 }, Uint8Array.of(1, 2, 2, 3), [1, 2, 1]);
    await tiff.write({ col: 0, row: 1, cols: 2, rows: 1 }, Uint8Array.of(4, 5), [1, 1]);
    await tiff.write({ col: 2, row: 1, cols: 1, rows: 1 }, Uint8Array.of(6, 6, 6), [3]);
    await tiff.finish();
    const file = sink.contents();
    const [tags] = readDirectories(file);
    assert.deepEqual(tags.get(324), [0, 1, 3, 4, 5, 6].map((at) => headBytes + at));
    assert.deepEqual(tags.get(325), [1, 2, 1, 1, 1, 3]);
    assert.deepEqual([...file.subarray(headBytes)], [1, 2, 2, 3, 4, 5, 6, 6, 6]);
    assert.equal(tiff.length, file.length);
    assert.equal(sink.writes.at(-1)?.position, 0, 'the head comes last');
  });

  test('the planes of a cell and then its mask together', async () => {
    const sink = memorySink();
    const profile = { bands: 2, mask: true, interleave: 'band', width: 32, height: 16 } as const;
    const tiff = new TiffSink(outputWith({ profile, layout: { interleave: 'band' } }), sink);
    const start = tiff.length;
    await tiff.write({ col: 0, row: 0, cols: 2, rows: 1 }, Uint8Array.of(1, 2, 2, 3, 4, 5, 5), [1, 2, 1, 1, 0, 2]);
    await tiff.finish();
    const [image, mask] = readDirectories(sink.contents());
    // Plane by plane in the arrays; 0 for the second cell's second plane, which is left out.
    assert.deepEqual(image.get(324), [start, start + 4, start + 1, 0]);
    assert.deepEqual(image.get(325), [1, 1, 2, 0]);
    assert.deepEqual([mask.get(324), mask.get(325)], [[start + 3, start + 5], [1, 2]]);
    assert.equal(numberOf(mask, 254), 4);
  });

  test('nowhere, where all are left out', async () => {
    const sink = memorySink();
    const tiff = new TiffSink(outputWith(), sink);
    await tiff.write({ col: 0, row: 0, cols: 3, rows: 2 }, new Uint8Array(0), [0, 0, 0, 0, 0, 0]);
    await tiff.finish();
    assert.deepEqual(sink.writes.map(({ position }) => position), [0]);
    assert.deepEqual(readDirectories(sink.contents())[0].get(324), [0, 0, 0, 0, 0, 0]);
  });
});

/** A file with holes for what is not written: it takes little room on the disk, however long it is. */
function sparseFile(path: string): ByteSink & { close: () => void } {
  const fd = openSync(path, 'w');
  return {
    write: (position, bytes) => {
      writeSync(fd, bytes, 0, bytes.length, position);
      return Promise.resolve();
    },
    insert: () => Promise.reject(new Error('not for overviews')),
    flush: () => Promise.resolve(),
    publish: () => Promise.resolve(),
    discard: () => Promise.resolve(),
    close: () => closeSync(fd),
  };
}

/** Writes a file whose first two tiles take 3 GB each, all of it a hole, and whose further ones are of one value each. */
async function writeHuge(path: string, output: TiffOutput): Promise<void> {
  const file = sparseFile(path);
  const tiff = new TiffSink(output, file);
  await tiff.write({ col: 0, row: 0, cols: 2, rows: 1 }, new Uint8Array(0), [3e9, 3e9]);
  await tiff.write({ col: 2, row: 0, cols: 1, rows: 1 }, tilesOf(7), [TILE_BYTES]);
  await tiff.write({ col: 0, row: 1, cols: 3, rows: 1 }, tilesOf(8, 9, 10), [TILE_BYTES, TILE_BYTES, TILE_BYTES]);
  await tiff.finish();
  file.close();
}

describe('places beyond 4 GiB', () => {
  const path = join(folder, 'huge.tif');
  const output = outputWith({ layout: { bigTiff: true } });

  test('are read back by rastq and by geotiff', async () => {
    await writeHuge(path, output);
    const source = openFile(path);
    const { header, image } = await openTiff(source, { page: 1 });
    const index = new BlockIndex(source, image, header.little);
    const places: number[] = [];
    for (const [i, [col, row]] of [[2, 0], [0, 1], [1, 1], [2, 1]].entries()) {
      const { position, length } = await index.locate({ plane: 0, col, row });
      const tile = new Uint8Array(length);
      await source.read(position, tile);
      assert.deepEqual(tile, tilesOf(7 + i));
      places.push(position);
    }
    assert.ok(places.every((position) => position > 6e9));
    await source.close();

    const tiff = await fromFile(path);
    const page = await tiff.getImage();
    const read = await page.readRasters({ window: [0, 16, 40, 20], interleave: false });
    const band = read[0] as Uint8Array;
    assert.deepEqual([band[0], band[16], band[32], band[39]], [8, 9, 10, 10]);
    const corner = await page.readRasters({ window: [32, 0, 40, 16], interleave: false });
    assert.ok((corner[0] as Uint8Array).every((value) => value === 7));
    await tiff.close();
  });

  test('are refused in a classic TIFF, before they are written', async () => {
    const sink = memorySink();
    const classic = outputWith();
    assert.equal(cellCount(tileGrid(classic.profile, classic.layout)), 6);
    const tiff = new TiffSink(classic, sink);
    await tiff.write({ col: 0, row: 0, cols: 1, rows: 1 }, new Uint8Array(0), [3e9]);
    await assert.rejects(tiff.write({ col: 1, row: 0, cols: 1, rows: 1 }, tilesOf(1), [3e9]), (error) => {
      assert.ok(error instanceof IoError);
      assert.match(error.message, /BIGTIFF=YES/);
      return true;
    });
    assert.equal(sink.writes.length, 0);
  });
});
