#!/usr/bin/python3
"""Normalizes a raster the ways Python programs do it, for comparison.

    peers.py queue|noqueue|threads IN OUT WORKERS [NUM_THREADS]

queue    a reader thread, a queue of 20 windows, worker processes, a queue, a writer thread
noqueue  all windows read into memory, then mapped by a pool of processes
threads  a pool of threads with a lock for reading and one for writing, as rasterio's documentation has it

Each band of each 256 x 256 window goes to 0..4096 by OpenCV, which has no notion of nodata. With NUM_THREADS, GDAL
compresses in so many threads. Prints the seconds and the peak memory. Needs python3-rasterio and python3-opencv.
"""
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Manager, Process
from threading import Lock, Thread

import cv2
import numpy as np
import rasterio
from rasterio.windows import Window

EDGE = 256
QUEUE_SIZE = 20


def windows(raster):
    for row in range(0, raster.height, EDGE):
        for col in range(0, raster.width, EDGE):
            yield Window(col, row, min(EDGE, raster.width - col), min(EDGE, raster.height - row))


def normalize(bands):
    return np.stack([cv2.normalize(band, None, 0, 4096, cv2.NORM_MINMAX, cv2.CV_16U) for band in bands])


def serve(inbox, outbox):
    """A worker process of `queue`: None ends it."""
    for window, bands in iter(inbox.get, None):
        outbox.put((window, normalize(bands)))


def queue(src, dst, count):
    manager = Manager()
    inbox, outbox = manager.Queue(QUEUE_SIZE), manager.Queue()

    def read():
        for window in windows(src):
            inbox.put((window, src.read(window=window)))

    def write():
        for window, bands in iter(outbox.get, None):
            dst.write(bands, window=window)

    workers = [Process(target=serve, args=(inbox, outbox), daemon=True) for _ in range(count)]
    reader, writer = Thread(target=read), Thread(target=write)
    for part in [*workers, reader, writer]:
        part.start()
    reader.join()
    for _ in workers:
        inbox.put(None)
    for worker in workers:
        worker.join()
    outbox.put(None)
    writer.join()


def noqueue(src, dst, count):
    places = list(windows(src))
    loaded = [src.read(window=window) for window in places]
    with ProcessPoolExecutor(count) as pool:
        for window, bands in zip(places, pool.map(normalize, loaded)):
            dst.write(bands, window=window)


def threads(src, dst, count):
    reading, writing = Lock(), Lock()

    def process(window):
        with reading:
            bands = src.read(window=window)
        bands = normalize(bands)
        with writing:
            dst.write(bands, window=window)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(process, windows(src)))


WAYS = {"queue": queue, "noqueue": noqueue, "threads": threads}


def main(way, source, target, count, gdal_threads=None):
    started = time.perf_counter()
    with rasterio.open(source) as src:
        profile = dict(src.profile, dtype="uint16")
        # A profile does not tell the predictor; without it the output would be a third larger for the same work.
        profile["predictor"] = src.tags(ns="IMAGE_STRUCTURE").get("PREDICTOR", "1")
        if gdal_threads is not None:
            profile["num_threads"] = gdal_threads
        with rasterio.open(target, "w", **profile) as dst:
            WAYS[way](src, dst, int(count))
    seconds = time.perf_counter() - started
    own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{way}, {count} workers: {seconds:.2f} s, peak RSS {own} MB, of its largest child {child} MB")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6) or sys.argv[1] not in WAYS:
        sys.exit(__doc__)
    main(*sys.argv[1:])
