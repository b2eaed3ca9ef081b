#!/usr/bin/env python3
"""Makes print.txt: what NumPy's str makes of arrays.

A case is a line "NAME DTYPE LINES RANK EXTENTS... values X...", or "... ramp START STEP" for elements START + STEP * i
in float64, converted; then the LINES lines of the text.
"""
import pathlib
import platform

import numpy as np

random = np.random.default_rng(20240229)
lines = [f"# made with numpy {np.__version__}, Python {platform.python_version()}"]
count = 0


def write(array, how):
    global count
    text = str(array).split("\n")
    words = [f"case{count}", array.dtype.name, len(text), array.ndim, *array.shape, *how]
    lines.append(" ".join(str(word) for word in words))
    lines.extend(text)
    count += 1


def case(values, dtype):
    with np.errstate(over="ignore"):
        array = np.asarray(values, dtype=dtype)
    plain = int if array.dtype.kind in "iub" else float
    write(array, ["values", *(repr(plain(x)) for x in array.ravel())])


def ramp(shape, start, step, dtype):
    numbers = start + step * np.arange(int(np.prod(shape)), dtype=np.float64)
    write(numbers.reshape(shape).astype(dtype), ["ramp", repr(float(start)), repr(float(step))])


SPECIAL = [0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 0.5, -2.25, 1e-4, 9.9999e-5, 999.0, 1000.0, 1001.0, 999999.0,
           1e6, 99999999.0, 1e8, 0.1, 1 / 3, -2 / 3, 123456.789, 1e-3, 0.001953125, 1e-38, 1e-45, 5e-324, 1e-322, 1e38,
           1.7e308, 1e16, 9999999999999998.0, 16777216.0, 1.00000001, 0.99999999, 0.999999999, 9.9999999995,
           1e100, 1e-100]


def shape_of(rank, most):
    while True:
        shape = tuple(int(n) for n in random.integers(1, 6, rank))
        if np.prod(shape) <= most:
            return shape


def numbers(shape):
    """Of a magnitude, or of several, at random; with zeros, negative ones, and others that are not finite."""
    kind = random.integers(0, 7)
    x = random.standard_normal(shape)
    if kind == 0:
        x = np.round(10 * x)
    elif kind == 1:
        x = np.round(x, int(random.integers(1, 5)))
    elif kind == 2:
        x = x * 10.0 ** random.integers(-12, 13)
    elif kind == 3:
        x = x * 10.0 ** random.integers(-300, 300)
    elif kind == 4:
        x = x * 10.0 ** random.integers(-6, 7, shape)
    elif kind == 5:
        x = np.abs(np.round(100 * x) / 8)
    if random.random() < 0.2:
        x = np.where(random.random(shape) < 0.3, 0.0 if random.random() < 0.5 else -0.0, x)
    if random.random() < 0.25:
        x = np.where(random.random(shape) < 0.3, random.choice([np.nan, np.inf, -np.inf], shape), x)
    return x


for dtype in (np.float32, np.float64):
    with np.errstate(over="ignore"):
        for x in SPECIAL:
            case(x, dtype)      # a number
            case([x], dtype)
            case([x, 1.0], dtype)
            case([[-3.5, x], [np.nan, 2.0]], dtype)
        for rank in (1, 1, 1, 2, 2, 3, 4):
            for _ in range(14):
                case(numbers(shape_of(rank, 30)), dtype)
        for _ in range(15):
            case(numbers(()), dtype)
            case(numbers((int(random.integers(1, 40)),)), dtype)      # several lines
    for n in range(12, 40):
        case(np.round(random.standard_normal(n), n % 5), dtype)   # the end of the line
    for shape in ((0,), (0, 3), (3, 0), (2, 0, 4)):
        case(np.zeros(shape), dtype)
    for shape in ((1000,), (1001,), (2000,), (1, 1001), (7, 150), (6, 200), (40, 40), (3, 7, 60), (12, 10, 10),
                  (334, 3), (2, 2, 2, 130), (7, 7, 7, 7), (1500, 1), (1, 1, 5000), (200, 6)):
        ramp(shape, 0.0, 1.0, dtype)
        ramp(shape, -2.5, 0.375, dtype)
        ramp(shape, 1e-3, 1e5, dtype)
    ramp((2, 50), -1.0, 0.37, dtype)
    ramp((60,) + (1,) * 3, 1.0, 1.0, dtype)
    ramp((1,) * 7 + (3,), 1.0, 1.0, dtype)
    ramp((2,) * 6, 1.0, 1.0, dtype)
case([1, -20, 300], np.int64)
case([[0, 1], [2, 255]], np.uint8)
case([[7]], np.int32)
case(-5, np.int64)
case([np.iinfo(np.int64).min, 2**62], np.int64)
case([True, False], np.bool_)
case(True, np.bool_)
case([[True], [True]], np.bool_)
ramp((50, 60), -7.0, 3.0, np.int64)
pathlib.Path(__file__).with_name("print.txt").write_text("\n".join(lines) + "\n")
print(count, "cases")
