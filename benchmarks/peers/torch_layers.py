"""The tasks of benchmarks/tasks/layers.cpp in PyTorch."""

import math

import torch
from torch import nn

from same_numbers import same_numbers
from transforms import magnitude

INPUT_SEED, COTANGENT_SEED = 200, 201
# The layer, and the shape of what it is applied to.
LAYERS = {
    "linear": lambda: (nn.Linear(784, 400), (128, 784)),
    "layer_norm": lambda: (nn.LayerNorm(256), (32, 128, 256)),
    "group_norm": lambda: (nn.GroupNorm(8, 32), (32, 32, 16, 16)),
    "batch_norm1d": lambda: (nn.BatchNorm1d(256), (1024, 256)),
    "batch_norm2d": lambda: (nn.BatchNorm2d(32), (32, 32, 28, 28)),
    "dropout": lambda: (nn.Dropout(0.5), (1024, 1024)),
    "conv1d": lambda: (nn.Conv1d(32, 64, 5, padding=2), (32, 32, 256)),
    "conv2d": lambda: (nn.Conv2d(16, 32, 3, padding=1), (32, 16, 28, 28)),
    "conv_transpose2d": lambda: (nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1), (32, 32, 14, 14)),
    "max_pool2d": lambda: (nn.MaxPool2d(2), (32, 32, 28, 28)),
    "avg_pool2d": lambda: (nn.AvgPool2d(2), (32, 32, 28, 28)),
    "rnn": lambda: (nn.RNN(64, 128), (50, 32, 64)),
    "gru": lambda: (nn.GRU(64, 128), (50, 32, 64)),
    "lstm": lambda: (nn.LSTM(64, 128), (50, 32, 64)),
    "attention": lambda: (nn.MultiheadAttention(128, 8), (64, 16, 128)),
    "transformer": lambda: (nn.TransformerEncoderLayer(128, 8, dim_feedforward=512, dropout=0), (64, 16, 128)),
}


def layer(name):
    module, shape = LAYERS[name]()
    with torch.no_grad():
        for k, parameter in enumerate(module.parameters()):
            parameter.copy_(torch.from_numpy(same_numbers(k + 1, tuple(parameter.shape), -0.1, 0.1)))
    x = torch.from_numpy(same_numbers(INPUT_SEED, shape, -1.0, 1.0)).requires_grad_()

    def call(x):
        if name == "attention":
            return module(x, x, x, need_weights=False)[0]
        y = module(x)
        return y[0] if isinstance(y, tuple) else y

    cotangent = torch.from_numpy(same_numbers(COTANGENT_SEED, tuple(call(x).shape), -1.0, 1.0))

    def step():
        y = call(x)
        return y.detach(), *torch.autograd.grad(torch.sum(y * cotangent), [x, *module.parameters()])

    return math.nan if name == "dropout" else magnitude(*step()), lambda: step


TASKS = {"layer": layer}
