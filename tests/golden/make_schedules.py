#!/usr/bin/env python3
"""Makes schedules.txt: the learning rates of PyTorch's schedules, step by step."""
import platform
import warnings

import torch
from torch.optim import SGD, lr_scheduler
from write_golden import Golden

warnings.simplefilter("ignore")  # of schedules that step without their optimizer
golden = Golden("schedules.txt", f"torch {torch.__version__}", f"Python {platform.python_version()}")


def optimizer(rate):
    return SGD([torch.zeros(1, requires_grad=True)], lr=rate)


def add(name, rate, make, steps, losses=None):
    """The rates of steps 0, 1, ..., or from the first loss on."""
    of = optimizer(rate)
    schedule, rates = make(of), []
    for step in range(steps):
        if losses is None:
            rates.append(of.param_groups[0]["lr"])
            schedule.step()
        else:
            schedule.step(losses[step])
            rates.append(of.param_groups[0]["lr"])
    golden.add(name, rates)


add("step", 0.5, lambda o: lr_scheduler.StepLR(o, 4, 0.3), 20)
add("multi_step", 0.5, lambda o: lr_scheduler.MultiStepLR(o, [3, 4, 11], 0.2), 20)
add("exponential", 0.5, lambda o: lr_scheduler.ExponentialLR(o, 0.9), 20)
add("cosine", 0.5, lambda o: lr_scheduler.CosineAnnealingLR(o, 19, 0.05), 20)
add("warm_up", 0.5,
    lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 1 / 5, 1, 4), lr_scheduler.CosineAnnealingLR(o, 15, 0.05)], [5]), 20)
add("one_cycle", 0.5, lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=20), 20)
add("one_cycle_options", 0.5,
    lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=30, pct_start=0.45, div_factor=7, final_div_factor=30), 30)

losses = [3, 2, 2.5, 2.1, 1.9999, 1.99, 2, 2, 2, 2, 2, 2, 1.5, float("nan"), 1.6, 1.6, 1.6, 1.6, 1.2, 1.3, 1.3, 1.3, 1.3, 1.3,
          1.3, 1.3, 1.3, 1.3, 1.3, 1.3]
golden.add("losses", losses)
add("plateau", 0.5, lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2), len(losses), losses)
add("plateau_cooldown", 0.5,
    lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.2, patience=1, threshold=0.05, cooldown=3, min_lr=0.03),
    len(losses), losses)
golden.write()
