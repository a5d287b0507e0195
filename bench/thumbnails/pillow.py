"""The same in Python: Pillow and a pool of processes. Usage: pillow.py DIR OUT_DIR WORKERS"""

import hashlib
import multiprocessing
import os
import struct
import sys

from PIL import Image, ImageOps

out_dir = sys.argv[2]


def thumbnail(path):
    with Image.open(path) as image:
        # JPEGs are decoded small where that is enough, as Pillow's own thumbnail() does it.
        image.draft("RGB", (400, 400))
        small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((200, 200), Image.LANCZOS)
    digest = hashlib.sha256(struct.pack(">II", *small.size) + small.convert("RGBA").tobytes()).hexdigest()
    small.save(os.path.join(out_dir, digest + ".png"))
    return f"{digest}: {path}"


if __name__ == "__main__":
    os.makedirs(out_dir, exist_ok=True)
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(sys.argv[1]) for name in names]
    with multiprocessing.Pool(int(sys.argv[3])) as pool:
        lines = sorted(pool.imap_unordered(thumbnail, paths, chunksize=8))
    with open(os.path.join(out_dir, "index.txt"), "w") as file:
        file.writelines(line + "\n" for line in lines)
