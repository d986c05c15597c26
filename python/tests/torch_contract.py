"""The torch engine with the network of ``engineContract``, for ``contract_engine.py``."""

import sys

import torch

from eoss.pytorch.data import Samples
from eoss.pytorch.loss import TorchProblem
from eoss.pytorch.optimizer import Rule
from eoss.pytorch.vectors import TorchVectors

torch.set_num_threads(1)
DTYPE = torch.float64 if sys.argv[1].endswith("float64") else torch.float32


def vectors():
    return TorchVectors(DTYPE, torch.device("cpu"))


class Bilinear(torch.nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.a = torch.nn.Parameter(torch.tensor(a, dtype=DTYPE))
        self.b = torch.nn.Parameter(torch.tensor(b, dtype=DTYPE))

    def forward(self, x):
        return x @ (self.a * self.b)


def squared_error(f, y):
    return ((f - y) ** 2).sum(-1).mean()


def problem_of(network):
    model = Bilinear(network["a"], network["b"])
    data = tuple(torch.tensor(network[name], dtype=DTYPE) for name in ("x", "y"))
    # As after some updates, with the state that the test knows.
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.1)
    squares = torch.tensor([0.1 + 0.01 * i for i in range(2 * len(network["a"]))], dtype=DTYPE)
    for p, square in zip(model.parameters(), squares.split(len(network["a"]))):
        optimizer.state[p] = {"step": torch.tensor(3.0), "square_avg": square.clone()}
    return TorchProblem(
        model,
        samples=Samples(data, torch.device("cpu")),
        loss_fn=squared_error,
        likelihood=True,
        chunk=100,
        optimizer=Rule(optimizer, list(model.parameters())),
    )
