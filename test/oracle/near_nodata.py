"""How many pixels of rasters and of their overviews are valid to GDAL.

Reads {files: [path]} from stdin and prints for each file a list: of its first band, then of that band's overviews, largest first.
"""

import json
import sys

from osgeo import gdal

gdal.UseExceptions()


def valid(path):
    dataset = gdal.Open(path)
    band = dataset.GetRasterBand(1)
    bands = [band] + [band.GetOverview(i) for i in range(band.GetOverviewCount())]
    return [int((each.GetMaskBand().ReadAsArray() != 0).sum()) for each in bands]


json.dump([valid(path) for path in json.load(sys.stdin)['files']], sys.stdout)
