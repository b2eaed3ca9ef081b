#!/usr/bin/env python3
"""Makes minimize.txt: minima that SciPy finds of Rosenbrock's function, a logistic regression and a badly scaled quadratic."""
import platform

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import expit
from write_golden import Golden

golden = Golden("minimize.txt", f"SciPy {scipy.__version__}", f"NumPy {np.__version__}", f"Python {platform.python_version()}")
golden.lines.append("# to 9 digits")
rng = np.random.default_rng(1)

x = rng.normal(size=(60, 5))
y = (rng.random(60) < expit(x @ np.array([1.5, -2, 0.5, 0, 3]))).astype(float)
golden.add("x", x)
golden.add("y", y)


def regression(w):
    logits = x @ w
    value = np.mean(np.logaddexp(0, logits) - y * logits) + 0.005 * w @ w
    return value, x.T @ (expit(logits) - y) / len(y) + 0.01 * w


def hessian(w):
    p = expit(x @ w)
    return x.T @ (x * (p * (1 - p))[:, None]) / len(y) + 0.01 * np.eye(5)


def add(name, f, start, hess):
    best = minimize(f, start, jac=True, method="trust-exact", hess=hess, options={"gtol": 1e-13})
    golden.add(name, best.x)
    golden.add(name + "_value", best.fun)


add("regression", regression, np.zeros(5), hessian)

# ½ xᵀ D x - bᵀ x with curvatures from 1e-3 to 1e3, turned.
turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
matrix = turn @ np.diag(np.logspace(-3, 3, 6)) @ turn.T
matrix = (matrix + matrix.T) / 2
b = matrix @ rng.normal(size=6)
golden.add("matrix", matrix)
golden.add("b", b)
add("quadratic", lambda v: (v @ matrix @ v / 2 - b @ v, matrix @ v - b), np.zeros(6), lambda v: matrix)
start = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
golden.add("rosenbrock_start", start)
add("rosenbrock", lambda v: (scipy.optimize.rosen(v), scipy.optimize.rosen_der(v)), start, scipy.optimize.rosen_hess)
golden.write()
