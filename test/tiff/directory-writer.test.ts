import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromArrayBuffer } from 'geotiff';
import { DTYPES } from '../../src/raster/dtype.js';
import { DTYPE_NAMES } from '../../src/raster/dtype.js';
import { buildHead, createIndexes, type TileIndex } from '../../src/tiff/directory-writer.js';
import { readHeader } from '../../src/tiff/ifd.js';
import { describeImage } from '../../src/tiff/image.js';
import type { CarriedTag } from '../../src/tiff/tags.js';
import type { TiffOutput } from '../../src/tiff/tile-layout.js';
import { readDirectories, textOf } from '../oracle/support/tiff-reader.js';
import { memorySource } from './memory.js';
import { outputWith } from './outputs.js';

/** A head whose tiles lie, 10 bytes each, behind one another from a given place. */
function headOf(output: TiffOutput, first = 5000): { head: Uint8Array; indexes: TileIndex[] } {
  const indexes = createIndexes(output);
  let position = first;
  for (const { offsets, byteCounts } of indexes) {
    for (let i = 0; i < offsets.length; i++, position += 10) {
      offsets[i] = position;
      byteCounts[i] = 10;
    }
  }
  return { head: buildHead(output, indexes), indexes };
}

const BY_FORMAT = { uint: 1, int: 2, float: 3 } as const;

describe('the directory is what readers find', () => {
  const outputs = fc
    .record({
      dtype: fc.constantFrom(...DTYPE_NAMES),
      width: fc.integer({ min: 1, max: 70 }),
      height: fc.integer({ min: 1, max: 50 }),
      bands: fc.integer({ min: 1, max: 5 }),
      tile: fc.tuple(fc.constantFrom(16, 32), fc.constantFrom(16, 48)).map(([w, h]) => ({ width: w, height: h })),
      interleave: fc.constantFrom<'pixel' | 'band'>('pixel', 'band'),
      mask: fc.boolean(),
      bigTiff: fc.boolean(),
      nodata: fc.constantFrom(null, 0, -9999.5, 'nan' as const),
    })
    .map(({ dtype, width, height, bands, tile, interleave, mask, bigTiff, nodata }) =>
      outputWith({ profile: { dtype, width, height, bands, nodata, mask, interleave }, layout: { tile, interleave, bigTiff } }),
    );

  test('by geotiff', async () => {
    await fc.assert(
      fc.asyncProperty(outputs, async (output) => {
        const { profile, layout } = output;
        const { head, indexes } = headOf(output);
        const tiff = await fromArrayBuffer(head.buffer as ArrayBuffer);
        assert.equal(tiff.bigTiff, layout.bigTiff);
        assert.equal(tiff.littleEndian, true);
        assert.equal(await tiff.getImageCount(), profile.mask ? 2 : 1);
        const image = await tiff.getImage(0);
        const { bytes, kind } = DTYPES[profile.dtype];
        const format = BY_FORMAT[kind];
        assert.deepEqual([image.getWidth(), image.getHeight()], [profile.width, profile.height]);
        assert.deepEqual([image.getTileWidth(), image.getTileHeight()], [layout.tile.width, layout.tile.height]);
        assert.equal(image.getSamplesPerPixel(), profile.bands);
        for (let band = 0; band < profile.bands; band++) {
          assert.equal(image.getBitsPerSample(band), bytes * 8);
          assert.equal(image.getSampleFormat(band), format);
        }
        const { nodata } = profile;
        assert.equal(image.getGDALNoData(), nodata === 'nan' ? NaN : nodata);
        assert.deepEqual(numbers(await image.fileDirectory.loadValue('TileOffsets')), [...indexes[0].offsets]);
        assert.deepEqual(numbers(await image.fileDirectory.loadValue('TileByteCounts')), [...indexes[0].byteCounts]);
        if (profile.mask) {
          const { fileDirectory } = await tiff.getImage(1);
          assert.equal(await fileDirectory.loadValue('NewSubfileType'), 4);
          assert.equal(await fileDirectory.loadValue('PhotometricInterpretation'), 4);
          assert.deepEqual(numbers(await fileDirectory.loadValue('TileOffsets')), [...indexes[1].offsets]);
        }
      }),
    );
  });

  test('by its own reader', async () => {
    await fc.assert(
      fc.asyncProperty(outputs, async (output) => {
        const { profile, layout } = output;
        const { head } = headOf(output);
        const source = memorySource(head);
        const header = await readHeader(source);
        const image = await describeImage(source, header.directories[0], header.little);
        const interleave = profile.bands === 1 ? 'pixel' : layout.interleave;
        assert.deepEqual(image.profile, { ...profile, interleave, mask: false });
        assert.deepEqual(image.stored, layout.tile);
        assert.equal(header.bigTiff, layout.bigTiff);
        assert.ok(source.reads.every(({ position, length }) => position + length <= head.length));
      }),
    );
  });

  test('with tags in ascending order, one of each, at even places', () => {
    fc.assert(
      fc.property(outputs, (output) => {
        const { head } = headOf(output);
        for (const tags of readDirectories(head)) {
          const numbers = [...tags.keys()];
          assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
          assert.equal(tags.get(339)?.[0] ?? 1, tags.has(254) ? 1 : BY_FORMAT[kindOf(output)]);
        }
        assert.equal(head.length % 2, 0);
      }),
    );
  });

  test('of the same length whatever the tiles', () => {
    fc.assert(
      fc.property(outputs, fc.nat(2 ** 31), (output, first) => {
        assert.equal(headOf(output, first).head.length, buildHead(output, createIndexes(output)).length);
      }),
    );
  });
});

