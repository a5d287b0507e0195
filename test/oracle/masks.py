"""Which pixels GDAL takes for invalid in an input and in the output made of it.

Reads a list of {input, output, bands} from stdin, where `bands` names the input's band that each of the output's is, from 0.
Prints for each pair how many pixels of each band of the output GDAL's mask has otherwise than the input's, how many
the input's masks leave out, and the input's nodata values.
"""

import json
import sys

from osgeo import gdal

gdal.UseExceptions()


def masks(dataset):
    return [dataset.GetRasterBand(i + 1).GetMaskBand().ReadAsArray() != 0 for i in range(dataset.RasterCount)]


def compare(case):
    source, output = gdal.Open(case['input']), gdal.Open(case['output'])
    before, after = masks(source), masks(output)
    return {
        'differing': [int((before[band] != mask).sum()) for band, mask in zip(case['bands'], after, strict=True)],
        'invalid': [int((~mask).sum()) for mask in before],
        'nodata': [source.GetRasterBand(i + 1).GetNoDataValue() for i in range(source.RasterCount)],
    }


print(json.dumps([compare(case) for case in json.load(sys.stdin)]))
