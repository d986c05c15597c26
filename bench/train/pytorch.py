"""The other side of the comparison: the same training steps with PyTorch. See turns.mjs for its input.

python3 pytorch.py [threads]        (torch 2.13.0)
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))

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


def problem_of(network, batch):
    model = NETWORKS[network]()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    return model, optimizer, torch.randn(batch, 3, 32, 32), torch.randn(batch, 10)


def step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).sum(1).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


problems = {}
for line in sys.stdin:
    task = json.loads(line)
    key = (task["network"], task["batch"])
    if key not in problems:
        problems[key] = problem_of(*key)
    times = []
    for _ in range(task["steps"]):
        began, before = time.perf_counter(), time.process_time()
        step(*problems[key])
        wall, cpu = time.perf_counter() - began, time.process_time() - before
        times.append({"wall": 1000 * wall, "cpu": 1000 * cpu})
    print(json.dumps(times), flush=True)
