#!/usr/bin/env python3
"""Makes losses.txt: PyTorch's losses with their options, and the gradients of the sum of their squares, in float64."""
import platform

import torch
from torch.nn import functional as F
from write_golden import Golden

golden = Golden("losses.txt", f"torch {torch.__version__}", f"Python {platform.python_version()}")
torch.manual_seed(1)


def numbers(*shape, scale=1.0):
    return (scale * torch.randn(*shape, dtype=torch.float32)).double()  # exact in both precisions


inputs = dict(
    x=numbers(4, 3, scale=2), y=numbers(4, 3), row=numbers(3), p=torch.rand(4, 3, dtype=torch.float32).double(),
    grey=torch.rand(4, 3, dtype=torch.float32).double(), logits=numbers(5, 4, scale=3), other=numbers(5, 4),
    # Far out, where exponentials overflow and vanish.
    extreme=torch.tensor([[1e4, -1e4, 0, 3], [-1e4, -1e4, -1e4, -1e4], [1e4, 1e4, 1e4, -1e4], [0, 1e4, 2, 1],
                          [-5, 1e4, -1e4, 1e4]], dtype=torch.float64))
for name, array in inputs.items():
    golden.add(name, array)
labels = torch.tensor([2, 0, 3, 1, 1])
weights = torch.tensor([0.5, 2, 0, 1.5], dtype=torch.float64)
soft = torch.softmax(inputs["other"], -1)
golden.add("soft", soft)


def add(name, f, *arguments):
    """f of the inputs of these names, and the gradient of the sum of its squares in each."""
    given = [inputs[key].clone().requires_grad_() for key in arguments]
    y = f(*given)
    golden.add(name, y.detach())
    for key, gradient in zip(arguments, torch.autograd.grad(y.square().sum(), given)):
        golden.add(f"{name}_d{key}", gradient)


for r in ("mean", "sum", "none"):
    add(f"mse_{r}", lambda x, y: F.mse_loss(x, y, reduction=r), "x", "y")
    add(f"l1_{r}", lambda x, y: F.l1_loss(x, y, reduction=r), "x", "y")
    add(f"huber_{r}", lambda x, y: F.huber_loss(x, y, reduction=r, delta=0.7), "x", "y")
    add(f"bce_{r}", lambda p, y: F.binary_cross_entropy(p, y, reduction=r), "p", "grey")
    add(f"logits_{r}", lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction=r), "x", "grey")
    add(f"nll_{r}", lambda l: F.nll_loss(F.log_softmax(l, -1), labels, reduction=r), "logits")
    add(f"nll_weights_{r}", lambda l: F.nll_loss(F.log_softmax(l, -1), labels, weights, reduction=r), "logits")
    for suffix, options in (("", {}), ("_smooth", dict(label_smoothing=0.1)), ("_weights", dict(weight=weights)),
                            ("_all", dict(label_smoothing=0.3, weight=weights))):
        add(f"ce{suffix}_{r}", lambda l: F.cross_entropy(l, labels, reduction=r, **options), "logits")
        add(f"soft{suffix}_{r}", lambda l: F.cross_entropy(l, soft, reduction=r, **options), "logits")
        add(f"ignored{suffix}_{r}", lambda l: F.cross_entropy(l, labels, reduction=r, ignore_index=1, **options),
            "logits")
    kl = "batchmean" if r == "mean" else r
    add(f"kl_{r}", lambda l, t: F.kl_div(F.log_softmax(l, -1), F.log_softmax(t, -1), reduction=kl, log_target=True).sum(
        -1 if r == "none" else ()), "logits", "other")
add("broadcast", lambda x, row: F.mse_loss(*torch.broadcast_tensors(x, row)), "x", "row")
add("extreme_ce", lambda l: F.cross_entropy(l, labels, reduction="none"), "extreme")
add("extreme_smooth", lambda l: F.cross_entropy(l, labels, label_smoothing=0.1), "extreme")
add("extreme_soft", lambda l: F.cross_entropy(l, soft), "extreme")
add("extreme_logits", lambda l: F.binary_cross_entropy_with_logits(l, soft, reduction="none"), "extreme")
add("extreme_huber", lambda l: F.huber_loss(l, soft, reduction="none"), "extreme")
golden.write()
