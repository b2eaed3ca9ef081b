#!/usr/bin/env python3
"""Makes python.safetensors, which the tests of the safetensors reader read.

The kept file was made with safetensors 0.8.0, numpy 2.4.6 and Python 3.11.7, as its metadata say.
"""
import pathlib
import platform

import numpy as np
import safetensors
from safetensors.numpy import save_file

tensors = {
    "encoder.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 8,
    "doubles": np.array([1 / 3, -1e300], dtype=np.float64),
    "bytes": np.array([[0, 255], [1, 128]], dtype=np.uint8),
    "integers": np.array([-(2**63), 0, 2**63 - 1], dtype=np.int64),
    "half": np.array([1.5], dtype=np.float16),
    "scalar": np.array(2.5, dtype=np.float32),
    "empty": np.zeros((0, 3), dtype=np.float32),
    "grüße \"and\" \\more": np.array([7.0], dtype=np.float32),
}
metadata = {
    "safetensors": safetensors.__version__,
    "numpy": np.__version__,
    "python": platform.python_version(),
    "text": "line one\nline two, a quote \" and an umlaut ä",
}
save_file(tensors, pathlib.Path(__file__).with_name("python.safetensors"), metadata)
