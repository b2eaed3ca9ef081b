#!/usr/bin/env python3
"""Makes torch_state.safetensors, the state_dict of a Sequential in four element types, and torch_state.txt: what the model gives."""
import pathlib

import torch
from safetensors.torch import save_file

from write_golden import Golden

golden = Golden("torch_state.txt", f"torch {torch.__version__}")
torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2)).double()
for parameter in model.parameters():  # what 8 bits hold is the same in all types
    parameter.data = torch.round(parameter.data * 64) / 64
tensors = {}
for name, dtype in ("float", torch.float32), ("double", torch.float64), ("half", torch.float16), ("brain", torch.bfloat16):
    for key, value in model.state_dict().items():
        tensors[f"{name}.{key}"] = value.to(dtype)
    tensors[f"{name}.norm.num_batches_tracked"] = torch.tensor(7)
save_file(tensors, pathlib.Path(__file__).with_name("torch_state.safetensors"), {"format": "pt"})
x = torch.randn(5, 4, dtype=torch.float64)
golden.add("x", x)
golden.add("y", model(x).detach())
golden.write()
