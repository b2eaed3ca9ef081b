#!/usr/bin/env python3
"""Makes the weights of a model with tied ones as PyTorch leaves them: torch_tied.safetensors by safetensors' save_model, which writes
each tensor once; torch_tied.npz, its state_dict with all names; and torch_tied.txt, what the model gives and its gradients."""
import pathlib

import numpy as np
import torch
from safetensors.torch import save_model

from write_golden import Golden


class Model(torch.nn.Module):
    """An embedding whose table is the last layer's weight, and a layer in two places."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(5, 3)
        self.first = torch.nn.Linear(3, 3)
        self.second = self.first
        self.head = torch.nn.Linear(3, 5)
        self.head.weight = self.embedding.weight

    def forward(self, symbols):
        return self.head(self.second(torch.tanh(self.first(self.embedding(symbols)))))


golden = Golden("torch_tied.txt", f"torch {torch.__version__}")
torch.manual_seed(1)
model = Model().double()
path = pathlib.Path(__file__)
save_model(model, path.with_name("torch_tied.safetensors"))
np.savez(path.with_name("torch_tied.npz"), **{name: value.numpy() for name, value in model.state_dict().items()})
symbols = torch.tensor([4, 0, 2, 2])
y = model(symbols)
torch.nn.functional.cross_entropy(y, torch.tensor([1, 3, 0, 4])).backward()
golden.add("symbols", symbols)
golden.add("y", y.detach())
for name, parameter in model.named_parameters():
    golden.add(name, parameter.grad)
golden.write()