const kindOf = ({ profile }: TiffOutput) => (profile.dtype.startsWith('u') ? 'uint' : profile.dtype.startsWith('i') ? 'int' : 'float');

/** A tag of one value comes as a number, else as an array. */
const numbers = (value: number | ArrayLike<number> | undefined): number[] =>
  typeof value === 'object' ? Array.from(value, Number) : [value ?? NaN];

describe('what the directory carries', () => {
  const bytes = (values: Uint8Array | Float64Array | Uint16Array): string => Buffer.from(values.buffer).toString('base64');
  const tags: CarriedTag[] = [
    { tag: 270, type: 2, count: 3, bytes: Buffer.from('hi\0').toString('base64') },
    { tag: 274, type: 3, count: 1, bytes: bytes(Uint16Array.of(6)) },
    { tag: 33550, type: 12, count: 3, bytes: bytes(Float64Array.of(0.1, 1e300, -0)) },
    { tag: 65001, type: 7, count: 5, bytes: bytes(Uint8Array.of(1, 2, 3, 254, 255)) },
  ];
  for (const bigTiff of [false, true]) {
    test(`as it was, in a ${bigTiff ? 'BigTIFF' : 'classic TIFF'}`, () => {
      const metadata = '<GDALMetadata>\n  <Item name="A">caf\u00e9</Item>\n</GDALMetadata>\n';
      const { head } = headOf(outputWith({ layout: { bigTiff, predictor: 2 }, content: { tags, metadata, photometric: 0 } }));
      const [directory] = readDirectories(head);
      assert.equal(textOf(directory, 270), 'hi');
      assert.deepEqual(directory.get(274), [6]);
      assert.deepEqual(directory.get(33550), [0.1, 1e300, -0]);
      assert.deepEqual(directory.get(65001), [1, 2, 3, 254, 255]);
      assert.equal(textOf(directory, 42112), metadata);
      assert.deepEqual([directory.get(262), directory.get(317)], [[0], [2]]);
    });
  }

  test('no more than there is', () => {
    const [directory] = readDirectories(headOf(outputWith()).head);
    for (const absent of [254, 270, 317, 338, 42112, 42113]) assert.ok(!directory.has(absent), String(absent));
  });
});
