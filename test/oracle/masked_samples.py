"""Rasters with a mask in which some bands alone are invalid, and what is valid in outputs made of them.

Reads {make: [{path, dtype, nodata}]} from stdin and makes these, or {compare: [{input, output, bands}]} and prints for each
pair the samples that are valid in one of them only, where a sample is valid by mask, nodata value and being finite.
"""

import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'YES')
ROWS, COLS, BANDS = 70, 90, 3


def make(path, dtype, nodata):
    rng = np.random.default_rng(1)
    values = rng.integers(1, 200, (BANDS, ROWS, COLS)).astype(dtype)
    for band in range(BANDS):
        values[band][rng.random((ROWS, COLS)) < 0.2] = np.nan if nodata is None else nodata
    kind = {'int16': gdal.GDT_Int16, 'float32': gdal.GDT_Float32}[dtype]
    dataset = gdal.GetDriverByName('GTiff').Create(path, COLS, ROWS, BANDS, kind, ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16', 'COMPRESS=DEFLATE'])
    dataset.WriteArray(values)
    for band in range(BANDS):
        if nodata is not None:
            dataset.GetRasterBand(band + 1).SetNoDataValue(nodata)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(np.where(rng.random((ROWS, COLS)) < 0.3, 0, 255).astype('uint8'))


def valid(path):
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    assert band.GetMaskFlags() == gdal.GMF_PER_DATASET
    values, nodata = dataset.ReadAsArray(), band.GetNoDataValue()
    mask = band.GetMaskBand().ReadAsArray() != 0
    return mask & np.isfinite(values) & (True if nodata is None else values != nodata)


def differing(case):
    before, after = valid(case['input']), valid(case['output'])
    return {'differing': int((before[case['bands']] != after).sum()), 'valid': int(after.sum())}


asked = json.load(sys.stdin)
for raster in asked.get('make', []):
    make(**raster)
json.dump([differing(case) for case in asked.get('compare', [])], sys.stdout)
