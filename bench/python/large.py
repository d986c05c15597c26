"""λmax of a network with 100 million parameters within a given memory: what it takes, beside what was said.

  python bench/python/large.py [--width 8700] [--memory 8e9] [--check]

The network has two hidden layers and some steps of training behind it; the batch is of 8 images.
"""

import argparse
import resource
import time

import torch
from networks import samples, squared
from torch import nn

import eoss
from eoss._measuring import _processes

GB = 1e9


def resident():
    """Bytes of this process in memory now, and the most so far."""
    with open("/proc/self/statm") as fields:
        now = int(fields.read().split()[1]) * resource.getpagesize()
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def most_of_node():
    (process,) = _processes.values()
    with open(f"/proc/{process._child.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def trained(width, steps=10):
    torch.manual_seed(0)
    inner = (nn.Linear(3072, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
    model = nn.Sequential(nn.Flatten(), *inner, nn.Linear(width, 10))
    for step in range(steps):
        x, y = samples("mlp", 8, 1000 + step)
        model.zero_grad()
        squared(model(x), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(p.grad, alpha=0.005)
    model.zero_grad()
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=8700)
    parser.add_argument("--memory", type=float, default=8e9)
    parser.add_argument("--check", action="store_true", help="with the checks of the loss, in double precision")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = trained(options.width)
    size = sum(p.numel() for p in model.parameters())
    before, most_before = resident()
    print(f"{size:,} parameters of {4 * size / GB:.2f} GB; {before / GB:.2f} GB resident before", flush=True)
    started = time.process_time()
    found = eoss.measure(model, squared, samples("mlp", 8, 1), memory=options.memory, check=options.check)
    most = resident()[1]
    print(f"{found}, {found.error_kind}, {found.products} products")
    print(f"{time.process_time() - started:.0f} s of processor time")
    print(f"at most {(most - before) / GB:.2f} GB more than before ({options.memory / GB:.2f} given); "
          f"before it at most {most_before / GB:.2f}; Node {most_of_node() / GB:.2f} GB")


if __name__ == "__main__":
    main()
