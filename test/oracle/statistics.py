"""What numpy finds in the valid pixels of rasters as GDAL reads them.

Reads a list of {path, percentiles, bins} from stdin, prints a list of a list of facts by band, alpha left out.
"""

import json
import sys
import warnings

import numpy as np
from osgeo import gdal

warnings.simplefilter('ignore')
gdal.UseExceptions()


def plain(values):
    return [float(value) if np.isfinite(value) else None for value in values]


def alpha_of(dataset):
    """The band that masks the others; None where none does."""
    count = dataset.RasterCount
    band = dataset.GetRasterBand(count)
    masks = count in (2, 4) and band.DataType in (gdal.GDT_Byte, gdal.GDT_UInt16)
    is_shadowed = band.GetMaskFlags() & gdal.GMF_NODATA
    return count if masks and not is_shadowed and band.GetColorInterpretation() == gdal.GCI_AlphaBand else None


def facts(dataset, number, percentiles, bins):
    band = dataset.GetRasterBand(number)
    array = band.ReadAsArray()
    if band.GetMetadataItem('PIXELTYPE', 'IMAGE_STRUCTURE') == 'SIGNEDBYTE':
        array = array.view(np.int8)
    nodata = band.GetNoDataValue()
    valid = np.ones(array.shape, bool) if nodata is None else array != np.array(nodata).astype(array.dtype)
    if nodata is not None and array.dtype.kind != 'f' and not np.iinfo(array.dtype).min <= nodata <= np.iinfo(array.dtype).max:
        valid[:] = True
    alpha = alpha_of(dataset)
    if alpha is not None:
        valid &= dataset.GetRasterBand(alpha).ReadAsArray() != 0
    if not band.GetMaskFlags() & gdal.GMF_NODATA:
        valid &= band.GetMaskBand().ReadAsArray() != 0
    values = array[valid & np.isfinite(array)].astype(np.float64)
    if values.size == 0:
        return {'valid': 0}
    counts, edges = np.histogram(values, bins)
    return {
        'valid': int(values.size),
        'moments': plain([values.min(), values.max(), values.mean(), values.std()]),
        'percentiles': plain(np.percentile(values, percentiles)),
        'histogram': {'counts': counts.tolist(), 'edges': plain([edges[0], edges[-1]])},
    }


def measured(asked):
    dataset = gdal.Open(asked['path'])
    bands = [n for n in range(1, dataset.RasterCount + 1) if n != alpha_of(dataset)]
    return [facts(dataset, n, asked['percentiles'], asked['bins']) for n in bands]


print(json.dumps([measured(asked) for asked in json.load(sys.stdin)]))
