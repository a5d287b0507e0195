import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Decoder, EncodedImage } from '../../src/codecs/codec.js';
import { codecByName } from '../../src/codecs/load.js';
import { decoded } from './support.js';

const PYTHON = '/usr/bin/python3';
const missing = spawnSync(PYTHON, ['-c', 'import osgeo.gdal']).status !== 0;
const skip = missing && !process.env.RASTQ_REQUIRE_ORACLES ? `${PYTHON} has no osgeo.gdal` : false;

/** Writes files of one codec, and what GDAL reads of each of their blocks; prints the blocks as JSON. */
const WRITE = `
import json, sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
gdal.PushErrorHandler('CPLQuietErrorHandler')
folder, codec = sys.argv[1:]
WIDTH, HEIGHT = 160, 112
TILES = ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=48']
STRIPS = ['BLOCKYSIZE=40']
rng = np.random.default_rng(7)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
waves = np.stack([128 + 90 * np.sin(x / (9 + band)) * np.cos(y / (13 + 3 * band)) for band in range(4)])
noisy = waves + rng.normal(0, 6, waves.shape)
scene = np.clip(noisy, 0, 255).astype('uint8')
mask = np.where(scene[3] > 100, 255, 0).astype('uint8')
files = []

def add(array, options, photometric=1, layout=TILES):
    files.append((array, ['COMPRESS=' + codec] + layout + options, photometric))

if codec == 'JPEG':
    for quality in (20, 75, 98):
        level = ['JPEG_QUALITY=%d' % quality]
        for layout in (TILES, STRIPS):
            add(scene[:3], level + ['PHOTOMETRIC=YCBCR'], 6, layout)
            add(scene[:3], level + ['PHOTOMETRIC=RGB'], 2, layout)
            add(scene, level + ['PHOTOMETRIC=CMYK'], 5, layout)
            add(scene[:1], level, 1, layout)
        add(scene, level + ['PHOTOMETRIC=RGB', 'ALPHA=YES'], 2)
        add(scene[:2], level)
        add(scene[:3], level + ['INTERLEAVE=BAND'])
    for mode in range(4):
        for bands, name, photometric in ((1, 'MINISBLACK', 1), (3, 'YCBCR', 6), (4, 'CMYK', 5)):
            add(scene[:bands], ['JPEGTABLESMODE=%d' % mode, 'PHOTOMETRIC=' + name], photometric)
elif codec == 'WEBP':
    opaque = np.full_like(mask, 255)
    for options in (['WEBP_LOSSLESS=YES'], ['WEBP_LEVEL=30'], ['WEBP_LEVEL=90']):
        for layout in (TILES, STRIPS):
            for bands in (scene[:3], scene, [*scene[:3], mask], [*scene[:3], opaque], np.full_like(scene[:3], 9)):
                add(np.stack(bands), options, 2, layout)
else:
    for error in ('0', '0.7'):
        options = ['MAX_Z_ERROR=' + error]
        for dtype, scale, shift in (('uint8', 1, 0), ('int8', 1, -128), ('uint16', 250, 0), ('int16', 250, -32000),
                                    ('uint32', 1e7, 0), ('int32', 1e7, -1e9), ('float32', 1.7, -99), ('float64', 1e9, 0)):
            values = np.clip(noisy, 0, 255) * scale + shift
            add(values[:1].astype(dtype), options)
            add(values[:3].astype(dtype), options, layout=STRIPS)
            add(values[:3].astype(dtype), options + ['INTERLEAVE=BAND'])
            if dtype.startswith('float'):
                gaps = np.where(mask == 0, np.nan, values).astype(dtype)
                add(gaps[:1], options)
                add(np.stack([gaps[0], values[1]]).astype(dtype), options)
                add(gaps[:2], options + ['INTERLEAVE=BAND'])
                add(np.full_like(gaps[:1], np.nan), options)
        add(np.stack([*scene[:3], mask]), options + ['PHOTOMETRIC=RGB', 'ALPHA=YES'])
        add(np.stack([scene[0], mask]), options + ['ALPHA=YES'])
        add(scene, options + ['PHOTOMETRIC=RGB', 'ALPHA=YES'])
        add(np.full((1, HEIGHT, WIDTH), 5, 'uint16'), options)

blocks = []
for number, (array, options, photometric) in enumerate(files):
    path = f'{folder}/{number}.tif'
    stored = array.view('uint8') if array.dtype == 'int8' else array
    kinds = dict(uint8=gdal.GDT_Byte, uint16=gdal.GDT_UInt16, int16=gdal.GDT_Int16, uint32=gdal.GDT_UInt32,
                 int32=gdal.GDT_Int32, float32=gdal.GDT_Float32, float64=gdal.GDT_Float64)
    signed = ['PIXELTYPE=SIGNEDBYTE'] if array.dtype == 'int8' else []
    dataset = gdal.GetDriverByName('GTiff').Create(path, WIDTH, HEIGHT, len(array), kinds[stored.dtype.name], options + signed)
    for index, band in enumerate(stored):
        dataset.GetRasterBand(index + 1).WriteArray(band)
    dataset = None
    # Without the prefix, GDAL makes RGBA of CMYK.
    dataset = gdal.Open('GTIFF_RAW:' + path)
    planar = 'INTERLEAVE=BAND' in options
    for group in ([[band + 1] for band in range(len(array))] if planar else [list(range(1, len(array) + 1))]):
        band = dataset.GetRasterBand(group[0])
        width, height = band.GetBlockSize()
        for row in range(-(-HEIGHT // height)):
            for column in range(-(-WIDTH // width)):
                item = lambda what: int(band.GetMetadataItem(f'BLOCK_{what}_{column}_{row}', 'TIFF') or 0)
                columns = min(width, WIDTH - column * width)
                rows = min(height, HEIGHT - row * height)
                pixels = np.stack([dataset.GetRasterBand(g).ReadAsArray(column * width, row * height, columns, rows)
                                   for g in group], axis=-1)
                raw = f'{folder}/{number}-{len(blocks)}.raw'
                pixels.tofile(raw)
                blocks.append(dict(path=path, options=options, offset=item('OFFSET'), size=item('SIZE'), raw=raw,
                                   width=width, rows=height if 'TILED=YES' in options else rows, columns=columns,
                                   bands=len(group), bits=array.dtype.itemsize * 8, dtype=array.dtype.name,
                                   photometric=photometric, tables=band.GetMetadataItem('JPEGTABLES', 'TIFF')))
print(json.dumps(blocks))
`;

