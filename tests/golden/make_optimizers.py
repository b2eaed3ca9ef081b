#!/usr/bin/env python3
"""Makes optimizers.txt: 100 steps of PyTorch's optimizers in float64, each with several options; clipping and EMA.

Lion is not in PyTorch: it is written out here as in the paper, arXiv:2302.06675, program 1.
"""
import platform

import torch
from torch import optim
from write_golden import Golden

golden = Golden("optimizers.txt", f"torch {torch.__version__}", f"Python {platform.python_version()}")
golden.lines.append("# to 9 digits")


class Lion(optim.Optimizer):
    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                update = torch.sign(m * beta1 + p.grad * (1 - beta1)) + group["weight_decay"] * p
                m.mul_(beta2).add_(p.grad, alpha=1 - beta2)
                p.sub_(group["lr"] * update)


VARIANTS = {
    "sgd": (optim.SGD, dict()),
    "sgd_momentum": (optim.SGD, dict(lr=1e-2, momentum=0.9)),
    "sgd_dampening": (optim.SGD, dict(lr=1e-2, momentum=0.8, dampening=0.3)),
    "sgd_nesterov": (optim.SGD, dict(lr=1e-2, momentum=0.9, nesterov=True)),
    "sgd_decay": (optim.SGD, dict(lr=1e-2, weight_decay=0.2)),
    "sgd_all": (optim.SGD, dict(lr=2e-2, momentum=0.7, nesterov=True, weight_decay=0.1)),
    "adam": (optim.Adam, dict()),
    "adam_betas": (optim.Adam, dict(lr=5e-2, betas=(0.8, 0.95), eps=1e-4)),
    "adam_decay": (optim.Adam, dict(lr=2e-2, weight_decay=0.3)),
    "adam_amsgrad": (optim.Adam, dict(lr=5e-2, betas=(0.9, 0.8), amsgrad=True)),
    "adam_all": (optim.Adam, dict(lr=5e-2, betas=(0.9, 0.8), weight_decay=0.1, amsgrad=True)),
    "adamw": (optim.AdamW, dict()),
    "adamw_decay": (optim.AdamW, dict(lr=2e-2, weight_decay=0.5)),
    "adamw_amsgrad": (optim.AdamW, dict(lr=5e-2, betas=(0.9, 0.8), weight_decay=0.2, amsgrad=True)),
    "rmsprop": (optim.RMSprop, dict()),
    "rmsprop_momentum": (optim.RMSprop, dict(lr=2e-3, alpha=0.9, momentum=0.8)),
    "rmsprop_centered": (optim.RMSprop, dict(lr=5e-3, alpha=0.9, eps=1e-3, centered=True)),
    "rmsprop_all": (optim.RMSprop, dict(lr=1e-3, eps=1e-3, momentum=0.8, centered=True, weight_decay=0.1)),
    "adagrad": (optim.Adagrad, dict()),
    "adagrad_all": (optim.Adagrad, dict(lr=0.2, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.5,
                                        eps=1e-6)),
    "lion": (Lion, dict()),
    "lion_decay": (Lion, dict(lr=7e-3, betas=(0.85, 0.95), weight_decay=0.3)),
}


def start():
    """Two arrays: p, one element of which has no gradient, and q."""
    p = torch.tensor([-2 + i * 4 / 18 for i in range(19)], dtype=torch.float64)
    return p.clone().requires_grad_(), (0.5 - p[:17]).requires_grad_()


def loss(p, q):
    mask = torch.ones(19, dtype=torch.float64)
    mask[9] = 0
    return torch.nn.functional.softplus(3 * p * mask).sum() + (q - torch.sin(p[:17] * mask[:17])).square().sum() / 2


def run(name, optimizer, p, q, at=(1, 10, 100), before=lambda step: None):
    for step in range(1, max(at) + 1):
        before(step)
        optimizer.zero_grad()
        loss(p, q).backward()
        optimizer.step()
        if step in at:
            golden.add(f"{name}_p{step}", p.detach())
            golden.add(f"{name}_q{step}", q.detach())


for name, (kind, options) in VARIANTS.items():
    p, q = start()
    run(name, kind([p, q], **options), p, q)

# Groups of other options, and rates that are set on the way.
p, q = start()
optimizer = optim.Adam([{"params": [p], "lr": 1e-2, "amsgrad": True}, {"params": [q], "lr": 3e-2, "weight_decay": 0.2}],
                       betas=(0.9, 0.8))


def set_rates(step):
    if step == 31:
        optimizer.param_groups[1]["lr"] = 0.1
    if step == 61:
        for group in optimizer.param_groups:
            group["lr"] = 5e-3


run("groups", optimizer, p, q, (100,), set_rates)

# Gradients that are clipped, and averages of weights.
gradients = [torch.linspace(-1, 2, 7, dtype=torch.float64), torch.linspace(3, -4, 5, dtype=torch.float64)]
for k, array in enumerate(gradients):
    golden.add(f"gradient_{k}", array)
for bound in (1.5, 100.0):
    for array in gradients:
        array.grad = array.clone()
    golden.add(f"clip_norm_{bound:g}", torch.nn.utils.clip_grad_norm_(gradients, bound))
    for k, array in enumerate(gradients):
        golden.add(f"clip_{k}_{bound:g}", array.grad)
model = torch.nn.Linear(3, 1, dtype=torch.float64)
average = optim.swa_utils.AveragedModel(model, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.9))
for update in range(6):
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[update, update**2, 1 / (1 + update)]], dtype=torch.float64))
    average.update_parameters(model)
golden.add("ema", average.module.weight.detach())
golden.write()
