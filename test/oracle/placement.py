"""Rasters whose place is told by files beside them, and where GDAL sees rasters lie.

Reads {folder} from stdin, makes the rasters there and prints their names; or {look: [paths]}, and prints for each the
transform that GDAL has for it, null where it has none.
"""

import json
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
UTM = osr.SpatialReference()
UTM.ImportFromEPSG(32633)
ROTATED = (100.0, 3.0, 0.5, 200.0, 0.25, -4.0)
NORTH_UP = (500000.0, 10.0, 0.0, 5400000.0, 0.0, -20.0)


def make(path, transform, keys, options=()):
    dataset = gdal.GetDriverByName('GTiff').Create(path, 30, 20, 1, gdal.GDT_Byte, list(options))
    dataset.WriteArray(np.arange(600, dtype='uint8').reshape(20, 30))
    if keys:
        dataset.SetProjection(UTM.ExportToWkt())
    if transform:
        dataset.SetGeoTransform(transform)


def aux(path, text):
    with open(path + '.aux.xml', 'w') as file:
        file.write(f'<PAMDataset>{text}</PAMDataset>')


def make_all(folder):
    # Where a world file is asked for, GDAL would put the transform beside it, too.
    gdal.SetConfigOption('GDAL_PAM_ENABLED', 'NO')
    at = lambda name: os.path.join(folder, name)
    baseline = ['PROFILE=BASELINE', 'TFW=YES']
    for name, transform in (('world.tif', NORTH_UP), ('rotated.tif', ROTATED)):
        make(at(name), transform, False, baseline)
    make(at('capitals.tif'), NORTH_UP, False, baseline)
    os.rename(at('capitals.tfw'), at('capitals.TFW'))
    # A world file counts less than the raster's own word, persistent metadata more.
    make(at('own-and-world.tif'), NORTH_UP, True, ['TFW=YES'])
    with open(at('own-and-world.tfw'), 'w') as file:
        file.write('1\n0\n0\n-1\n0\n0\n')
    make(at('aux.tif'), None, False)
    aux(at('aux.tif'), '<GeoTransform> 1.0000000000000000e+02, 3.0e+00, 0.5, 200, 0.25, -4</GeoTransform>')
    make(at('own-and-aux.tif'), NORTH_UP, True)
    aux(at('own-and-aux.tif'), '<GeoTransform>7, 2, 0, 9, 0, -2</GeoTransform>')
    make(at('point-and-aux.tif'), NORTH_UP, True)
    dataset = gdal.Open(at('point-and-aux.tif'), gdal.GA_Update)
    dataset.SetMetadataItem('AREA_OR_POINT', 'Point')
    dataset = None
    aux(at('point-and-aux.tif'), '<GeoTransform>7, 2, 0, 9, 0, -2</GeoTransform>')
    make(at('no-world.tif'), None, False)
    with open(at('no-world.tfw'), 'w') as file:
        file.write('not\na\nworld\nfile\n')
    gdal.SetConfigOption('GDAL_PAM_ENABLED', None)
    return sorted(name for name in os.listdir(folder) if name.endswith('.tif'))


def transform_of(path):
    dataset = gdal.Open(path)
    return dataset.GetGeoTransform(can_return_null=True)


asked = json.load(sys.stdin)
json.dump(make_all(asked['folder']) if 'folder' in asked else [transform_of(path) for path in asked['look']], sys.stdout)
