"""examples/vq_vae.cpp in PyTorch: vq_vae.py [FOLDER [EPOCHS [SEED [LEAST]]]]."""

import sys

import torch
from torch import nn
from torch.nn import functional as F

from images import load

CODES, SIZE, DECAY, COMMITMENT = 512, 64, 0.99, 0.25


class VqVae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, SIZE, 4, 2, 1), nn.ReLU(),
                                     nn.Conv2d(SIZE, SIZE, 1))
        self.decoder = nn.Sequential(nn.Conv2d(SIZE, 64, 3, padding=1), nn.ReLU(),
                                     nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(),
                                     nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Sigmoid())
        self.register_buffer("counts", torch.ones(CODES, 1))
        self.register_buffer("sums", (2 * torch.rand(CODES, SIZE) - 1) / CODES)

    def codebook(self):
        return self.sums / self.counts

    def encode(self, x):
        return self.encoder(x).permute(0, 2, 3, 1).reshape(-1, SIZE)

    def nearest(self, z):
        e = self.codebook()
        return torch.argmin((e * e).sum(1) - 2 * z.detach() @ e.T, 1)

    def decode(self, z):
        return self.decoder(z.view(-1, 7, 7, SIZE).permute(0, 3, 1, 2))

    def update(self, z, codes, least):
        one_hot = F.one_hot(codes, CODES).float()
        n = DECAY * self.counts + (1 - DECAY) * one_hot.sum(0)[:, None]
        total = DECAY * self.sums + (1 - DECAY) * one_hot.T @ z
        others = z[torch.randint(len(z), (CODES,))]
        self.counts = torch.where(n < least, torch.ones_like(n), n)
        self.sums = torch.where(n < least, others, total)


folder, epochs, seed, least = sys.argv[1:] + ["/usr/share/datasets/fashion-mnist", "3", "1", "1"][len(sys.argv) - 1:]
train, test = load(folder, "train"), load(folder, "t10k")
torch.manual_seed(int(seed))
model = VqVae()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
variance = (train[:1000].float() / 255).var(unbiased=False)
for epoch in range(1, int(epochs) + 1):
    for indices in torch.randperm(len(train)).split(128):
        x = train[indices].float() / 255
        z = model.encode(x)
        codes = model.nearest(z)
        e = model.codebook()[codes]
        loss = F.mse_loss(model.decode(z + (e - z).detach()), x) / variance + COMMITMENT * F.mse_loss(z, e)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.update(z.detach(), codes, float(least))
    error, uses = 0.0, torch.zeros(CODES)
    with torch.no_grad():
        for batch in test.split(500):
            x = batch.float() / 255
            codes = model.nearest(model.encode(x))
            error += F.mse_loss(model.decode(model.codebook()[codes]), x).item() * len(x)
            uses += torch.bincount(codes, minlength=CODES)
    share = uses / uses.sum()
    print(f"epoch {epoch}: error {error / len(test):.6g}, perplexity {torch.exp(-torch.xlogy(share, share).sum()):.5g} "
          f"of {(uses > 0).sum()} codes in use", flush=True)
