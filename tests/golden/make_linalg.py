#!/usr/bin/env python3
"""Makes linalg.txt: products of arrays and linear algebra, by PyTorch in float64 (torch_cases.py)."""
import torch
from torch_cases import TorchCases

cases = TorchCases("linalg.txt", 20240301)
case, normal = cases.case, cases.normal


def shifted(x, shift):
    """x with a multiple of the identity added, of any shape."""
    return x + shift * torch.eye(*x.shape[-2:])


def definite(x):
    return x @ x.mT + torch.eye(x.shape[-1])


def symmetric(x):
    return (x + x.mT) / 2


# Products.
for name, text, shapes in [
    ("matrices", "ij,jk->ik", [(2, 3), (3, 4)]),
    ("stacks", "bij,bjk->bik", [(2, 3, 2), (2, 2, 2)]),
    ("turned", "bji,bkj->bik", [(2, 4, 3), (2, 2, 4)]),
    ("chain", "ij,jk,kl->il", [(2, 5), (5, 3), (3, 4)]),
    ("chain_of_four", "ab,bc,cd,de->ae", [(2, 3), (3, 4), (4, 2), (2, 3)]),
    ("implicit", "ba,ac", [(2, 3), (3, 2)]),
    ("transposed", "ba", [(2, 3)]),
    ("trace", "ii", [(3, 3)]),
    ("diagonal", "ii->i", [(3, 3)]),
    ("diagonals", "bii->bi", [(2, 3, 3)]),
    ("diagonal_of_two", "ijij->ji", [(2, 3, 2, 3)]),
    ("sum", "ijk->j", [(2, 3, 4)]),
    ("outer", "i,j->ij", [(3,), (4,)]),
    ("elementwise", "ij,ij->ij", [(2, 3), (2, 3)]),
    ("dots", "ij,ij->i", [(4, 3), (4, 3)]),
    ("ellipsis", "...ij,...jk->...ik", [(2, 1, 2, 3), (2, 3, 2)]),
    ("ellipsis_last", "ij...,jk->ik...", [(2, 3, 2), (3, 4)]),
    ("attention", "bqhd,bkhd->bhqk", [(2, 2, 2, 3), (2, 3, 2, 3)]),
    ("bilinear", "bi,oij,bj->bo", [(3, 2), (4, 2, 3), (3, 3)]),
    ("one_broadcasts", "ij,jk->ik", [(2, 1), (3, 2)]),
    ("summed_alone", "ij,k->i", [(2, 3), (4,)]),
    ("numbers", ",ij->ij", [(), (2, 3)]),
]:
    case(f"einsum_{name}", lambda *x, text=text: torch.einsum(text, *x), *shapes)
case("tensordot_two", lambda a, b: torch.tensordot(a, b, 2), (2, 3, 4), (3, 4, 2))
case("tensordot_none", lambda a, b: torch.tensordot(a, b, 0), (2, 3), (2,))
case("tensordot_axes", lambda a, b: torch.tensordot(a, b, ([0, 2], [1, 0])), (2, 3, 4), (4, 2, 3))
case("inner", torch.inner, (2, 3), (4, 2, 3))
case("outer", torch.outer, (3,), (4,))
case("vdot", torch.vdot, (4,), (4,))
case("kron", torch.kron, (2, 3), (3, 2))
case("kron_of_ranks", torch.kron, (2,), (3, 2, 2))
case("cross", torch.linalg.cross, (2, 3), (1, 3))
case("cross_first", lambda a, b: torch.linalg.cross(a, b, dim=0), (3, 2), (3, 2))
case("multi_dot", lambda *x: torch.linalg.multi_dot(x), (2, 5), (5, 3), (3, 4), (4,))
case("block_diag", torch.block_diag, (2, 3), (1, 1), (2,))

