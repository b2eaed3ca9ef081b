#!/usr/bin/env python3
"""Makes numpy.npy, numpy.npz and numpy_stored.npz, which the tests of those readers read, and npy.txt with their values."""
import io
import pathlib
import zipfile

import numpy as np

from write_golden import Golden

here = pathlib.Path(__file__)
golden = Golden("npy.txt", f"numpy {np.__version__}")
rng = np.random.default_rng(1)

arrays = {"bool": rng.integers(0, 2, (2, 3)).astype(bool)}
for kind in "u1 u2 u4 u8 i1 i2 i4 i8".split():
    bits = min(8 * int(kind[1]), 50)  # what a double holds
    least = 0 if kind[0] == "u" else -(2 ** (bits - 1))
    for order in "<>":
        name = kind + ("big" if order == ">" else "")
        arrays[name] = rng.integers(least, least + 2**bits, (2, 3)).astype(order + kind)
for kind in "f2 f4 f8".split():
    for order in "<>":
        values = np.concatenate([rng.normal(size=8), [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-20, -(2.0**-24), 65504]])
        arrays[kind + ("big" if order == ">" else "")] = values.reshape(4, 4).astype(order + kind)
arrays["fortran"] = np.asfortranarray(rng.normal(size=(2, 3, 4)))
arrays["fortran_big"] = np.asfortranarray(rng.integers(-99, 99, (3, 2)).astype(">i4"))
arrays["scalar"] = np.float64(2.5)
arrays["empty"] = np.zeros((0, 3), np.float32)
arrays["one"] = np.arange(5, dtype=np.int16)
arrays["grüße"] = np.arange(3, dtype=np.float32)


def npy(array, version):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), version=version)
    return file.getvalue()


with zipfile.ZipFile(here.with_name("numpy.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for i, (name, array) in enumerate(arrays.items()):
        version = [(1, 0), (2, 0), (3, 0)][i % 3]
        archive.writestr(zipfile.ZipInfo(name + ".npy"), npy(array, version), zipfile.ZIP_DEFLATED)
        golden.add(name, array)
np.savez(here.with_name("numpy_stored.npz"), arrays["f4"], labels=arrays["i8"])
here.with_name("numpy.npy").write_bytes(npy(arrays["fortran"].astype(">f4"), (3, 0)))
golden.write()
