#!/usr/bin/python3
"""Makes a synthetic satellite scene, the same pixels every time.

    scene.py OUT SIZE [BANDS] [KEY=VALUE ...]

SIZE is the edge in pixels, a multiple of 256; BANDS is 4 unless given. The scene is fractal terrain (a 1/f spectrum)
under sensor noise, in EPSG:32618, with nodata 0 in a slanted wedge at the left edge.

Keys of this program: DTYPE=uint8|uint16|int16|float32 (uint16), TILED=YES|NO (YES), BLOCK=edge of a tile (256),
WEDGE=YES|NO (YES). Every other key is a GeoTIFF creation option of GDAL. Needs python3-rasterio and python3-numpy.
"""
import sys

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

SEED = 20220515
CHUNK = 2048  # Edge of the terrain, which repeats, shifted, in each chunk that is written.
TERRAINS = 3
ROUGHNESS = 1.7  # The spectrum falls with this power of the frequency.
DARKEST = 0.05  # Of the brightness, so that only the wedge is nodata.

# Brightness and noise of a sample type, in its own units.
BRIGHTNESS = {"uint8": 220, "uint16": 9000, "int16": 9000, "float32": 1.0}
NOISE = {"uint8": 1.2, "uint16": 14, "int16": 14, "float32": 1e-3}


def terrain(rng):
    """A square of fractal terrain from 0 to 1 whose opposite edges meet."""
    rows, cols = np.meshgrid(np.fft.fftfreq(CHUNK), np.fft.rfftfreq(CHUNK), indexing="ij")
    frequency = np.hypot(rows, cols)
    frequency[0, 0] = 1  # The mean has no frequency; this keeps it as it is.
    land = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(CHUNK, CHUNK))) / frequency**ROUGHNESS)
    return (land - land.min()) / np.ptp(land)


def chunk_pixels(rng, terrains, chunk, bands, dtype):
    """The pixels of a chunk before the wedge is cut, none of them 0."""
    layers = []
    for band in range(bands):
        shift = (chunk.col_off // 7 + 311 * band, chunk.row_off // 5)
        land = np.roll(terrains[band % TERRAINS], shift, axis=(0, 1))
        layers.append(land[:chunk.height, :chunk.width])
    pixels = np.stack(layers) * BRIGHTNESS[dtype] + BRIGHTNESS[dtype] * DARKEST
    pixels += rng.normal(0, NOISE[dtype], pixels.shape)
    return np.clip(pixels, *((1e-6, 2) if dtype == "float32" else (1, np.iinfo(dtype).max)))


def in_wedge(chunk, size):
    """Which pixels of a chunk are in the nodata wedge."""
    rows = np.arange(chunk.row_off, chunk.row_off + chunk.height)[:, np.newaxis]
    cols = np.arange(chunk.col_off, chunk.col_off + chunk.width)
    return cols < size * 0.04 + rows * 0.05


def chunks(size):
    """The windows that cover the scene, row by row."""
    for row in range(0, size, CHUNK):
        for col in range(0, size, CHUNK):
            yield Window(col, row, min(CHUNK, size - col), min(CHUNK, size - row))


def main(out, size, *words):
    size = int(size)
    options = dict(word.split("=", 1) for word in words if "=" in word)
    bands = int(words[0]) if words and "=" not in words[0] else 4
    dtype = options.pop("DTYPE", "uint16")
    has_wedge = options.pop("WEDGE", "YES") == "YES"
    block = int(options.pop("BLOCK", 256))
    layout = dict(tiled=True, blockxsize=block, blockysize=block) if options.pop("TILED", "YES") == "YES" else {}
    profile = dict(
        driver="GTiff", width=size, height=size, count=bands, dtype=dtype, nodata=0, crs="EPSG:32618",
        transform=from_origin(300000, 4600000, 10, 10), interleave="pixel", BIGTIFF="IF_SAFER", **layout,
    )
    profile.update({key.lower(): value for key, value in options.items()})

    # One generator in one order, terrains then chunks, makes the pixels the same every time.
    rng = np.random.default_rng(SEED)
    terrains = [terrain(rng) for _ in range(TERRAINS)]
    with rasterio.open(out, "w", **profile) as scene:
        for chunk in chunks(size):
            pixels = chunk_pixels(rng, terrains, chunk, bands, dtype)
            if has_wedge:
                pixels[:, in_wedge(chunk, size)] = 0
            scene.write(pixels.astype(dtype), window=chunk)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
