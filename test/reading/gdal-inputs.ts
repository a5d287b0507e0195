/**
 * Python that has GDAL make inputs of every kind of validity and depth in the folder given, and prints what each is:
 * its name, the words that `normalize` is run with, and the file that GDAL reads the same pixels from.
 */
export const MAKE_INPUTS = `
import json, sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption('CPL_LOG', '/dev/null')
folder = sys.argv[1]
rng = np.random.default_rng(7)
H, W = 280, 300
rows, columns = np.mgrid[0:H, 0:W]
hole = (rows - 100) ** 2 + (columns - 140) ** 2 < 60 ** 2
hole[:, 290:] = True
cases = []
driver = gdal.GetDriverByName('GTiff')
TILED = ['TILED=YES', 'BLOCKXSIZE=128', 'BLOCKYSIZE=64']

def path(name):
    return f'{folder}/{name}.tif'

def make(name, arrays, kind, options=(), nodata=None, words=(), mask=None, reference=None):
    dataset = driver.Create(path(name), W, H, len(arrays), kind, list(options))
    for number, array in enumerate(arrays, 1):
        band = dataset.GetRasterBand(number)
        if nodata is not None:
            band.SetNoDataValueAsInt64(nodata) if kind == gdal.GDT_Int64 else band.SetNoDataValueAsUInt64(nodata) if kind == gdal.GDT_UInt64 else band.SetNoDataValue(nodata)
    if mask is not None:
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(np.where(mask, 0, 255).astype('uint8'))
    for number, array in enumerate(arrays, 1):
        dataset.GetRasterBand(number).WriteArray(array)
    dataset = None
    cases.append(dict(name=name, words=list(words), reference=reference or path(name)))

def noise(low, high, dtype):
    smooth = (np.sin(columns / 30) + np.cos(rows / 50) + 2) / 4
    grain = rng.random((H, W))
    return (low + (high - low) * (smooth * 0.8 + grain * 0.2)).astype(dtype)

gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'YES')
for layout, options in (('tiles', TILED + ['COMPRESS=DEFLATE']), ('strips', []), ('planar', ['INTERLEAVE=BAND', 'COMPRESS=LZW'])):
    bands = 3 if layout == 'planar' else 1
    make(f'mask-{layout}', [noise(0, 3000, 'uint16') for _ in range(bands)], gdal.GDT_UInt16, options, mask=hole)
make('mask-float', [noise(-5, 9, 'float32')], gdal.GDT_Float32, TILED, mask=hole)
make('mask-all', [noise(0, 99, 'uint8')], gdal.GDT_Byte, TILED, mask=np.ones((H, W), bool))
gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'NO')
make('msk', [noise(0, 3000, 'int16'), noise(5, 90, 'int16')], gdal.GDT_Int16, TILED, mask=hole)

alpha = np.where(hole, 0, 1 + columns % 255).astype('uint8')
colours = [noise(0, 255, 'uint8') for _ in range(3)]
for layout in ('PIXEL', 'BAND'):
    own = [f'INTERLEAVE={layout}', 'PHOTOMETRIC=RGB', 'ALPHA=YES', 'COMPRESS=DEFLATE']
    make(f'rgba8-{layout}', colours + [alpha], gdal.GDT_Byte, own + TILED)
    make(f'rgba16-{layout}', [c.astype('uint16') * 200 for c in colours] + [alpha.astype('uint16') * 257], gdal.GDT_UInt16, own)
make('rgba8-premultiplied', colours + [alpha], gdal.GDT_Byte, ['PHOTOMETRIC=RGB', 'ALPHA=PREMULTIPLIED'])
make('grey-alpha', [colours[0], alpha], gdal.GDT_Byte, ['ALPHA=YES'] + TILED)
make('grey-alpha-to-byte', [colours[0], alpha], gdal.GDT_Byte, ['ALPHA=YES'], words=['--dtype', 'uint8', '--range', '0,200'])
make('rgba16-to-byte', [c.astype('uint16') for c in colours] + [alpha.astype('uint16')], gdal.GDT_UInt16,
     ['PHOTOMETRIC=RGB', 'ALPHA=YES'], words=['--dtype', 'uint8', '--range', '0,200'])
make('rgba8-to-float', colours + [alpha], gdal.GDT_Byte, ['PHOTOMETRIC=RGB', 'ALPHA=YES'], words=['--dtype', 'float32', '--range', '0,1'])


make('nodata-out-of-range', [noise(0, 255, 'uint8')], gdal.GDT_Byte, TILED, nodata=-9999)
make('nodata-zero', [np.where(hole, 0, noise(1, 255, 'uint8')), np.where(hole[::-1], 0, noise(1, 255, 'uint8'))], gdal.GDT_Byte, TILED, nodata=0)
make('nodata-nan', [np.where(hole, np.nan, noise(-1, 1, 'float32'))], gdal.GDT_Float32, TILED + ['COMPRESS=LZW', 'PREDICTOR=3'], nodata=float('nan'))
make('nan-without-nodata', [np.where(hole, np.nan, noise(-1, 1, 'float64'))], gdal.GDT_Float64, ['COMPRESS=ZSTD'])
plain = noise(0, 900, 'int16')
plain[hole] = -5
make('aux-nodata', [plain], gdal.GDT_Int16, TILED)
open(path('aux-nodata') + '.aux.xml', 'w').write('<PAMDataset><PAMRasterBand band="1"><NoDataValue>-5</NoDataValue></PAMRasterBand></PAMDataset>')

for kind, dtype, low, high in ((gdal.GDT_Int64, 'int64', -2.0 ** 62, 2.0 ** 62), (gdal.GDT_UInt64, 'uint64', 0, 2.0 ** 63.9)):
    for predictor in (1, 2):
        big = noise(low, high, 'float64').astype(dtype)
        make(f'{dtype}-{predictor}', [big], kind, TILED + ['COMPRESS=DEFLATE', f'PREDICTOR={predictor}'])
    small = noise(1, 5000, dtype)
    small[hole] = 0
    make(f'{dtype}-nodata-0', [small], kind, ['COMPRESS=LZW'], nodata=0)
    last = int(np.iinfo(dtype).max)
    small[hole] = last
    make(f'{dtype}-nodata-last', [small], kind, [], nodata=last)
    small[hole] = 0
    make(f'{dtype}-to-same', [small], kind, [], nodata=0, words=['--dtype', dtype])

for bits in list(range(1, 8)) + list(range(9, 16)) + [17, 20, 23, 24, 25, 28, 31]:
    kind, dtype = (gdal.GDT_Byte, 'uint8') if bits < 8 else (gdal.GDT_UInt16, 'uint16') if bits < 16 else (gdal.GDT_UInt32, 'uint32')
    values = lambda: noise(0, 2 ** bits - 0.01, dtype)
    make(f'nbits-{bits}', [values()], kind, [f'NBITS={bits}'])
    make(f'nbits-{bits}-rgb', [values() for _ in range(3)], kind, [f'NBITS={bits}', 'COMPRESS=LZW', 'PHOTOMETRIC=RGB'] + TILED)
for bits in (1, 12, 24):
    kind, dtype = {1: (gdal.GDT_Byte, 'uint8'), 12: (gdal.GDT_UInt16, 'uint16'), 24: (gdal.GDT_UInt32, 'uint32')}[bits]
    make(f'nbits-{bits}-planar-big', [noise(0, 2 ** bits - 0.01, dtype) for _ in range(2)], kind, [f'NBITS={bits}', 'INTERLEAVE=BAND', 'ENDIANNESS=BIG'])
make('float16', [noise(-3, 7, 'float32')], gdal.GDT_Float32, ['NBITS=16'] + TILED)
make('float16-big', [noise(-3, 7, 'float32'), noise(0, 1e-6, 'float32')], gdal.GDT_Float32, ['NBITS=16', 'ENDIANNESS=BIG', 'COMPRESS=DEFLATE', 'PREDICTOR=2'])

for bits in (8, 4, 1):
    table = gdal.ColorTable()
    for index in range(2 ** bits):
        table.SetColorEntry(index, tuple(int(v) for v in rng.integers(0, 256, 3)) + (255,))
    indexes = noise(0, 2 ** bits - 0.01, 'uint8')
    for expand in (False, True):
        name = f'palette-{bits}' + ('-expanded' if expand else '')
        make(name, [indexes], gdal.GDT_Byte, [f'NBITS={bits}'], words=['--expand', 'rgb'] if expand else [])
        dataset = gdal.Open(path(name), gdal.GA_Update)
        dataset.GetRasterBand(1).SetColorTable(table)
        dataset = None
        if expand:
            rgb = path(f'{name}-by-gdal')
            gdal.Translate(rgb, path(name), rgbExpand='rgb')
            cases[-1]['reference'] = rgb

make('cmyk', [noise(0, 255, 'uint8') for _ in range(4)], gdal.GDT_Byte, ['PHOTOMETRIC=CMYK', 'COMPRESS=LZW'] + TILED)
make('cmyk-plain', [noise(0, 255, 'uint8') for _ in range(4)], gdal.GDT_Byte, ['PHOTOMETRIC=CMYK'])

make('pages', [noise(0, 100, 'uint8')], gdal.GDT_Byte)
second = noise(1000, 9000, 'uint16')
make('second-page', [second], gdal.GDT_UInt16)
gdal.Translate(path('pages'), path('second-page'), creationOptions=['APPEND_SUBDATASET=YES'])
cases.append(dict(name='pages', words=['--page', '2'], reference=path('second-page')))
print(json.dumps(cases))
`;
