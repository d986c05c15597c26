"""The numbers of packages/hvp/src/outsiders/values.fixture.ts, in float64."""

import numpy as np
import torch

MASK = np.uint64(0xFFFFFFFF)


def _times(x, factor):
    return (x * np.uint64(factor)) & MASK


def data(shape, seed, scale=1.0):
    size = int(np.prod(shape, dtype=int))
    x = (_times(np.arange(size, dtype=np.uint64), 0x9E3779B1) + np.uint64(seed * 0x85EBCA77 & 0xFFFFFFFF)) & MASK
    x = _times(x ^ (x >> np.uint64(15)), 0x2C1B3C6D)
    x = _times(x ^ (x >> np.uint64(12)), 0x297A2D39)
    x = (x ^ (x >> np.uint64(15))) & np.uint64(2047)
    return torch.tensor((x.astype(np.float64) - 1023.5) / 1024 * scale).reshape(shape)


def tree_of(shapes, what):
    first, scale = (1, 0.5) if what == "point" else (1001, 1.0)
    return {name: data(shape, first + i, scale) for i, (name, shape) in enumerate(shapes.items())}


CASES = []


def case(name, **shapes):
    """Registers a loss of parameters of these shapes, under the name that the suite gives it."""

    def register(loss):
        CASES.append((name, shapes, loss))
        return loss

    return register
