import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { codecByName } from '../../src/codecs/load.js';
import { plainLzw } from './streams.js';
import { IMAGERY, NOISE, RUNS, bytesOf, decoded, encoded, open, opened, same } from './support.js';

const PYTHON = '/usr/bin/python3';
const missing = spawnSync(PYTHON, ['-c', 'import osgeo.gdal']).status !== 0;
const skip = missing && !process.env.RASTQ_REQUIRE_ORACLES ? `${PYTHON} has no osgeo.gdal` : false;

/** Runs a script; it gets the folder as its argument and prints JSON. */
function python(script: string, folder: string): unknown {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script, folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr || 'python crashed');
  return JSON.parse(stdout);
}

const SIZE = 128;
const WRITE = `
import json, sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
rng = np.random.default_rng(1)
rows, columns = np.mgrid[0:256, 0:256]
smooth = 1000 + 300 * np.sin(columns / 40.0) + rows
arrays = {
    'noise': (smooth + rng.normal(0, 30, rows.shape)).astype('uint16'),
    'smooth': smooth.astype('uint16'),
    'flat': np.where(columns > 200, 7, 0).astype('uint8'),
    'bytes': rng.integers(0, 256, rows.shape).astype('uint8'),
}
found = []
for name, array in arrays.items():
    for compress in ('NONE', 'LZW', 'DEFLATE', 'PACKBITS', 'ZSTD'):
        for predictor in (1, 2) if compress not in ('NONE', 'PACKBITS') else (1,):
            path = f'{sys.argv[1]}/{name}-{compress}-{predictor}.tif'
            kind = gdal.GDT_UInt16 if array.itemsize == 2 else gdal.GDT_Byte
            options = ['TILED=YES', 'BLOCKXSIZE=${SIZE}', 'BLOCKYSIZE=${SIZE}', 'COMPRESS=' + compress]
            if predictor == 2:
                options.append('PREDICTOR=2')
            dataset = gdal.GetDriverByName('GTiff').Create(path, 256, 256, 1, kind, options)
            dataset.GetRasterBand(1).WriteArray(array)
            dataset = None
            dataset = gdal.Open(path)
            band = dataset.GetRasterBand(1)
            for y in (0, 1):
                for x in (0, 1):
                    item = lambda what: int(band.GetMetadataItem(f'BLOCK_{what}_{x}_{y}', 'TIFF') or 0)
                    tile = array[y * ${SIZE}:(y + 1) * ${SIZE}, x * ${SIZE}:(x + 1) * ${SIZE}]
                    raw = f'{path}-{x}-{y}.raw'
                    tile.tofile(raw)
                    found.append(dict(path=path, compress=compress, predictor=predictor, offset=item('OFFSET'),
                                      size=item('SIZE'), raw=raw, bytes=array.itemsize))
print(json.dumps(found))
`;

interface Tile {
  readonly path: string;
  readonly compress: string;
  readonly predictor: number;
  /** Where the tile stands in the file, in bytes; 0 where GDAL left it out, which means zeros. */
  readonly offset: number;
  readonly size: number;
  /** The file of its pixels. */
  readonly raw: string;
  /** Of a pixel. */
  readonly bytes: number;
}

/** Adds up the differences that predictor 2 left in each row. */
function undoDifferences(raw: Uint8Array, pixelBytes: number): void {
  const pixels = pixelBytes === 2 ? new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2) : raw;
  for (let at = 0; at < pixels.length; at++) if (at % SIZE > 0) pixels[at] += pixels[at - 1];
}

interface Layout {
  readonly compression: number;
  readonly tiled: boolean;
  readonly width: number;
  readonly height: number;
}

/** A little-endian TIFF of one strip or tile of 8-bit pixels. */
function tiff(block: Uint8Array, { compression, tiled, width, height }: Layout): Buffer {
  const at = 8 + 2 + 10 * 12 + 4;
  const place = tiled
    ? [[322, width], [323, height], [324, at], [325, block.length]]
    : [[273, at], [278, height], [279, block.length]];
  const image = [[256, width], [257, height], [258, 8], [259, compression], [262, 1], [277, 1]];
  const tags = [...image, ...place].sort(([a], [b]) => a - b);
  const header = Buffer.alloc(at);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(8, 4);
  header.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, value], index) => {
    header.writeUInt16LE(tag, 10 + index * 12);
    header.writeUInt16LE(4, 12 + index * 12);
    header.writeUInt32LE(1, 14 + index * 12);
    header.writeUInt32LE(value, 18 + index * 12);
  });
  return Buffer.concat([header, block]);
}

const READ = `
import json, sys
from osgeo import gdal
gdal.UseExceptions()
names = json.load(open(sys.argv[1] + '/names.json'))
for name in names:
    gdal.Open(f'{sys.argv[1]}/{name}.tif').ReadAsArray().tofile(f'{sys.argv[1]}/{name}.raw')
print(len(names))
`;

describe('GDAL', { skip }, () => {
  let folder = '';
  before(() => void (folder = mkdtempSync(join(tmpdir(), 'rastq-codecs-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('wrote tiles that we read', async () => {
    const tiles = python(WRITE, folder) as Tile[];
    let read = 0;
    for (const { path, compress, predictor, offset, size, raw, bytes } of tiles) {
      if (offset === 0) continue;
      const stream = readFileSync(path).subarray(offset, offset + size);
      const wanted = readFileSync(raw);
      const codecs = await opened(compress);
      const got = decoded(codecs, stream, wanted.length).slice();
      if (predictor === 2) undoDifferences(got, bytes);
      same(got, wanted, `${path} at ${offset}`);
      // libtiff's encoder adds clears of its own, and misses no string.
      if (compress === 'LZW' && predictor === 1) assert.ok(encoded(codecs, wanted).length <= 1.02 * stream.length, path);
      read++;
    }
    assert.ok(read > 80, `only ${read} tiles`);
  });

  it('reads blocks that we wrote, and old-style LZW as we do', async () => {
    const width = 320;
    const mixed = bytesOf(6400, (at) => (at % 7 < 3 ? 1 : at));
    const raws = [NOISE.subarray(0, 320_000), IMAGERY.subarray(0, 320 * 208), RUNS.subarray(0, 64_000), mixed];
    raws.push(new Uint8Array(80_000));
    const wanted = new Map<string, Uint8Array>();
    for (const [index, raw] of raws.entries()) {
      const height = raw.length / width;
      const write = (name: string, block: Uint8Array, layout: Layout): void => {
        writeFileSync(join(folder, `${name}.tif`), tiff(block, layout));
        wanted.set(name, raw);
      };
      for (const name of ['none', 'lzw', 'deflate', 'packbits', 'zstd']) {
        const codec = await codecByName(name);
        assert.ok(codec);
        const block = encoded(await open(codec), raw);
        for (const compression of codec.tags) {
          write(`${name}-${compression}-${index}-strip`, block, { compression, tiled: false, width, height });
        }
        if (raw.length !== 320 * 208) continue;
        write(`${name}-tile`, block, { compression: codec.tags[0], tiled: true, width: 320, height: 208 });
      }
      if (raw.length > 70_000) continue;
      const old = plainLzw(raw, { lsbFirst: true, early: false, clearAt: 4095 });
      write(`old-${index}`, old, { compression: 5, tiled: false, width, height });
    }
    writeFileSync(join(folder, 'names.json'), JSON.stringify([...wanted.keys()]));
    assert.equal(python(READ, folder), wanted.size);
    for (const [name, raw] of wanted) same(readFileSync(join(folder, `${name}.raw`)), raw, name);
  });
});
