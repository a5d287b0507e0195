"""Tells where GDAL places a raster: JSON on stdin and stdout."""

import json
import sys

from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()

dataset = gdal.Open(json.load(sys.stdin)["path"])
reference = dataset.GetSpatialRef()
json.dump(
    {
        "transform": list(dataset.GetGeoTransform()),
        "epsg": None if reference is None else int(reference.GetAuthorityCode(None)),
    },
    sys.stdout,
)
