#!/usr/bin/env python3
"""Makes index.txt: values, gradients and Hessian-vector products of scans, of elements by their order, of parts and
updates, and of reductions made of others, by PyTorch in float64 (torch_cases.py); and what NumPy gives where PyTorch has
no such function, NAME.y of NAME.x0."""
import math

import numpy as np
import torch
from torch.nn import functional
from torch_cases import TorchCases

cases = TorchCases("index.txt", 20241128)
cases.write = lambda name, tensor: cases.golden.add(name, tensor.detach().numpy(force=True))  # zeros that are none too
case, normal = cases.case, cases.normal
inf, nan = math.inf, math.nan
zeros = torch.tensor([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, -1.0], [2.0, -1.0, 0.5, 4.0]])
missing = torch.tensor([[1.5, nan, -2.0, 0.5], [nan, 3.0, 0.25, -1.0], [2.0, -1.0, 0.5, nan]])


def recurrence(a, b):
    y = [b[:, 0]]
    for l in range(1, b.shape[1]):
        y.append(b[:, l] + a[:, l] * y[-1])
    return torch.stack(y, 1)


def put(x, index, v):
    y = x.clone()
    y[index] = v
    return y


segments = torch.tensor([1, 0, 1, 3, 1])


def segment_max(x):
    to = torch.full((4, 2), -10.0)
    return to.scatter_reduce(0, segments[:, None].expand(5, 2), x, "amax")


def segment_softmax(x):
    e = x.exp()
    return e / torch.zeros(4, 2).index_add(0, segments, e)[segments]


case("prod_all", lambda x: x.prod(), (2, 3))
case("prod_zeros", lambda x: x.prod(1), zeros)
case("prod_two_axes", lambda x: x.prod(0).prod(-1), (2, 3, 2))
case("cumsum", lambda x: x.cumsum(1), (2, 4))
case("cumprod", lambda x: x.cumprod(0), (4, 2))
case("cumprod_zeros", lambda x: x.cumprod(1), zeros)
case("logcumsumexp", lambda x: x.logcumsumexp(1), (2, 4))
case("cummax", lambda x: x.cummax(1).values, (2, 6))
case("cummin", lambda x: x.cummin(0).values, (6, 2))
case("linear_recurrence", recurrence, (2, 4), (2, 4))
case("diff", lambda x: x.diff(n=2, dim=0), (5, 2))
case("trapezoid", lambda x: torch.trapezoid(x, dx=0.5, dim=0), (4, 2))
case("trapezoid_places", torch.trapezoid, (2, 4), torch.tensor([0.0, 0.5, 1.5, 1.75]))
case("gradient", lambda x: torch.gradient(x, spacing=0.5, dim=1)[0], (2, 5))
case("gradient_edges", lambda x: torch.gradient(x, spacing=0.5, dim=0, edge_order=2)[0], (5, 2))
places = torch.tensor([0.0, 0.5, 1.5, 1.75, 3.0])
case("gradient_places", lambda x: torch.gradient(x, spacing=(places,), dim=1)[0], (2, 5))
case("gradient_places_edges", lambda x: torch.gradient(x, spacing=(places,), dim=0, edge_order=2)[0], (5, 2))

case("flip", lambda x: x.flip(0, 2), (2, 3, 2))
case("roll", lambda x: x.roll((1, -2), (0, 1)), (3, 4))
case("roll_all", lambda x: x.roll(2), (2, 3))
case("rot90", lambda x: torch.rot90(x, 1, (0, 1)), (2, 3))
case("rot90_back", lambda x: torch.rot90(x, -1, (1, 2)), (2, 2, 3))
case("repeat", lambda x: x.repeat_interleave(2, 1), (2, 3))
case("repeat_counts", lambda x: x.repeat_interleave(torch.tensor([2, 0, 3]), 0), (3, 2))
case("tile", lambda x: x.tile((2, 1, 2)), (2, 3))
case("pad_constant", lambda x: functional.pad(x, (1, 2, 0, 1), value=0.5), (2, 3))
case("pad_edge", lambda x: functional.pad(x, (2, 1), mode="replicate"), (2, 3))
case("pad_reflect", lambda x: functional.pad(x, (2, 1), mode="reflect"), (2, 3))
case("pad_wrap", lambda x: functional.pad(x, (2, 1), mode="circular"), (2, 3))
case("swapaxes", lambda x: x.swapaxes(0, -1), (2, 3, 2))
case("moveaxis", lambda x: x.moveaxis((0, 1), (-1, 0)), (2, 3, 4))
case("array_split", lambda x: x.tensor_split(3, 1)[1], (2, 7))
case("meshgrid", lambda a, b: torch.meshgrid(a, b, indexing="xy")[0] * torch.meshgrid(a, b, indexing="xy")[1], (2,), (3,))
case("tril", lambda x: x.tril(-1), (2, 3, 3))
case("triu", lambda x: x.triu(1), (3, 4))
case("diag", lambda x: torch.diag(x, -1), (3,))
case("diagonal", lambda x: x.diagonal(1, 0, 2), (3, 2, 4))
case("trace", lambda x: x.trace(), (3, 3))
case("view", lambda x: x[1, ..., ::2, None], (2, 3, 4))

case("sort", lambda x: x.sort(1).values, (2, 5))
case("sort_descending", lambda x: x.sort(0, descending=True).values, (5, 2))
case("topk", lambda x: x.topk(2, 1).values, (2, 5))
case("take_along_axis", lambda x: x.take_along_dim(torch.tensor([[0, 2, 2], [1, 0, 1]]), 1), (2, 3))
case("quantile", lambda x: torch.quantile(x, torch.tensor([0.25, 0.6]), dim=1), (2, 5))
case("quantile_nearest", lambda x: torch.quantile(x, 0.4, dim=0, interpolation="nearest"), (5, 2))
case("median", lambda x: torch.quantile(x, 0.5), (3, 2))

