"""What GDAL, rasterio and rio-cogeo's rules say of cloud-optimised GeoTIFFs.

stdin: [{path, resampling}], stdout: for each file the errors that its layout has, and how its overviews differ from
those that GDAL's COG driver makes of its full-resolution pixels."""
import json
import sys

import numpy as np
import rasterio
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate

gdal.UseExceptions()
gdal.PushErrorHandler('CPLQuietErrorHandler')


def rio_cogeo_errors(path):
    """The rules of `rio cogeo validate --strict`."""
    errors = []
    with rasterio.open(path) as src:
        if src.driver != 'GTiff':
            errors.append('not a GeoTIFF')
        if any(name.endswith('.ovr') for name in src.files):
            errors.append('overviews beside the file')
        overviews = src.overviews(1)
        if (src.width > 512 or src.height > 512) and not src.is_tiled:
            errors.append('not tiled')
        if (src.width > 512 or src.height > 512) and not overviews:
            errors.append('no overviews')
        ifds = [int(src.get_tag_item('IFD_OFFSET', 'TIFF', bidx=1))]
        if ifds[0] > 300:
            errors.append(f'the main directory is at {ifds[0]}')
        if overviews != sorted(overviews):
            errors.append('overviews are not sorted')
        first = [first_block(src, None)]
        for i in range(len(overviews)):
            ifds.append(int(src.get_tag_item('IFD_OFFSET', 'TIFF', bidx=1, ovr=i)))
            first.append(first_block(src, i))
        if ifds != sorted(ifds):
            errors.append(f'directories are not in order: {ifds}')
        there = [at for at in first if at is not None]
        if there != sorted(there, reverse=True):
            errors.append(f'the first blocks are not in order: {first}')
        if there and there[-1] < ifds[-1]:
            errors.append('data before directories')
    for i in range(len(overviews)):
        with rasterio.open(path, OVERVIEW_LEVEL=i) as small:
            if (small.width > 512 or small.height > 512) and not small.is_tiled:
                errors.append(f'overview {i} is not tiled')
    return errors


def first_block(src, level):
    """Where the first block of a level is that is not left out."""
    with rasterio.open(src.name, **({} if level is None else {'OVERVIEW_LEVEL': level})) as of:
        high, wide = of.block_shapes[0]
        rows, cols = -(-of.height // high), -(-of.width // wide)
    for row in range(rows):
        for col in range(cols):
            at = src.get_tag_item(f'BLOCK_OFFSET_{col}_{row}', 'TIFF', bidx=1, **({} if level is None else {'ovr': level}))
            if at is not None:
                return int(at)
    return None


def shares(large, small):
    """How much of each pixel of a line lies in each pixel of a smaller line."""
    edges = np.arange(small + 1) * large / small
    at = np.arange(large)
    return np.clip(np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at), 0, None)


def coverage(mask, shape):
    rows, cols = shares(mask.shape[0], shape[0]), shares(mask.shape[1], shape[1])
    return rows @ mask @ cols.T / (rows.sum(1)[:, None] * cols.sum(1))


def valid(band):
    return band.GetMaskBand().ReadAsArray() != 0


def compare(path, resampling):
    own = gdal.Open(path)
    block = own.GetRasterBand(1).GetBlockSize()[0]
    options = ['COMPRESS=DEFLATE', 'OVERVIEWS=IGNORE_EXISTING', f'OVERVIEW_RESAMPLING={resampling.upper()}', f'BLOCKSIZE={max(block, 128)}']
    # GDAL takes blocks of 128 pixels and more: of smaller ones only the first overviews are compared.
    gdal.Translate('/vsimem/gdal.tif', own, format='COG', creationOptions=options)
    other = gdal.Open('/vsimem/gdal.tif')
    found = []
    for number in range(1, own.RasterCount + 1):
        band, reference = own.GetRasterBand(number), other.GetRasterBand(number)
        for level in range(reference.GetOverviewCount()):
            a, b = band.GetOverview(level), reference.GetOverview(level)
            x, y = a.ReadAsArray(), b.ReadAsArray()
            same = {'band': number, 'level': level, 'sizes': [list(x.shape), list(y.shape)]}
            if x.shape == y.shape:
                mine, theirs = valid(a), valid(b)
                both = mine & theirs & np.isfinite(x) & np.isfinite(y)
                x, y = x[both].astype('f8'), y[both].astype('f8')
                # GDAL works in float32 here and there.
                scale = np.maximum(1, np.abs(y) * 1e-6)
                same['difference'] = float((np.abs(x - y) / scale).max()) if both.any() else 0
                same['compared'] = int(both.sum())
                if resampling != 'nearest' and own.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET:
                    # Any valid pixel makes a smaller one valid. GDAL has it so too, but for some levels takes half of one.
                    before = valid(band if level == 0 else band.GetOverview(level - 1))
                    differs = (mine != (coverage(before, mine.shape) > 1e-9)) | (theirs & ~mine)
                else:
                    differs = mine != theirs
                same['otherMask'] = int(differs.sum())
            found.append(same)
    count = [own.GetRasterBand(1).GetOverviewCount(), other.GetRasterBand(1).GetOverviewCount()]
    del other
    gdal.Unlink('/vsimem/gdal.tif')
    return {'levels': found, 'counts': count, 'block': block}


def report(path, resampling):
    warnings, errors, _ = validate(path, full_check=True)
    own = gdal.Open(path)
    return {
        'errors': warnings + errors,
        'rioCogeo': rio_cogeo_errors(path),
        'layout': own.GetMetadataItem('LAYOUT', 'IMAGE_STRUCTURE'),
        'overviews': [[o.XSize, o.YSize] for o in (own.GetRasterBand(1).GetOverview(i) for i in range(own.GetRasterBand(1).GetOverviewCount()))],
        'masks': [own.GetRasterBand(1).GetOverview(i).GetMaskFlags() for i in range(own.GetRasterBand(1).GetOverviewCount())],
        **compare(path, resampling),
    }


json.dump([report(**file) for file in json.load(sys.stdin)], sys.stdout)
