"""Makes rasters with overviews and masks of several kinds, and tells what GDAL reads of each: JSON on stdin and stdout."""

import json
import os
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()


def told(path, overview):
    """What GDAL reads of a raster, or of one of its overviews. Valid is a pixel that any band says is."""
    dataset = gdal.Open(path)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    if overview is not None:
        bands = [band.GetOverview(overview) for band in bands]
    pixels = np.stack([band.ReadAsArray() for band in bands])
    own = [band for band in bands if band.GetColorInterpretation() != gdal.GCI_AlphaBand]
    masks = [band.GetMaskBand().ReadAsArray() != 0 for band in own]
    return {
        "path": path,
        "overview": overview,
        "width": bands[0].XSize,
        "height": bands[0].YSize,
        "pixels": pixels.ravel().tolist(),
        "mask": np.any(masks, axis=0).astype(int).ravel().tolist(),
    }


def main():
    asked = json.load(sys.stdin)
    found = []

    def at(name):
        return os.path.join(asked["folder"], name)

    window = [0, 0, 200, 150]
    gdal.Translate(at("inside.tif"), asked["scene"], srcWin=window, creationOptions=["TILED=YES", "COMPRESS=DEFLATE", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    gdal.Open(at("inside.tif"), gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    gdal.Translate(at("beside.tif"), asked["scene"], srcWin=window)
    gdal.Open(at("beside.tif")).BuildOverviews("NEAREST", [2, 4])
    for name in ["inside.tif", "beside.tif"]:
        found += [told(at(name), overview) for overview in [None, 0, 1]]

    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    gdal.Translate(at("masked.tif"), asked["scene"], srcWin=window, noData="none", maskBand="none")
    masked = gdal.Open(at("masked.tif"), gdal.GA_Update)
    masked.CreateMaskBand(gdal.GMF_PER_DATASET)
    valid = np.zeros((150, 200), np.uint8)
    valid[10:100, 20:190] = 255
    masked.GetRasterBand(1).GetMaskBand().WriteArray(valid)
    masked = None
    gdal.Open(at("masked.tif"), gdal.GA_Update).BuildOverviews("NEAREST", [2])
    found += [told(at("masked.tif"), overview) for overview in [None, 0]]

    alpha = gdal.GetDriverByName("GTiff").Create(at("alpha.tif"), 90, 70, 4, gdal.GDT_Byte, ["PHOTOMETRIC=RGB", "ALPHA=YES"])
    for band in range(4):
        alpha.GetRasterBand(band + 1).WriteArray((np.arange(90 * 70).reshape(70, 90) * (band + 1) % 251 * (np.arange(90) % 3 > 0)).astype(np.uint8))
    alpha = None
    found += [told(at("alpha.tif"), None)]
    json.dump(found, sys.stdout)


main()
