"""Inflates zlib streams strictly, by Python's zlib and through a TIFF by GDAL's libtiff.

stdin: JSON, a list of {"stream": path, "bytes": count}. stdout: JSON, the SHA-256 of what each decoder gives for each.
"""
import hashlib
import json
import struct
import sys
import zlib

from osgeo import gdal

gdal.UseExceptions()


def by_zlib(stream):
    inflater = zlib.decompressobj()
    raw = inflater.decompress(stream)
    assert inflater.eof and not inflater.unused_data, "no end, or bytes behind it"
    return raw


def by_libtiff(stream, count):
    """One strip of 8-bit pixels, one row of all bytes, or rows of 4096 where they are many."""
    width = count if count <= 4096 else 4096
    height = -(-count // width)
    image = [(256, width), (257, height), (258, 8), (259, 8), (262, 1), (277, 1)]
    at = 8 + 2 + 12 * (len(image) + 3) + 4
    tags = sorted(image + [(273, at), (278, height), (279, len(stream))])
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    for tag, value in tags:
        head += struct.pack("<HHII", tag, 4, 1, value)
    gdal.FileFromMemBuffer("/vsimem/one.tif", head + b"\0\0\0\0" + stream)
    raw = gdal.Open("/vsimem/one.tif").ReadAsArray().tobytes()
    gdal.Unlink("/vsimem/one.tif")
    return raw[:count]


found = []
for case in json.load(sys.stdin):
    with open(case["stream"], "rb") as file:
        stream = file.read()
    digests = [hashlib.sha256(by_zlib(stream)).hexdigest()]
    # libtiff takes whole rows only.
    if case["bytes"] > 0 and (case["bytes"] <= 4096 or case["bytes"] % 4096 == 0):
        digests.append(hashlib.sha256(by_libtiff(stream, case["bytes"])).hexdigest())
    found.append(digests)
json.dump(found, sys.stdout)
