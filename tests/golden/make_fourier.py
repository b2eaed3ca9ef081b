#!/usr/bin/env python3
"""Makes fourier.txt: values and derivatives of Fourier transforms, by PyTorch in float64; named as in make_ops.py. Complex
arrays are pairs in the last dimension; the derivatives are those of sum(c y³)."""
import platform

import torch
from write_golden import Golden

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20261128)
golden = Golden("fourier.txt", f"torch {torch.__version__.split('+')[0]}", f"Python {platform.python_version()}")
pairs, numbers = torch.view_as_real, torch.view_as_complex


def normal(*shape):
    return torch.round(torch.randn(shape, generator=generator), decimals=6)


def case(name, f, *shape):
    x, v = normal(*shape).requires_grad_(), normal(*shape)
    y = f(x)
    c = normal(*y.shape)
    (g,) = torch.autograd.grad((c * y**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad((g * v).sum(), x)
    for letter, tensor in (("x", x), ("v", v), ("c", c), ("y", y), ("g", g), ("h", h)):
        golden.add(f"{name}.{letter}", tensor.detach().resolve_conj())


case("fft", lambda x: pairs(torch.fft.fft(numbers(x))), 3, 10, 2)
case("fft_longer", lambda x: pairs(torch.fft.fft(numbers(x), 9, 0)), 7, 2, 2)
case("ifft_shorter", lambda x: pairs(torch.fft.ifft(numbers(x), 5)), 2, 8, 2)
case("rfft_even", lambda x: pairs(torch.fft.rfft(x)), 2, 8)
case("rfft_odd", lambda x: pairs(torch.fft.rfft(x, dim=0)), 7, 2)
case("irfft_even", lambda x: torch.fft.irfft(numbers(x)), 2, 5, 2)
case("irfft_odd", lambda x: torch.fft.irfft(numbers(x), 7), 2, 4, 2)
case("irfft_one", lambda x: torch.fft.irfft(numbers(x), 1), 2, 4, 2)
case("fft2", lambda x: pairs(torch.fft.fft2(numbers(x))), 2, 3, 4, 2)
case("ifft2", lambda x: pairs(torch.fft.ifft2(numbers(x))), 5, 3, 2)
case("rfft2", lambda x: pairs(torch.fft.rfft2(x)), 2, 4, 5)
case("irfft2", lambda x: torch.fft.irfft2(numbers(x), s=(4, 5)), 4, 3, 2)

golden.write()
