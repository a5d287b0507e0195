"""Compares files with numpy's stretch of the raster they were made of: JSON jobs on stdin, for each the samples that differ."""

import json
import sys

import numpy as np
import rasterio


def stretch(bands, low, high, start, end):
    values = np.clip(bands.astype("float64"), low, high)
    span = high - low
    result = (values - low) * (end - start) / span + start if span > 0 else np.full(values.shape, float(start))
    return np.where(bands <= low, start, np.where(bands >= high, end, result))


def expected(bands, valid, job):
    start, end = job["range"]
    result = np.zeros(bands.shape)
    groups = [slice(0, len(bands))] if job["scope"] == "dataset" else [slice(i, i + 1) for i in range(len(bands))]
    edge = job["window"] if job["scope"] == "window" else max(bands.shape)
    for group in groups:
        for row in range(0, bands.shape[1], edge):
            for col in range(0, bands.shape[2], edge):
                place = (group, slice(row, row + edge), slice(col, col + edge))
                samples = bands[place][valid[place]]
                if len(samples) > 0:
                    low, high = np.percentile(samples.astype("float64"), job["percentile"])
                    result[place] = stretch(bands[place], low, high, start, end)
    return np.rint(result)


wrong = []
for job in json.load(sys.stdin):
    with rasterio.open(job["input"]) as source, rasterio.open(job["output"]) as made:
        valid = source.read_masks() != 0
        if source.dtypes[0].startswith("float"):
            valid &= np.isfinite(source.read())
        result = expected(source.read(), valid, job)
        same = np.where(valid, made.read() == result, made.read_masks() == 0)
        wrong.append(int((~same).sum()))
print(json.dumps(wrong))