# Equations.
case("cholesky", lambda x: torch.linalg.cholesky(definite(x)), (2, 4, 4))
case("cholesky_upper", lambda x: torch.linalg.cholesky(definite(x), upper=True), (3, 3))
case("cho_solve", lambda x, b: torch.cholesky_solve(b, torch.linalg.cholesky(definite(x))), (3, 3), (3, 2))
case("gaussian", lambda x, b: b @ torch.linalg.solve(definite(x), b) + torch.logdet(definite(x)), (4, 4), (4,))
case("solve", torch.linalg.solve, (2, 3, 3), (2, 3, 2))
case("solve_vector", torch.linalg.solve, (4, 4), (4,))
case("solve_broadcast", torch.linalg.solve, (3, 3), (2, 3, 2))
case("solve_lower", lambda a, b: torch.linalg.solve_triangular(shifted(a, 3), b, upper=False), (3, 3), (3, 2))
case("solve_upper", lambda a, b: torch.linalg.solve_triangular(shifted(a, 3), b, upper=True), (2, 3, 3), (3, 2))
case("solve_unit", lambda a, b: torch.linalg.solve_triangular(a, b, upper=True, unitriangular=True), (3, 3), (3, 2))
case("inv", torch.linalg.inv, (2, 3, 3))
case("inv_badly_scaled", torch.linalg.inv, torch.diag(torch.tensor([1e-6, 1.0, 1e6])) @ normal(3, 3))
case("det", torch.linalg.det, (2, 4, 4))
case("det_of_one", torch.linalg.det, (1, 1))
case("slogdet", lambda x: torch.linalg.slogdet(x)[1], (2, 4, 4))
case("lstsq_tall", lambda a, b: torch.linalg.pinv(a) @ b, (5, 3), (5, 2))
case("lstsq_wide", lambda a, b: torch.linalg.pinv(a) @ b, (3, 5), (3,))
case("pinv_tall", torch.linalg.pinv, (4, 3))
case("pinv_of_low_rank", lambda a, b: torch.linalg.pinv(a @ b), (4, 2), (2, 3))

# Decompositions.
case("eigvalsh", lambda x: torch.linalg.eigvalsh(symmetric(x)), (2, 4, 4))
case("eigh_squares", lambda x: torch.linalg.eigh(symmetric(x))[1] ** 2, (2, 4, 4))


def eigh_both(x):
    w, v = torch.linalg.eigh(symmetric(x))
    return v * torch.sin(w) @ v.mT


case("eigh_both", eigh_both, (4, 4))
for name, shape in [("square", (3, 3)), ("tall", (4, 3)), ("wide", (3, 4))]:
    case(f"svdvals_{name}", torch.linalg.svdvals, shape)
    case(f"svd_left_{name}", lambda x: torch.linalg.svd(x, full_matrices=False)[0] ** 2, shape)
    case(f"svd_right_{name}", lambda x: torch.linalg.svd(x, full_matrices=False)[2] ** 2, shape)
    case(f"svd_product_{name}", lambda x: (lambda u, s, vh: u @ vh)(*torch.linalg.svd(x, full_matrices=False)), shape)
    if name != "wide":
        case(f"qr_q_{name}", lambda x: torch.linalg.qr(x)[0], shape)
        case(f"qr_r_{name}", lambda x: torch.linalg.qr(x)[1], shape)
case("cond", torch.linalg.cond, (4, 4))

# Functions of matrices.
case("expm", torch.linalg.matrix_exp, (2, 3, 3))
case("expm_large", lambda x: torch.linalg.matrix_exp(x - x.mT), 8 * normal(3, 3))
case("expm_nilpotent", torch.linalg.matrix_exp, torch.tensor([[0.0, 1.0, 2.0], [0.0, 0.0, -1.0], [0.0, 0.0, 0.0]]))
case("matrix_power", lambda x: torch.linalg.matrix_power(x, 5), (2, 3, 3))
case("matrix_power_negative", lambda x: torch.linalg.matrix_power(x, -3), (3, 3))

cases.golden.write()
