"""How far outputs of operations are from what OpenCV, GDAL and numpy make of the whole raster.

Reads a list of {input, output, operation, params} from stdin, prints for each the share of samples that differ, the
largest difference, and the same two against OpenCV's own sums in the input's type where it is another way.
"""

import json
import sys
import warnings

import cv2
import numpy as np
import rasterio
from osgeo import gdal

gdal.UseExceptions()
warnings.simplefilter('ignore')

BLUR = np.outer([1, 4, 7, 4, 1], [1, 4, 7, 4, 1])
BLUR[1:4, 1:4] -= np.array([[0, 2, 0], [2, 8, 2], [0, 2, 0]])


def unsharp(params):
    kernel = -BLUR / 273
    kernel[2, 2] += 2
    return params['amount'] * kernel


def saturated(values, dtype):
    if dtype.startswith('float'):
        return values.astype(dtype)
    info = np.iinfo(dtype)
    return np.clip(np.rint(values), info.min, info.max).astype(dtype)


def filtered(bands, kernel, depth):
    return np.stack([cv2.filter2D(band, depth, kernel, borderType=cv2.BORDER_REFLECT_101) for band in bands])


def by_gdal(case, options):
    data = gdal.Translate('', case['input'], format='MEM', **options).ReadAsArray()
    return data if data.ndim == 3 else data[np.newaxis]


def expected(case, values, made):
    """What is wanted, in the type that was made, and what OpenCV makes of samples of the input's own type."""
    params, dtype = case['params'], str(values.dtype)
    wide = values.astype('float64')
    if case['operation'] in ('sharpen', 'convolve'):
        kernel = unsharp(params) if case['operation'] == 'sharpen' else np.array(params['kernel'], 'float64')
        return saturated(filtered(wide, kernel, cv2.CV_64F), dtype), filtered(values, kernel, -1)
    if case['operation'] == 'select-bands':
        return by_gdal(case, {'bandList': params['bands']}), None
    if case['operation'] == 'reverse-bands':
        return values[::-1], None
    if case['operation'] == 'clamp':
        return np.clip(values, params['min'], params['max']).astype(dtype), None
    assert case['operation'] == 'scale'
    return saturated(wide * params['factor'] + params['offset'], made), None


def distance(got, wanted, valid):
    difference = np.abs(got[valid].astype('float64') - wanted[valid].astype('float64'))
    scale = 1 if not str(got.dtype).startswith('float') else max(1, float(np.abs(wanted[valid]).max()))
    tolerance = 0 if scale == 1 else 1e-6
    return {'share': float((difference / scale > tolerance).mean()), 'largest': float(difference.max() / scale), 'compared': int(valid.sum())}


def compare(case):
    with rasterio.open(case['input']) as source, rasterio.open(case['output']) as output:
        values, got = source.read(), output.read()
        masks = source.read_masks() != 0
        # Not GDAL's mask: of floats it takes the nearest neighbours of the nodata value for it too.
        made = np.ones(got.shape, bool) if output.nodata is None else got != np.array(output.nodata, got.dtype)
    wanted, own = expected(case, values, str(got.dtype))
    assert wanted.shape == got.shape and wanted.dtype == got.dtype, (wanted.shape, got.shape, wanted.dtype, got.dtype)
    if case['operation'] in ('sharpen', 'convolve'):
        assert masks.all() and made.all()
        valid = masks
    else:
        # Invalid stays invalid, and nothing else becomes so.
        bands = {'select-bands': [band - 1 for band in case['params'].get('bands', [])], 'reverse-bands': list(range(len(values)))[::-1]}
        valid = masks[bands.get(case['operation'], list(range(len(values))))]
        assert (made == valid).all()
        moved = valid & (wanted == case['nodata'])
        beside = np.abs(got[moved].astype('float64') - case['nodata'])
        assert ((beside > 0) & (beside <= 1)).all()
        valid = valid & ~moved
    return {'wanted': distance(got, wanted, valid), 'own': None if own is None else distance(got, own, valid)}


print(json.dumps([compare(case) for case in json.load(sys.stdin)]))
