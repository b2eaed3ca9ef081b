#!/usr/bin/env python3
"""Makes convolution.txt: values, gradients and Hessian-vector products of convolutions, pooling, interpolation and
windows, by PyTorch in float64; named as in make_ops.py. The second derivatives are those of sum(c y³)."""
import platform

import torch
from torch.nn import functional as F
from write_golden import Golden

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20261127)
golden = Golden("convolution.txt", f"torch {torch.__version__.split('+')[0]}", f"Python {platform.python_version()}")


def normal(*shape):
    return torch.round(torch.randn(shape, generator=generator), decimals=6)


def case(name, f, *shapes):
    x = [normal(*shape).requires_grad_() for shape in shapes]
    y = f(*x)
    c = normal(*y.shape)
    v = [normal(*shape) for shape in shapes]
    g = torch.autograd.grad((c * y**3).sum(), x, create_graph=True)
    h = torch.autograd.grad(sum((gk * vk).sum() for gk, vk in zip(g, v)), x)
    golden.add(f"{name}.c", c)
    golden.add(f"{name}.y", y.detach())
    for k in range(len(x)):
        for letter, tensor in (("x", x[k]), ("v", v[k]), ("g", g[k]), ("h", h[k])):
            golden.add(f"{name}.{letter}{k}", tensor.detach())


case("conv1d", lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2), (2, 3, 9), (4, 3, 2), (4,))
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2), (1, 2)), (2, 2, 5, 4), (3, 2, 3, 2), (3,))
case("conv2d_groups", lambda x, w: F.conv2d(x, w, None, 1, 1, 1, 2), (2, 4, 3, 4), (6, 2, 2, 2))
case("conv2d_depthwise", lambda x, w: F.conv2d(x, w, padding=1, groups=3), (1, 3, 4, 4), (3, 1, 3, 3))
case("conv2d_one_image", lambda x, w, b: F.conv2d(x, w, b), (2, 4, 5), (2, 2, 2, 3), (2,))
case("conv3d", lambda x, w, b: F.conv3d(x, w, b, (1, 2, 1), 1), (1, 2, 2, 3, 3), (2, 2, 2, 2, 2), (2,))
case("conv_transpose1d", lambda x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 2), (2, 3, 4), (3, 2, 3), (2,))
case("conv_transpose2d", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1), (2, 3, 2, 3), (3, 2, 4, 4), (2,))
case(
    "conv_transpose2d_groups",
    lambda x, w: F.conv_transpose2d(x, w, None, (1, 2), (0, 1), (0, 1), 2, (2, 1)),
    (1, 4, 3, 2),
    (4, 2, 2, 3),
)
case("conv_transpose3d", lambda x, w, b: F.conv_transpose3d(x, w, b, (2, 1, 1)), (1, 2, 2, 2, 3), (2, 1, 2, 2, 1), (1,))

case("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 2, 7))
case("max_pool2d", lambda x: F.max_pool2d(x, 2), (2, 2, 4, 5))
case("max_pool2d_dilated", lambda x: F.max_pool2d(x, (2, 3), (2, 1), 1, (1, 2), True), (2, 2, 5, 6))
case("max_pool3d", lambda x: F.max_pool3d(x, 2, 1), (1, 2, 3, 2, 3))
case("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 2, 7))
case("avg_pool2d", lambda x: F.avg_pool2d(x, (2, 3), (1, 2), 1), (1, 2, 4, 5))
case("avg_pool2d_inside", lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), (1, 2, 4, 6))
case("avg_pool2d_ceil", lambda x: F.avg_pool2d(x, 3, 2, 1, True), (1, 2, 4, 6))
case("avg_pool2d_divisor", lambda x: F.avg_pool2d(x, 2, divisor_override=3), (1, 2, 4, 4))
case("avg_pool3d", lambda x: F.avg_pool3d(x, 2, 1), (1, 1, 3, 2, 3))
case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (3, 2)), (1, 2, 5, 7))
case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), (2, 2, 7))
case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 7)), (1, 2, 5, 4))
case("unfold", lambda x: F.unfold(x, (2, 3), (1, 2), 1, (2, 1)), (2, 2, 4, 5))
case("fold", lambda x: F.fold(x, (4, 5), (2, 3), (1, 2), 1, (2, 1)), (2, 12, 9))
case("nearest", lambda x: F.interpolate(x, size=(5, 3)), (1, 2, 3, 4))
case("nearest_scale", lambda x: F.interpolate(x, scale_factor=2.5), (1, 2, 4))
case("linear", lambda x: F.interpolate(x, scale_factor=1.7, mode="linear"), (1, 2, 5))
case("bilinear", lambda x: F.interpolate(x, size=(5, 3), mode="bilinear"), (1, 2, 3, 4))
case("bilinear_corners", lambda x: F.interpolate(x, size=(5, 3), mode="bilinear", align_corners=True), (1, 2, 3, 4))
case("trilinear", lambda x: F.interpolate(x, scale_factor=2, mode="trilinear"), (1, 1, 2, 3, 2))
case("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), (2, 2, 7))
case("adaptive_max_pool3d", lambda x: F.adaptive_max_pool3d(x, (2, 1, 3)), (1, 3, 2, 4))
case("adaptive_avg_pool3d", lambda x: F.adaptive_avg_pool3d(x, (2, 1, 3)), (1, 3, 2, 4))

golden.write()
