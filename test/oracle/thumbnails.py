"""Makes images of many kinds, or tells what thumbnails of them are by Pillow and numpy: JSON on stdin and stdout."""

import hashlib
import json
import os
import struct
import sys

import numpy as np
from PIL import Image


def make(folder):
    """Photos and rasters, and for each the size of its picture by Pillow."""
    os.makedirs(os.path.join(folder, "deep", "er"))
    rows, cols = np.indices((300, 500))
    waves = [(np.sin(rows / (20 + 7 * i)) * np.cos(cols / (31 + 5 * i)) * 127 + 128).astype(np.uint8) for i in range(3)]
    photo = Image.fromarray(np.dstack(waves))
    photo.save(os.path.join(folder, "photo.png"))
    photo.save(os.path.join(folder, "photo.jpg"), quality=95)
    photo.save(os.path.join(folder, "deep", "photo.webp"), lossless=True)
    photo.save(os.path.join(folder, "deep", "er", "again.png"), compress_level=1)
    photo.convert("L").save(os.path.join(folder, "grey.png"))
    photo.quantize(16).save(os.path.join(folder, "palette.png"))
    photo.resize((30, 20)).save(os.path.join(folder, "small.png"))
    photo.resize((100, 900)).save(os.path.join(folder, "tall.jpg"), quality=95)
    clear = photo.convert("RGBA")
    clear.putalpha(Image.fromarray(((cols > 250) * 255).astype(np.uint8)))
    clear.save(os.path.join(folder, "clear.png"))
    turned = Image.Exif()
    turned[0x0112] = 6
    photo.save(os.path.join(folder, "turned.jpg"), quality=95, exif=turned)
    jpeg = open(os.path.join(folder, "photo.jpg"), "rb").read()
    open(os.path.join(folder, "cut.jpg"), "wb").write(jpeg[:3000])
    open(os.path.join(folder, "notes.txt"), "w").write("no image")
    open(os.path.join(folder, "empty.jpg"), "w").close()


def of_photo(path, width, height):
    """The picture that Pillow makes of a photo."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    image.thumbnail((width, height), Image.LANCZOS)
    return np.asarray(image)


def area_matrix(source, target):
    """What share of each source pixel lies under each target pixel."""
    matrix = np.zeros((target, source))
    for t in range(target):
        low, high = t * source / target, (t + 1) * source / target
        for s in range(int(low), min(source, int(np.ceil(high)))):
            matrix[t, s] = max(0, min(high, s + 1) - max(low, s))
    return matrix


def of_raster(path, width, height, overview):
    """The picture of a raster: means of what is valid, stretched between percentiles of them."""
    from osgeo import gdal

    gdal.UseExceptions()
    dataset = gdal.Open(path)
    factor = min(1, width / dataset.RasterXSize, height / dataset.RasterYSize)
    to = [max(1, round(edge * factor)) for edge in (dataset.RasterXSize, dataset.RasterYSize)]
    count = dataset.RasterCount
    channels, valids = [], []
    for number in [1, 2, 3] if count >= 3 else [1, 1, 1]:
        band = dataset.GetRasterBand(number)
        band = band if overview is None else band.GetOverview(overview)
        values = band.ReadAsArray().astype(np.float64)
        valid = (band.GetMaskBand().ReadAsArray() != 0) & np.isfinite(values)
        down, across = area_matrix(values.shape[0], to[1]), area_matrix(values.shape[1], to[0])
        weights = down @ valid @ across.T
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (down @ np.where(valid, values, 0) @ across.T) / weights
        seen = weights > 1e-9
        low, high = np.percentile(means[seen], [2, 98])
        share = np.clip((means - low) / (high - low), 0, 1) if high > low else np.full(means.shape, 0.5)
        channels.append(np.where(seen, share * 255, 0))
        valids.append(seen)
    return np.dstack([*channels, np.any(valids, axis=0) * 255])


def main():
    asked = json.load(sys.stdin)
    if "make" in asked:
        make(asked["make"])
        json.dump(None, sys.stdout)
        return
    told = []
    for each in asked["images"]:
        image = Image.open(each["thumbnail"])
        pixels = np.asarray(image.convert("RGBA"))
        if each["kind"] == "photo":
            wanted = of_photo(each["path"], each["width"], each["height"])
        else:
            wanted = of_raster(each["path"], each["width"], each["height"], each.get("overview"))
        fits = pixels.shape == wanted.shape
        difference = np.abs(pixels.astype(float) - wanted) if fits else None
        told.append(
            {
                "mode": image.mode,
                "size": image.size,
                "wanted": [wanted.shape[1], wanted.shape[0]],
                "hash": hashlib.sha256(struct.pack(">II", *image.size) + pixels.tobytes()).hexdigest(),
                "mean": float(difference.mean()) if fits else None,
                "largest": float(difference.max()) if fits else None,
            }
        )
    json.dump(told, sys.stdout)


main()
