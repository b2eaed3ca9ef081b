#!/usr/bin/env python3
"""Makes small pictures of every kind, images_*.png and images_*.jpg, with Pillow, and images.txt: their pixels by Pillow and NumPy."""
import pathlib

import numpy as np
import PIL
from PIL import Image

from write_golden import Golden

golden = Golden("images.txt", f"pillow {PIL.__version__}, numpy {np.__version__}")
y, x = np.mgrid[0:9, 0:12]
rgb = np.stack([20 * x, 255 - 25 * y, (x * y * 3) % 256], -1).astype(np.uint8)
color = Image.fromarray(rgb)
alpha = Image.fromarray(np.dstack([rgb, (x * 20).astype(np.uint8)]))
pictures = {
    "color.png": color,
    "grey.png": color.convert("L"),
    "palette.png": color.quantize(16),
    "alpha.png": alpha,
    "bits.png": Image.fromarray(rgb[:, :, 0]).point(lambda v: 255 * (v > 99)).convert("1"),
    "lower.png": color.crop((0, 0, 12, 8)),
    "color.jpg": color,
    "grey.jpg": color.convert("L"),
    "progressive.jpg": color,
    "cmyk.jpg": color.convert("CMYK"),
}
for name, picture in pictures.items():
    path = pathlib.Path(__file__).with_name("images_" + name)
    options = {"quality": 95, "progressive": "progressive" in name} if name.endswith("jpg") else {}
    picture.save(path, **options)
    if name == "cmyk.jpg":
        continue
    read = Image.open(path)
    golden.add(name + ".color", np.moveaxis(np.asarray(read.convert("RGB")), -1, 0))
    golden.add(name + ".grey", np.asarray(read.convert("RGB").convert("L"))[None])


def resized(plane, height, width):
    """The mean over areas, by repeating pixels until the areas are whole numbers of them."""
    fine = np.repeat(np.repeat(plane.astype(float), height, 0), width, 1)
    return np.floor(fine.reshape(height, plane.shape[0], width, plane.shape[1]).mean((1, 3)) + 0.5)


for size in (3, 4), (5, 7), (9, 12), (13, 20), (1, 1):
    golden.add(f"resized.{size[0]}.{size[1]}", np.stack([resized(rgb[:, :, c], *size) for c in range(3)]))
golden.write()
