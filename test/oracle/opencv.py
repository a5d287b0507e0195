"""How far outputs of `rastq normalize` are from cv2.normalize of the same windows.

Reads a list of {input, output, range, window, depth} from stdin, prints for each the largest difference of a valid
pixel and how many pixels were compared.
"""

import json
import sys
import warnings

import cv2
import numpy as np
import rasterio

warnings.simplefilter('ignore')
DEPTHS = {'uint8': cv2.CV_8U, 'uint16': cv2.CV_16U, 'int16': cv2.CV_16S, 'float32': cv2.CV_32F}


def compare(case):
    low, high = case['range']
    edge = case['window']
    with rasterio.open(case['input']) as source, rasterio.open(case['output']) as output:
        values, got = source.read(), output.read()
        nodata = source.nodata
    largest = 0.0
    compared = 0
    for band in range(values.shape[0]):
        for row in range(0, values.shape[1], edge):
            for col in range(0, values.shape[2], edge):
                at = (band, slice(row, row + edge), slice(col, col + edge))
                window = np.ascontiguousarray(values[at])
                valid = np.ones(window.shape, bool) if nodata is None else window != nodata
                # OpenCV takes a constant window for one without a range, and so makes it something else.
                if not valid.any() or window[valid].min() == window[valid].max():
                    continue
                mask = valid.astype(np.uint8)
                room = np.zeros(window.shape, case['depth'])
                wanted = cv2.normalize(window, room, low, high, cv2.NORM_MINMAX, DEPTHS[case['depth']], mask)
                difference = np.abs(wanted[valid].astype(np.float64) - got[at][valid].astype(np.float64))
                largest = max(largest, float(difference.max()))
                compared += int(valid.sum())
    return {'largest': largest, 'compared': compared}


print(json.dumps([compare(case) for case in json.load(sys.stdin)]))