interface Block {
  readonly path: string;
  readonly options: readonly string[];
  /** In the file, in bytes; a size of 0: GDAL left the block out. */
  readonly offset: number;
  readonly size: number;
  /** The file of what GDAL reads of it: `columns` of each row, and as many rows as the image has. */
  readonly raw: string;
  readonly columns: number;
  /** Columns and rows as stored. */
  readonly width: number;
  readonly rows: number;
  readonly bands: number;
  readonly bits: number;
  readonly dtype: string;
  readonly photometric: number;
  /** JPEGTables, in hexadecimal. */
  readonly tables: string | null;
}

const PACKINGS: Readonly<Record<string, number>> = { LERC: 0, LERC_DEFLATE: 1, LERC_ZSTD: 2 };

function imageOf({ width, bands, bits, dtype, photometric, tables }: Block, compress: string): EncodedImage {
  return {
    width,
    bands,
    bits,
    kind: dtype.replace(/\d+/, '') as EncodedImage['kind'],
    photometric,
    jpegTables: tables === null ? null : Buffer.from(tables, 'hex'),
    lercParameters: compress in PACKINGS ? [4, PACKINGS[compress]] : null,
  };
}

// Equal to the last bit, JPEG too: GDAL is built with libjpeg-turbo, which rounds the same everywhere.
describe('GDAL reads blocks of images as we do', { skip }, () => {
  let folder = '';
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'rastq-images-'))));
  after(() => rmSync(folder, { recursive: true }));

  for (const compress of ['JPEG', 'WEBP', 'LERC', 'LERC_DEFLATE', 'LERC_ZSTD']) {
    it(compress, async () => {
      const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', WRITE, folder, compress], { encoding: 'utf8', maxBuffer: 1 << 26 });
      assert.equal(status, 0, stderr || 'python crashed');
      const codec = await codecByName(compress.replace(/_.*/, ''));
      assert.ok(codec);
      let compared = 0;
      const opened = new Map<string, Decoder>();
      for (const block of JSON.parse(stdout) as Block[]) {
        if (block.size === 0) continue;
        const decode = opened.get(block.path) ?? (await codec.openDecoder(imageOf(block, compress)));
        opened.set(block.path, decode);
        const stream = readFileSync(block.path).subarray(block.offset, block.offset + block.size);
        const pixelBytes = (block.bands * block.bits) / 8;
        const rowBytes = block.width * pixelBytes;
        const got = decoded({ decode }, stream, block.rows * rowBytes);
        assert.equal(got.length, block.rows * rowBytes);
        assert.ok(got.length <= stream.length * codec.maxRatio, 'more than maxRatio');
        const wanted = readFileSync(block.raw);
        const kept = block.columns * pixelBytes;
        for (let row = 0; row * kept < wanted.length; row++) {
          const ours = got.subarray(row * rowBytes, row * rowBytes + kept);
          const theirs = wanted.subarray(row * kept, (row + 1) * kept);
          assert.ok(Buffer.compare(ours, theirs) === 0, `${block.options.join(' ')} ${block.dtype}: row ${row} at ${block.offset}`);
        }
        compared++;
      }
      assert.ok(compared > 150, `only ${compared} blocks`);
    });
  }
});
