"""examples/transformer.cpp in PyTorch: transformer.py [STEPS [SEED]]."""

import sys

import torch
from torch import nn

steps, seed = (int(given) for given in (sys.argv[1:] + ["1200", "1"][len(sys.argv) - 1:]))
torch.manual_seed(seed)
SYMBOLS, PAIRS = 8, 4


class Recall(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.symbols = nn.Embedding(2 * SYMBOLS, size)
        self.places = nn.Embedding(3 * PAIRS, size)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(size, heads, 2 * size, dropout=0, batch_first=True)
                                    for _ in range(2))  # in a TransformerEncoder both would start from the same values
        self.head = nn.Linear(size, SYMBOLS)

    def forward(self, x):
        h = self.symbols(x) + self.places.weight
        for layer in self.layers:
            h = layer(h)
        return self.head(h[:, 2 * PAIRS:])


def draw(batch):
    keys = torch.rand(batch, SYMBOLS).argsort(-1)[:, :PAIRS]
    values = torch.randint(0, SYMBOLS, (batch, PAIRS))
    asked = torch.rand(batch, PAIRS).argsort(-1)
    pairs = torch.stack([keys, SYMBOLS + values], -1).flatten(1)
    return torch.cat([pairs, keys.gather(1, asked)], 1), values.gather(1, asked)


def accuracy(sequences):
    with torch.no_grad():
        x, answers = draw(sequences)
        return (model(x).argmax(-1) == answers).float().mean()


model = Recall(64, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / 100, total_iters=99)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], [100])
for step in range(steps):
    x, answers = draw(64)
    loss = nn.functional.cross_entropy(model(x).flatten(0, 1), answers.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if (step + 1) % 200 == 0:
        print(f"step {step + 1}: loss {loss.item():.4g}, accuracy {accuracy(500):.4g}", flush=True)
print(f"in the end: accuracy {accuracy(2000):.4g}")
