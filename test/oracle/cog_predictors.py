"""The predictors that files have, and that GDAL's COG driver gives them for the same word.

stdin: [{path, predictor}], stdout: [[own, GDAL's, whether GDAL reads the same pixels of both]]"""
import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler('CPLQuietErrorHandler')


def report(path, predictor):
    own = gdal.Open(path)
    options = ['COMPRESS=DEFLATE', 'BLOCKSIZE=128', f'PREDICTOR={predictor}']
    theirs = gdal.GetDriverByName('COG').CreateCopy('/vsimem/cog.tif', own, options=options)
    words = [int(each.GetMetadata('IMAGE_STRUCTURE').get('PREDICTOR', 1)) for each in (own, theirs)]
    return [*words, bool(np.array_equal(own.ReadAsArray(), theirs.ReadAsArray()))]


json.dump([report(**each) for each in json.load(sys.stdin)], sys.stdout)
