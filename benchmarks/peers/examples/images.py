"""MNIST's files, for the examples' twins."""

import gzip
import pathlib

import numpy as np
import torch


def load(folder, part):
    """Images of a part, "train" or "t10k": (images, pixels) in [0, 1]."""
    path = next(p for p in sorted(pathlib.Path(folder).glob(f"{part}-images*")))
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    pixels = np.frombuffer(data, np.uint8, offset=16).reshape(int.from_bytes(data[4:8], "big"), -1)
    return torch.from_numpy(pixels.astype(np.float32) / 255)
