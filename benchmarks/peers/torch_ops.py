"""The task `op` in PyTorch: benchmarks/tasks/ops.cpp. A view of other strides is copied, as another contestant does."""

import torch
from torch.nn import functional as F

from ops import backwards_of, cotangent_of, function_of, mean_magnitude, operands_of, rows_of, shared

FUNCTIONS = shared(torch, F, torch.linalg, torch.special) | {
    "equal": torch.eq,
    "power": torch.pow,
    "mod": torch.remainder,
    "log_sigmoid": F.logsigmoid,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "elu": lambda x: torch.ops.aten.elu(x, 1.5, 1.25, 0.5),
    "var": lambda x, axis: torch.var(x, axis, correction=0),
    "var_mean": lambda x, axis: torch.var_mean(x, axis, correction=0)[0],
    "norm": lambda x, axis: torch.linalg.vector_norm(x, dim=axis),
    "max": lambda x, axis: torch.amax(x, axis),
    "min": lambda x, axis: torch.amin(x, axis),
    "logcumsumexp": lambda x, axis: torch.logcumsumexp(x, axis),
    "transpose": lambda x: x.T.contiguous(),
    "broadcast_to": lambda x, rows: x.expand(rows, -1).contiguous(),
    "diagonal": lambda x: x.diagonal().contiguous(),
    "slice": lambda x: x[:, x.shape[1] // 4 : x.shape[1] // 4 + x.shape[1] // 2].contiguous(),
    "split": lambda x: torch.chunk(x, 2, 1)[1].contiguous(),
    "take": lambda x, backwards: torch.index_select(x, 0, backwards),
    "take_along_axis": lambda x, mirrored: torch.gather(x, 1, mirrored),
    "index_add": lambda a, b, backwards: torch.index_add(a, 0, backwards, b),
    "index_put": lambda a, b, backwards: torch.index_copy(a, 0, backwards, b),
    "linear": F.linear,
    "solve_triangular": lambda a, b: torch.linalg.solve_triangular(a, b, upper=False),
    "expm": torch.linalg.matrix_exp,
    "convolution": lambda x, weight: F.conv2d(x, weight, stride=2, padding=1),
    "convolution_with_bias": lambda x, weight, bias: F.conv2d(x, weight, bias, stride=2, padding=1),
    "resample/avg_pool2d": lambda x: F.avg_pool2d(x, 2),
    "resample/bilinear": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "unfold": lambda x: F.unfold(x, 4, padding=1, stride=2),
    "fourier": lambda x: torch.view_as_real(torch.fft.fft(torch.view_as_complex(x))),
}


def op(use, _, direction, shapes, intervals):
    operands = [torch.from_numpy(x) for x in operands_of(use, shapes, intervals)]
    indices = {name: torch.from_numpy(places) for name, places in backwards_of(operands[0]).items()}
    modules = (torch, torch.special, F)
    function = function_of(use, FUNCTIONS, modules, rows=rows_of(operands[0]), **indices)
    if direction == "forward":
        return mean_magnitude(function(*operands)), lambda: lambda: function(*operands)
    variables = [x.requires_grad_() for x in operands if x.is_floating_point()]
    cotangent = torch.from_numpy(cotangent_of(function(*operands).shape))

    def gradient():
        return torch.autograd.grad(function(*operands), variables, cotangent)

    return sum(mean_magnitude(dx) for dx in gradient()), lambda: gradient
