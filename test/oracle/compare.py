"""What GDAL and rasterio read in an input of `rastq normalize` and in its output.

Reads a list of {input, output, range, dtype, window} from stdin, prints a list of facts. The tests judge them; the
only thing decided here is which pixels differ from a float64 reference made by numpy from GDAL's reading of the input.
"""

import json
import math
import sys
import warnings

import numpy as np
import rasterio
from osgeo import gdal

warnings.simplefilter('ignore')
said = []
# With exceptions on, handlers of Python are not called for warnings.
gdal.DontUseExceptions()
gdal.PushErrorHandler(lambda level, number, message: said.append(f'{level}/{number}: {message}'))


def samples(dataset, number):
    """A band as GDAL reads it. GDAL 3.6 has signed bytes as unsigned ones with a note."""
    band = dataset.GetRasterBand(number)
    array = band.ReadAsArray()
    is_signed = band.GetMetadataItem('PIXELTYPE', 'IMAGE_STRUCTURE') == 'SIGNEDBYTE'
    return array.view(np.int8) if is_signed else array


def plain(value):
    """A number as JSON has it."""
    return value if value is None or math.isfinite(value) else str(value)


def facts(dataset):
    srs = dataset.GetSpatialRef()
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    return {
        'size': [dataset.RasterXSize, dataset.RasterYSize, dataset.RasterCount],
        'geotransform': dataset.GetGeoTransform(can_return_null=True),
        'gcps': [[g.Id, g.GCPPixel, g.GCPLine, g.GCPX, g.GCPY, g.GCPZ] for g in dataset.GetGCPs()],
        'gcpProjection': dataset.GetGCPProjection(),
        'rpc': dataset.GetMetadata('RPC'),
        'srs': None if srs is None else srs.ExportToWkt(),
        'metadata': dataset.GetMetadata(),
        'descriptions': [band.GetDescription() for band in bands],
        'colours': [gdal.GetColorInterpretationName(band.GetColorInterpretation()) for band in bands],
        'nodata': [plain(band.GetNoDataValue()) for band in bands],
        'bandMetadata': [band.GetMetadata() for band in bands],
        'types': [gdal.GetDataTypeName(band.DataType) for band in bands],
        'overviews': max(band.GetOverviewCount() for band in bands),
        'scales': [[band.GetScale(), band.GetOffset(), band.GetUnitType()] for band in bands],
    }


def stretched(values, valid, low, high, dtype):
    """One window: its valid values between their extremes, on the range, in float64."""
    result = np.zeros(values.shape, dtype)
    if valid.any():
        chosen = values[valid].astype(np.float64)
        least, most = chosen.min(), chosen.max()
        scaled = np.full(chosen.shape, float(low)) if least == most else (chosen - least) * (high - low) / (most - least) + low
        if np.issubdtype(np.dtype(dtype), np.integer):
            info = np.iinfo(dtype)
            scaled = np.clip(np.rint(scaled), info.min, info.max)
        result[valid] = scaled.astype(dtype)
    return result


def reference(values, valid, case):
    low, high = case['range']
    edge = case['window']
    result = np.zeros(values.shape, case['dtype'])
    for row in range(0, values.shape[0], edge):
        for col in range(0, values.shape[1], edge):
            at = (slice(row, row + edge), slice(col, col + edge))
            result[at] = stretched(values[at], valid[at], low, high, case['dtype'])
    return result


def rescaled(alpha, dtype):
    """An alpha band in another type: opaque is the type's largest value, 1 in floats, and only 0 is transparent."""
    def opaque(kind):
        return float(np.iinfo(kind).max) if np.issubdtype(kind, np.integer) else 1.0
    scaled = alpha * (opaque(np.dtype(dtype)) / opaque(alpha.dtype))
    if np.issubdtype(np.dtype(dtype), np.integer):
        scaled = np.maximum(np.rint(scaled), 1)
    return np.where(alpha == 0, 0, scaled).astype(dtype)


def alpha_of(dataset):
    """The number of the alpha band, from 1, where GDAL takes it for a mask; else None."""
    last = dataset.GetRasterBand(dataset.RasterCount)
    is_mask = dataset.RasterCount in (2, 4) and last.DataType in (gdal.GDT_Byte, gdal.GDT_UInt16)
    is_shadowed = last.GetMaskFlags() & gdal.GMF_NODATA
    return dataset.RasterCount if is_mask and not is_shadowed and last.GetColorInterpretation() == gdal.GCI_AlphaBand else None


def pixels(source, output, case):
    """How many valid pixels differ from the reference, and how many masks, band by band but for alpha."""
    with rasterio.open(case['input']) as by_rasterio:
        masks = by_rasterio.read_masks()
    with rasterio.open(case['output']) as by_rasterio:
        out_masks = by_rasterio.read_masks()
        out_dataset_mask = by_rasterio.dataset_mask()
        by_rasterio_equal = all(np.array_equal(by_rasterio.read(i + 1), samples(output, i + 1), equal_nan=True)
                                for i in range(output.RasterCount))
    alpha = alpha_of(source)
    opacity = None if alpha is None else samples(source, alpha)
    valid = []
    differing = []
    for number in range(1, source.RasterCount + 1):
        values, got = samples(source, number), samples(output, number)
        if number == alpha:
            differing.append(int((rescaled(opacity, case['dtype']) != got).sum()))
            continue
        # GDAL's masks are of nodata or of alpha; to rastq what is not finite is invalid too.
        is_valid = (masks[number - 1] != 0) & np.isfinite(values)
        valid.append(is_valid if alpha is None else is_valid & (opacity != 0))
        wanted = reference(values, valid[-1], case)
        differing.append(int((wanted != got)[valid[-1]].sum()))
    valid = np.stack(valid)
    any_valid = valid.any(axis=0)
    if alpha is not None:
        out_masks = np.delete(out_masks, alpha - 1, axis=0)
    # A nodata value marks each band by itself, a mask behind the image all of them together.
    shared = output.GetRasterBand(1).GetMaskFlags() & gdal.GMF_PER_DATASET
    wanted_masks = np.broadcast_to(any_valid, valid.shape) if shared else valid
    # rasterio takes alpha for the whole dataset's mask, whatever nodata says, unless there is a mask proper.
    by_alpha = alpha is not None and (not shared or output.GetRasterBand(1).GetMaskFlags() & gdal.GMF_ALPHA)
    # And of four bands that begin with red it takes the fourth one's mask, whatever that band is.
    by_fourth = not shared and output.RasterCount == 4 and output.GetRasterBand(1).GetColorInterpretation() == gdal.GCI_RedBand
    wanted_dataset_mask = opacity != 0 if by_alpha else valid[3] if by_fourth else any_valid
    return {
        'differing': differing,
        'valid': [int(band.sum()) for band in valid],
        'differingMasks': int(((out_masks != 0) != wanted_masks).sum()),
        'differingDatasetMask': int(((out_dataset_mask != 0) != wanted_dataset_mask).sum()),
        'rasterioReadsTheSame': bool(by_rasterio_equal),
        'sharedMask': bool(shared),
    }


def compare(case):
    source = gdal.Open(case['input'])
    said.clear()
    output = gdal.Open(case['output'])
    found = {'input': facts(source), 'output': facts(output)}
    for number in range(1, output.RasterCount + 1):
        output.GetRasterBand(number).Checksum()
        output.GetRasterBand(number).GetMaskBand().Checksum()
    found['warnings'] = list(said)
    found['pixels'] = pixels(source, output, case)
    return found


print(json.dumps([compare(case) for case in json.load(sys.stdin)]))
