"""PyTorch's side of engines.mjs: training steps and Hessian-vector products on one thread.

python3 pytorch.py        (torch 2.13.0)

A product is the double backward of a retained graph, as hvp's is one of a retained tape.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "curvature" / "python"))
# The networks of the other benchmark read their number of threads from the command line.
sys.argv = [sys.argv[0], "work", "network", "job", "--threads", "1"]

import torch  # noqa: E402
from torch_networks import NETWORKS, mse  # noqa: E402


def problem_of(network, batch):
    model = NETWORKS[network]()
    params = list(model.parameters())
    x, y = torch.randn(batch, 3, 32, 32), torch.randn(batch, 10)
    optimizer = torch.optim.SGD(params, lr=1e-6)

    def step():
        optimizer.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    # Steps change the parameters, which a retained graph does not survive.
    still = NETWORKS[network]()
    at = list(still.parameters())

    def linearise():
        return torch.autograd.grad(mse(still(x), y), at, create_graph=True)

    v = [p.detach().clone() for p in at]
    gradient = linearise()
    return {
        "step": step,
        "linearise": linearise,
        "Hv": lambda: torch.autograd.grad(gradient, at, v, retain_graph=True),
    }


problems = {}
for line in sys.stdin:
    task = json.loads(line)
    key = (task["network"], task["batch"])
    if key not in problems:
        # One at a time: graphs are large.
        problems.clear()
        problems[key] = problem_of(*key)
    run = problems[key][task["what"]]
    times = []
    for _ in range(task["steps"]):
        began, before = time.perf_counter(), time.process_time()
        run()
        wall, cpu = time.perf_counter() - began, time.process_time() - before
        times.append({"wall": 1000 * wall, "cpu": 1000 * cpu})
    print(json.dumps(times), flush=True)
