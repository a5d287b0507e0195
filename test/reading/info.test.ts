import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIXTURES_FOLDER } from '../../fixtures/fixture.js';
import { FIXTURES } from '../../fixtures/scenes.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import type { RasterInfo } from '../../src/tiff/info.js';
import { chained, setNext } from './chained.js';
import { maskOf, OVERVIEW, placed, SCENE } from './specs.js';
import { noOracles, python, rastq, temporaryFolder } from './support.js';

const folder = temporaryFolder();

/** What GDAL says of a file, in the terms of `rastq info --json`. */
interface ByGdal {
  readonly size: readonly [number, number];
  readonly types: readonly string[];
  readonly block: readonly [number, number];
  readonly nodata: string | null;
  readonly epsg: number | null;
  readonly transform: readonly number[] | null;
  readonly gcps: number;
  readonly overviews: readonly (readonly [number, number])[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly descriptions: readonly string[];
  readonly bandMetadata: readonly Readonly<Record<string, string>>[];
  readonly colours: readonly string[];
  readonly interleave: string;
}

const SCRIPT = `
import json, sys
from osgeo import gdal
gdal.UseExceptions()
found = {}
for path in sys.argv[1:]:
    dataset = gdal.Open(path)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    signed = [b.GetMetadataItem('PIXELTYPE', 'IMAGE_STRUCTURE') == 'SIGNEDBYTE' for b in bands]
    reference = dataset.GetSpatialRef() or dataset.GetGCPSpatialRef()
    nodata = bands[0].GetNoDataValue()
    found[path] = dict(
        size=[dataset.RasterXSize, dataset.RasterYSize],
        types=['int8' if s else gdal.GetDataTypeName(b.DataType).lower().replace('byte', 'uint8') for b, s in zip(bands, signed)],
        block=bands[0].GetBlockSize(),
        nodata=None if nodata is None else repr(float(nodata)),
        epsg=int(reference.GetAuthorityCode(None)) if reference and reference.GetAuthorityCode(None) else None,
        transform=dataset.GetGeoTransform(can_return_null=True),
        gcps=dataset.GetGCPCount(),
        overviews=[[o.XSize, o.YSize] for o in (bands[0].GetOverview(i) for i in range(bands[0].GetOverviewCount()))],
        metadata=dataset.GetMetadata(),
        descriptions=[b.GetDescription() for b in bands],
        bandMetadata=[b.GetMetadata() for b in bands],
        colours=[gdal.GetColorInterpretationName(b.GetColorInterpretation()).lower() for b in bands],
        interleave=dataset.GetMetadataItem('INTERLEAVE', 'IMAGE_STRUCTURE').lower(),
    )
print(json.dumps(found))
`;

/** What `rastq info` has words of its own for, or leaves out: sums of the samples. */
const OTHERWISE = /^(AREA_OR_POINT|TIFFTAG_M(IN|AX)SAMPLEVALUE)$/;

/** A scene with an overview and a mask, a second page behind it. */
function several(): Uint8Array {
  const small = { ...SCENE, width: 150, height: 140, extraTags: [OVERVIEW] };
  const page = { ...SCENE, bands: 1, dtype: 'float32' as const };
  return chained(writeTiff({ ...SCENE, extraTags: placed(32632) }), writeTiff(maskOf(SCENE, (row) => row > 9)), writeTiff(small), writeTiff(page));
}

const info = (...words: readonly string[]): RasterInfo => {
  const { code, stdout, stderr } = rastq('info', '--json', ...words);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as RasterInfo;
};

describe('info says of every fixture what GDAL says', { skip: noOracles }, () => {
  const severalPath = join(folder, 'several.tif');
  const paths = [...FIXTURES.map(({ name }) => fileURLToPath(new URL(name, FIXTURES_FOLDER))), severalPath];
  let byGdal: Record<string, ByGdal> = {};
  before(() => {
    writeFileSync(severalPath, several());
    byGdal = python(SCRIPT, ...paths) as Record<string, ByGdal>;
  });

  for (const path of paths) {
    it(path.slice(path.lastIndexOf('/') + 1), () => {
      const gdal = byGdal[path];
      const ours = info(path);
      assert.deepEqual([ours.width, ours.height], gdal.size);
      assert.deepEqual(ours.bands.map(() => ours.dtype), gdal.types);
      // Of one uncompressed strip libtiff makes several.
      const isChopped = ours.block.height === ours.height && ours.compression === 'none' && ours.layout === 'strips';
      if (!isChopped) assert.deepEqual([ours.block.width, ours.block.height], gdal.block);
      assert.equal(ours.nodata === null ? null : Number(ours.nodata === 'nan' ? 'NaN' : ours.nodata), gdal.nodata && Number(gdal.nodata));
      assert.equal(ours.crs?.epsg ?? null, gdal.epsg);
      assert.deepEqual(ours.transform, gdal.transform);
      assert.equal(ours.groundControlPoints, gdal.gcps);
      assert.deepEqual(ours.overviews.map(({ width, height }) => [width, height]), gdal.overviews);
      const named = Object.entries(gdal.metadata).filter(([name]) => !OTHERWISE.test(name));
      assert.deepEqual(ours.metadata, Object.fromEntries(named));
      assert.deepEqual(ours.bands.map(({ description }) => description ?? ''), gdal.descriptions);
      assert.deepEqual(ours.bands.map(({ metadata }) => metadata), gdal.bandMetadata);
      assert.deepEqual(ours.bands.map(({ colour }) => colour.replace('grey', 'gray')), gdal.colours);
      // GDAL calls one band band-interleaved, whatever the tag says.
      if (ours.bands.length > 1) assert.equal(ours.interleave, gdal.interleave);
      assert.equal(ours.pixelIs, gdal.metadata['AREA_OR_POINT']?.toLowerCase() ?? 'area');
    });
  }
});

describe('info of files of several images', () => {
  const path = join(folder, 'pages.tif');
  writeFileSync(path, several());

  it('tells of the pages, the mask and the overviews', () => {
    const first = info(path);
    assert.deepEqual([first.pages, first.mask, first.overviews], [2, 'internal', [{ width: 150, height: 140 }]]);
    const second = info(path, '--page', '2');
    assert.deepEqual([second.dtype, second.bands.length, second.mask, second.overviews], ['float32', 1, 'none', []]);
    assert.equal(rastq('info', path, '--page', '3').code, 2);
    const warned = (...words: string[]): boolean => rastq('normalize', path, join(folder, 'out.tif'), '--overwrite', ...words).stderr.includes('has 2 pages, the first is used');
    assert.deepEqual([warned(), warned('--page', '1'), warned('--page', '2')], [true, false, false]);
  });

  it('for people holds a line a fact', () => {
    const { stdout } = rastq('info', path);
    for (const part of ['300 x 280 pixels, 2 bands, uint16', 'internal', 'EPSG:32632', '150 x 140']) assert.ok(stdout.includes(part), part);
  });

  it('uses what comes before a pointer beyond the file, with a warning, and refuses a loop', () => {
    const beyond = writeTiff(SCENE);
    setNext(new DataView(beyond.buffer), 0, beyond.length + 1000);
    writeFileSync(join(folder, 'beyond.tif'), beyond);
    assert.equal(info(join(folder, 'beyond.tif')).pages, 1);
    const run = rastq('normalize', join(folder, 'beyond.tif'), join(folder, 'beyond-out.tif'), '--pool', 'inline');
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /beyond the file/);

    const loop = several();
    const view = new DataView(loop.buffer);
    setNext(view, view.getUint32(8 + 2 + view.getUint16(8, true) * 12, true) - 8, 8);
    writeFileSync(join(folder, 'loop.tif'), loop);
    for (const words of [['info', join(folder, 'loop.tif')], ['normalize', join(folder, 'loop.tif'), join(folder, 'loop-out.tif')]]) {
      const { code, stderr } = rastq(...words);
      assert.equal(code, 4);
      assert.match(stderr, /points back/);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    }
  });
});
