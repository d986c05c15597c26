"""Means over batches through the bridge: how often the truth is outside of the 95 % interval that is given."""

import itertools
import os

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import eoss

SAMPLES, BATCH = 16, 3
SEEDS = 40 if os.environ.get("EOSS_FULL") == "1" else 8


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2))


def samples():
    made = torch.Generator().manual_seed(5)
    return torch.randn(SAMPLES, 3, generator=made), torch.randint(0, 2, (SAMPLES,), generator=made)


def truth():
    """λmax and gᵀHg/gᵀg of every batch of 3 of the 16 samples, in float64; their means."""
    model, (x, y) = network().double(), samples()
    names, values = zip(*model.named_parameters())
    sizes = [p.numel() for p in values]

    def losses(theta):
        parts = {n: part.view(p.shape) for n, part, p in zip(names, theta.split(sizes), values)}
        return F.cross_entropy(torch.func.functional_call(model, parts, x.double()), y, reduction="none")

    theta = torch.cat([p.detach().reshape(-1) for p in values])
    gradients = torch.autograd.functional.jacobian(losses, theta)
    hessians = torch.stack([torch.autograd.functional.hessian(lambda t: losses(t)[i], theta) for i in range(SAMPLES)])
    top, sharpness = [], []
    for batch in itertools.combinations(range(SAMPLES), BATCH):
        h, g = hessians[list(batch)].mean(0), gradients[list(batch)].mean(0)
        top.append(torch.linalg.eigvalsh(h)[-1])
        sharpness.append(g @ h @ g / (g @ g))
    return {"minibs": float(torch.stack(top).mean()), "batch-sharpness": float(torch.stack(sharpness).mean())}


def test_intervals_hold_the_mean_as_often_as_they_say():
    exact, outside = truth(), {"minibs": 0, "batch-sharpness": 0}
    for seed in range(SEEDS):
        for found in eoss.measure(
            network(), nn.CrossEntropyLoss(), samples(), list(exact), batch_size=BATCH, tolerance=0.05, max_batches=48,
            seed=seed, check=False,
        ):
            outside[found.quantity] += abs(found.value - exact[found.quantity]) > found.error
            assert found.error < 0.5 * exact[found.quantity]
    # Of 40, two are expected; seven or more have a probability of 0.3 %. Of 8, three or more 0.6 %.
    print(f"outside of {SEEDS}: {outside}")
    for name, count in outside.items():
        assert count <= (6 if SEEDS == 40 else 2), (name, count)
