#!/usr/bin/env python3
"""compare_golden.py [--write] MADE STORED: compares the files that the scripts wrote into the folder MADE with those of the
same names in STORED; --write replaces the ones that differ."""
import math
import pathlib
import shutil
import sys


def number(word):
    try:
        return float(word)
    except ValueError:
        return None


def alike(a, b, tolerance):
    """Words: numbers to so many digits, all else the same."""
    if a == b:
        return True
    x, y = number(a), number(b)
    if x is None or y is None or math.isnan(x) or math.isnan(y):
        return False
    of_one_sign = tolerance > 1e-14 or math.copysign(1, x) == math.copysign(1, y)
    return of_one_sign and math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance / 10)


def difference(made, stored):
    """Where two files differ; None if they do not."""
    if not stored.exists():
        return "is not stored"
    if made.suffix != ".txt":
        return None if made.read_bytes() == stored.read_bytes() else "has other bytes"
    rows = [path.read_text().splitlines() for path in (made, stored)]
    if len(rows[0]) != len(rows[1]):
        return f"has {len(rows[0])} lines, stored are {len(rows[1])}"
    tolerance = 1e-9 if "# to 9 digits" in rows[1] else 1e-14
    for line, (a, b) in enumerate(zip(*rows), 1):
        if a.startswith("# made with") and b.startswith("# made with"):
            continue
        words = a.split(), b.split()
        if len(words[0]) != len(words[1]) or not all(alike(*pair, tolerance) for pair in zip(*words)):
            return f"differs in line {line}, {words[0][0] if words[0] else 'an empty one'}"
    return None


write = "--write" in sys.argv
folders = [pathlib.Path(argument) for argument in sys.argv[1:] if argument != "--write"]
if len(folders) != 2:
    sys.exit(__doc__)
found, bad = [path for path in sorted(folders[0].iterdir()) if path.suffix in (".txt", ".safetensors", ".npy", ".npz", ".png", ".jpg")], 0
for made in found:
    stored = folders[1] / made.name
    what = difference(made, stored)
    if what is not None and write:
        shutil.copyfile(made, stored)
        what += ", and is written"
    elif what is not None:
        bad += 1
    print(f"{made.name}: {'agrees' if what is None else what}")
if not found:
    sys.exit("nothing was made")
sys.exit(bad > 0)
