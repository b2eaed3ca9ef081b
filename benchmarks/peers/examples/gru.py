"""examples/gru.cpp in PyTorch: gru.py [STEPS [LENGTH [SEED]]]."""

import sys

import torch
from torch import nn

steps, length, seed = (int(given) for given in (sys.argv[1:] + ["600", "50", "1"][len(sys.argv) - 1:]))
torch.manual_seed(seed)


class Adder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(2, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.gru(x)[1][0]).squeeze(-1)


def draw(batch):
    numbers, marks = torch.rand(batch, length), torch.zeros(batch, length)
    marks[torch.arange(batch), torch.randint(0, length // 2, (batch,))] = 1
    marks[torch.arange(batch), torch.randint(length // 2, length, (batch,))] = 1
    return torch.stack([numbers, marks], -1), (numbers * marks).sum(-1)


model = Adder(64)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
for step in range(steps):
    x, y = draw(64)
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    schedule.step()
    if (step + 1) % 100 == 0:
        print(f"step {step + 1}: {loss.item():.4g}", flush=True)

with torch.no_grad():
    x, y = draw(2000)
    print(f"error {nn.functional.mse_loss(model(x), y):.4g}, of saying 1 always "
          f"{nn.functional.mse_loss(torch.ones(2000), y):.4g}")
