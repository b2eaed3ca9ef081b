"""Images of a folder with IDX files named as MNIST's are."""

import gzip
import pathlib

import torch


def load(folder, part):
    """Bytes of the part "train" or "t10k": (count, 1, height, width)."""
    path = next(pathlib.Path(folder).glob(f"{part}-images?idx3-ubyte*"))
    data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    count, height, width = (int.from_bytes(data[at:at + 4], "big") for at in (4, 8, 12))
    return torch.frombuffer(bytearray(data[16:]), dtype=torch.uint8).view(count, 1, height, width)
