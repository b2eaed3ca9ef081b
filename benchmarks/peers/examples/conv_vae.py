"""examples/conv_vae.cpp in PyTorch: conv_vae.py [FOLDER [EPOCHS [SEED]]]."""

import pathlib
import sys

import torch

from images import load

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from torch_model import ConvVae, adam, training_step  # noqa: E402

folder, epochs, seed = sys.argv[1:] + ["/usr/share/datasets/fashion-mnist", "3", "1"][len(sys.argv) - 1:]
train, test = load(folder, "train"), load(folder, "t10k")
torch.manual_seed(int(seed))
model = ConvVae(train.shape[1:])
optimizer = adam(model)
for epoch in range(1, int(epochs) + 1):
    total = 0.0
    for indices in torch.randperm(len(train)).split(128):
        epsilon = torch.randn(len(indices), 20)
        total += training_step(model, optimizer, train[indices].float() / 255, epsilon).item() * len(indices)
    with torch.no_grad():
        tested = sum(model(x.float() / 255, torch.randn(len(x), 20)).item() * len(x) for x in test.split(500))
    print(f"epoch {epoch}: {total / len(train):.5g} in training, {tested / len(test):.5g} on test images", flush=True)
