"""Writes GeoTIFFs by GDAL into a folder: random layouts, codecs and values, and all that goes with a real file.

Reads {folder, count, seed} from stdin, prints a list of {path, what}.
"""

import json
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
TYPES = {
    'uint8': gdal.GDT_Byte, 'uint16': gdal.GDT_UInt16, 'int16': gdal.GDT_Int16, 'uint32': gdal.GDT_UInt32,
    'int32': gdal.GDT_Int32, 'float32': gdal.GDT_Float32, 'float64': gdal.GDT_Float64,
}


def values(rng, dtype, shape):
    """Hills with noise over the better part of the type's range; floats with what is no number in them."""
    rows, cols = np.mgrid[0:shape[0], 0:shape[1]]
    hills = np.sin(cols / 17.0) + np.cos(rows / 23.0) + rng.normal(0, 0.1, shape)
    hills = (hills - hills.min()) / (hills.max() - hills.min())
    if np.issubdtype(np.dtype(dtype), np.floating):
        array = (hills * 1e4 - 3e3).astype(dtype)
        array[rng.random(shape) < 0.02] = rng.choice([np.nan, np.inf, -np.inf])
        return array
    info = np.iinfo(dtype)
    return (info.min * 0.5 + hills * (info.max * 0.9 - info.min * 0.5)).astype(dtype)


def options_of(rng, dtype):
    words = ['COMPRESS=' + str(rng.choice(['NONE', 'LZW', 'DEFLATE', 'ZSTD', 'PACKBITS']))]
    if words[0].split('=')[1] in ('LZW', 'DEFLATE', 'ZSTD') and rng.random() < 0.7:
        floats = np.issubdtype(np.dtype(dtype), np.floating)
        words.append('PREDICTOR=' + ('3' if floats else '2'))
    if rng.random() < 0.6:
        words += ['TILED=YES', f'BLOCKXSIZE={rng.choice([16, 64, 128])}', f'BLOCKYSIZE={rng.choice([32, 48, 256])}']
    elif rng.random() < 0.7:
        words.append(f'BLOCKYSIZE={rng.integers(1, 60)}')
    words.append('INTERLEAVE=' + str(rng.choice(['PIXEL', 'BAND'])))
    # GDAL 3.6 does not read back what it writes of predictor 3 in big-endian files.
    words.append('ENDIANNESS=' + ('LITTLE' if 'PREDICTOR=3' in words else str(rng.choice(['LITTLE', 'BIG']))))
    words.append('BIGTIFF=' + str(rng.choice(['YES', 'NO'])))
    words.append('SPARSE_OK=' + str(rng.choice(['TRUE', 'FALSE'])))
    return words


def write(path, rng):
    dtype = str(rng.choice(list(TYPES)))
    width, height, bands = (int(n) for n in (rng.integers(1, 300), rng.integers(1, 260), rng.integers(1, 6)))
    options = options_of(rng, dtype)
    dataset = gdal.GetDriverByName('GTiff').Create(path, width, height, bands, TYPES[dtype], options)
    if rng.random() < 0.8:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(int(rng.choice([4326, 32633, 3857, 2154, 3031])))
        dataset.SetSpatialRef(srs)
        dataset.SetGeoTransform([rng.normal() * 1e6, 10, 0, rng.normal() * 1e6, 0, -10])
    dataset.SetMetadataItem('AREA_OR_POINT', str(rng.choice(['Area', 'Point'])))
    dataset.SetMetadataItem('TIFFTAG_SOFTWARE', 'GDAL & <friends>')
    dataset.SetMetadataItem('A key', 'äöü "quoted" <b> & more\nof it')
    dataset.SetMetadataItem('IN_DOMAIN', 'x', 'OTHER')
    nodata = None
    if rng.random() < 0.6:
        nodata = 7.0 if not dtype.startswith('float') else float(rng.choice([-9999.0, np.nan, 0.1]))
    for number in range(1, bands + 1):
        band = dataset.GetRasterBand(number)
        array = values(rng, dtype, (height, width))
        if nodata is not None:
            band.SetNoDataValue(nodata)
            array[: height // 3, : width // 2] = nodata
        band.WriteArray(array)
        band.SetDescription(f'Band {number} & so on')
        band.SetScale(0.1)
        band.SetOffset(-5.0)
        band.SetUnitType('K')
        band.SetMetadataItem('WAVELENGTH', str(number))
    if rng.random() < 0.5:
        dataset.FlushCache()
        for number in range(1, bands + 1):
            dataset.GetRasterBand(number).ComputeStatistics(False)
    if rng.random() < 0.3 and min(width, height) > 8:
        dataset.FlushCache()
        dataset.BuildOverviews('NEAREST', [2])
    return f'{width} x {height} x {bands} {dtype}, nodata {nodata}, {" ".join(options)}'


case = json.load(sys.stdin)
made = []
for i in range(case['count']):
    name = os.path.join(case['folder'], f'gdal-{i}.tif')
    made.append({'path': name, 'what': write(name, np.random.default_rng([case['seed'], i]))})
print(json.dumps(made))
