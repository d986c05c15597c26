"""The work folder (see workFolder.mjs), and the frame in which every peer does its job.

python3 <peer>.py WORK NETWORK JOB [--tolerance T] [--threads N] [--units N]

A peer gives two functions. `prepare` makes whatever its library wants to have (model, tensors) and is
not timed; `solve` finds one eigenvalue and is. One JSON line is printed for each unit.
"""

import argparse
import json
import os
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")


@dataclass
class Unit:
    """One eigenvalue to find: parameters by name, and samples in chunks [(x, y), ...]."""

    params: dict
    chunks: list


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("network")
    parser.add_argument("job")
    parser.add_argument("--tolerance", type=float, default=1e-2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--units", type=int)
    return parser.parse_args()


class WorkFolder:
    def __init__(self, path, network):
        self.path = path
        self.manifest = json.loads((path / "manifest.json").read_text())
        self.network = self.manifest["networks"][network]
        shape = [-1, *self.manifest["inputShape"]]
        self.images = np.fromfile(path / "images.f32", np.float32).reshape(shape)
        labels = np.fromfile(path / "labels.u8", np.uint8)
        self.targets = np.eye(self.manifest["classes"], dtype=np.float32)[labels]

    def units(self, job, most):
        for unit in self.manifest["jobs"][job][:most]:
            yield Unit(self.params(unit["checkpoint"]), self.chunks(unit["samples"]))

    def probe(self):
        """A small problem on which every peer shows that it computes the same loss."""
        return Unit(self.params(-1), self.chunks(list(range(self.manifest["probe"]))))

    def params(self, checkpoint):
        values = np.fromfile(self.path / self.network["checkpoints"][checkpoint]["file"], np.float32)
        shapes = [tensor["shape"] for tensor in self.network["tensors"]]
        ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
        parts = np.split(values, ends[:-1])
        names = [tensor["name"] for tensor in self.network["tensors"]]
        return {name: part.reshape(shape) for name, part, shape in zip(names, parts, shapes)}

    def chunks(self, samples):
        x = self.images if samples is None else self.images[samples]
        y = self.targets if samples is None else self.targets[samples]
        size = self.network["chunk"]
        return [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]


def emit(**line):
    print(json.dumps(line), flush=True)


def run(prepare, solve, loss):
    """Does the job of the command line.

    prepare(network, unit) -> problem
    solve(problem, tolerance, start) -> value, products, vector to start the next one from (or None)
    loss(problem) -> the mean loss, of one chunk
    """
    options = arguments()
    folder = WorkFolder(options.work, options.network)
    try:
        probe = prepare(options.network, folder.probe())
        emit(loss=float(loss(probe)))
        # The first run starts threads and chooses algorithms.
        solve(probe, options.tolerance, None)
        start = None
        for unit in folder.units(options.job, options.units):
            problem = prepare(options.network, unit)
            began = time.perf_counter()
            value, products, vector = solve(problem, options.tolerance, start)
            emit(seconds=time.perf_counter() - began, products=products, value=float(value))
            start = vector if options.job.startswith("tracked") else None
    except Exception as error:
        traceback.print_exc()
        emit(failed=f"{type(error).__name__}: {error}"[:300])
        # Threads of a library must not keep a failed process alive.
        os._exit(1)
