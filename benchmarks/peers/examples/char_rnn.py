"""examples/char_rnn.cpp in PyTorch, and n-grams: char_rnn.py [EPOCHS [SEED [FILE...]]]."""

import math
import pathlib
import sys
from collections import Counter

import torch
from torch import nn

epochs, seed, *files = sys.argv[1:] + ["10", "1"][len(sys.argv) - 1:]
epochs = int(epochs)
torch.manual_seed(int(seed))
LICENCES = ["Apache-2.0", "Artistic", "CC0-1.0", "GFDL-1.3", "GPL-2", "LGPL-2.1", "GPL-3", "MPL-2.0"]
files = files or [f"/usr/share/common-licenses/{name}" for name in LICENCES]
text = b"".join(pathlib.Path(file).read_bytes() for file in files)
alphabet = sorted(set(text))
end = len(text) * 9 // 10
train, test = (torch.tensor([alphabet.index(c) for c in part]) for part in (text[:end], text[end:]))
STREAMS, TIMES, HIDDEN = 16, 32, 128


class CharRnn(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.symbols = nn.Embedding(count, 32)
        self.lstm = nn.LSTM(32, HIDDEN)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(HIDDEN, count)

    def forward(self, x, state=None):
        output, state = self.lstm(self.symbols(x), state)
        return self.head(self.dropout(output)), tuple(part.detach() for part in state)


def loss_of(logits, targets):
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def nats_of_ngrams(order):
    """p(c | h) = (n(hc) + d(h) p(c | h')) / (n(h) + d(h)) by Witten and Bell (1991): n counts in the training text, d(h)
    is how many characters follow h there, and h' is h without its first character."""
    followers = {}
    for i in range(end):
        for n in range(min(i, order) + 1):
            followers.setdefault(text[i - n:i], Counter())[text[i]] += 1
    total = 0
    for i in range(end + 1, len(text)):
        p = 1 / len(alphabet)
        for n in range(order + 1):
            after = followers.get(text[i - n:i])
            if after is None:
                break
            p = (after[text[i]] + len(after) * p) / (after.total() + len(after))
        total -= math.log(p)
    return total / (len(text) - end - 1)


model = CharRnn(len(alphabet))
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
length = len(train) // STREAMS
steps = (length - 1) // TIMES
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)
streams = train[:STREAMS * length].reshape(STREAMS, length).T
for epoch in range(1, epochs + 1):
    state = None
    for step in range(steps):
        logits, state = model(streams[step * TIMES:(step + 1) * TIMES], state)
        loss = loss_of(logits, streams[step * TIMES + 1:(step + 1) * TIMES + 1])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        nats = loss_of(model(test[:-1, None])[0], test[1:, None]).item()
    model.train()
    print(f"epoch {epoch}: {nats:.4g} nats a character", flush=True)
print(f"held out: {nats:.4g} nats, {nats / math.log(2):.4g} bits a character")
for order in (3, 4, 5):
    print(f"{order + 1}-grams: {nats_of_ngrams(order):.4g} nats a character")
