"""The same Hessian products with PyTorch: double backward, the graph of the gradient retained.

python3 bench/hvp/pytorch.py [threads] [runs]        (torch 2.13.0)

Prints JSON: milliseconds of a product on a retained graph, and of one with its graph made anew.
"""

import json
import sys
import time

import torch
from torch import nn

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
torch.set_num_threads(threads)

NETWORKS = {
    "mlp": lambda: nn.Sequential(
        nn.Flatten(),
        nn.Linear(3072, 512), nn.ReLU(),
        nn.Linear(512, 512), nn.ReLU(),
        nn.Linear(512, 10),
    ),
    "cnn": lambda: nn.Sequential(
        nn.Conv2d(3, 64, 3), nn.ReLU(),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4608, 512), nn.ReLU(),
        nn.Linear(512, 10),
    ),
}


def best(body):
    body()
    least = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        body()
        least = min(least, time.perf_counter() - start)
    return 1000 * least


def measure(network, batch):
    torch.manual_seed(0)
    model = NETWORKS[network]()
    params = list(model.parameters())
    x, y = torch.randn(batch, 3, 32, 32), torch.randn(batch, 10)

    def graph():
        loss = ((model(x) - y) ** 2).sum(1).mean()
        return torch.autograd.grad(loss, params, create_graph=True)

    v = [p.detach().clone() for p in params]
    gradient = graph()
    later = best(lambda: torch.autograd.grad(gradient, params, v, retain_graph=True))
    del gradient
    first = best(lambda: torch.autograd.grad(graph(), params, v))
    return {"network": network, "batch": batch, "later": later, "first": first}


sizes = [("mlp", 16), ("mlp", 128), ("mlp", 1024), ("cnn", 16), ("cnn", 128), ("cnn", 1024)]
print(json.dumps([measure(network, batch) for network, batch in sizes]))
