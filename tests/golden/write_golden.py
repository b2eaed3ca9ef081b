"""What the scripts here share: a text file of named float64 arrays, one a line: name, rank, extents, elements."""
import pathlib

import numpy as np


class Golden:
    def __init__(self, name, *made_with):
        self.path = pathlib.Path(__file__).with_name(name)
        self.lines = ["# made with " + ", ".join(made_with)]

    def add(self, name, array):
        array = np.asarray(array, dtype=np.float64)
        words = [name, array.ndim, *array.shape, *(repr(float(x)) for x in array.ravel())]
        self.lines.append(" ".join(str(word) for word in words))

    def write(self):
        self.path.write_text("\n".join(self.lines) + "\n")