case("index_add", lambda x, v: x.index_add(0, torch.tensor([2, 0, 2]), v), (3, 2), (3, 2))
case("scatter_add", lambda x, v: x.scatter_add(1, torch.tensor([[0, 0, 2], [1, 2, 1]]), v), (2, 3), (2, 3))
case("set_slice", lambda x, v: put(x, (slice(None), slice(1, 3)), v), (2, 4), (2, 1))
case("set_elements", lambda x, v: put(x, (torch.tensor([0, 1]), torch.tensor([2, 0])), v), (2, 3), (2,))
case("fancy_index", lambda x: x[torch.tensor([[0], [1]]), torch.tensor([2, 0])], (2, 3, 2))
case("boolean_mask", lambda x: x[torch.tensor([[True, False, True], [False, True, True]])], (2, 3, 2))
case("segment_sum", lambda x: torch.zeros(4, 2).index_add(0, segments, x), (5, 2))
case("segment_max", lambda x: segment_max(x)[torch.tensor([0, 1, 3])], (5, 2))
case("segment_softmax", segment_softmax, (5, 2))
case("select", lambda x: torch.where(x < -0.5, x * x, torch.where(x > 0.5, x.exp(), 0.25 * x)), (3, 4))

case("average", lambda x, w: (x * w).sum(1) / w.sum(), (3, 4), torch.tensor([0.5, 1.0, 2.0, 0.25]))
case("ptp", lambda x: x.amax(1) - x.amin(1), (2, 5))
case("var_mean", lambda x: torch.mul(*torch.var_mean(x, 1, correction=1)), (2, 5))
case("nansum", lambda x: x.nansum(1), missing)
case("nanmean", lambda x: x.nanmean(0), missing)
case("masked_mean", lambda x: x[:, torch.tensor([True, False, True, True])].mean(1), (2, 4))
for order in (0.5, 1, 1.5, 2, 3, inf, -inf, -2):
    case(f"vector_norm_{order}", lambda x: torch.linalg.vector_norm(x, order, dim=1), (2, 4))
for order in (1, -1, inf, -inf, "fro", 2, -2, "nuc"):
    case(f"matrix_norm_{order}", lambda x: torch.linalg.matrix_norm(x, order), (2, 3, 4))

x = normal(2, 5).numpy()
for mode in ("symmetric", "reflect", "wrap", "linear_ramp", "maximum", "minimum", "mean", "median"):
    cases.golden.add(f"pad_far_{mode}.y", np.pad(x, ((1, 2), (7, 8)), mode))
cases.golden.add("pad_far.x0", x)
hard = np.array([0.0, -0.0, nan, 5e-324, -1e-310, inf, -inf, 1e4, -1e4, 1.0, -0.0, 0.0, nan, 1.0])
cases.golden.add("hard.x0", hard)
cases.golden.add("hard.sort", np.sort(hard, kind="stable"))
cases.golden.add("hard.argsort", np.argsort(hard, kind="stable"))
cases.golden.add("hard.cummax", np.maximum.accumulate(hard))
cases.golden.add("hard.cummin", np.minimum.accumulate(hard[::-1]))
cases.golden.add("hard.argmax", np.argmax(hard))
cases.golden.add("hard.searchsorted", np.searchsorted(np.sort(hard), hard))
cases.golden.add("hard.searchsorted_right", np.searchsorted(np.sort(hard), hard, "right"))
far = np.array([-inf, -1e4, 1e4, -745.5, 1e300, -inf, 3.0])
cases.golden.add("far.x0", far)
cases.golden.add("far.logcumsumexp", np.logaddexp.accumulate(far))

case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), (2, 4))
case("nanvar", lambda x: torch.stack([column[~column.isnan()].var(correction=1) for column in x.T]), missing)
counts = torch.tensor([1.0, 3.0, 1.0])[:, None]
case("segment_mean", lambda x: torch.zeros(4, 2).index_add(0, segments, x)[[0, 1, 3]] / counts, (5, 2))
case("segment_min", lambda x: -segment_max(-x)[[0, 1, 3]], (5, 2))
case("put_along_axis", lambda x, v: x.scatter(1, torch.tensor([[2, 0], [1, 2]]), v), (2, 3), (2, 2))
case("partition", lambda x: x.kthvalue(3, dim=1).values, (2, 6))
case("unstack", lambda x: x.unbind(1)[0] * x.unbind(1)[2].exp(), (2, 3))
case("atleast_2d", lambda x: torch.atleast_2d(x), (3,))
case("atleast_3d", lambda x: torch.atleast_3d(x), (2, 3))
flags = zeros.detach().numpy()
cases.golden.add("flags.x0", flags)
cases.golden.add("flags.count_nonzero", np.count_nonzero(flags, 0))
cases.golden.add("flags.any", np.any(flags, (0, 1)))
cases.golden.add("flags.all", np.all(flags, 1))
cases.golden.add("hard.argmin", np.argmin(hard))
cases.golden.add("far.argmin", np.argmin(far))
cases.golden.add("far.argpartition", far[np.argpartition(far, 3)[3]])
cases.golden.add("constants.eye", np.eye(3, 4, 1))
cases.golden.add("constants.tri", np.tri(3, 4, -1))
low = np.array([[[1.0, 2, 3], [2, 4, 6], [0, 1, 1]], [[1, 0, 0], [0, 1e-3, 0], [0, 0, 1e-18]], np.zeros((3, 3))])
cases.golden.add("rank.x0", low)
cases.golden.add("rank.y", np.linalg.matrix_rank(low))
cases.golden.write()
