"""Vectors as flat arrays on the device of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy

from .._frames import Array

#: Entries that are summed in the precision of the vectors at a time, before their sums are added in double.
BLOCK = 4096

TYPES = {"float32": "f4", "float64": "f8"}


class JaxVectors:
    """Flat arrays of one precision."""

    def __init__(self, precision: str):
        self.precision = precision
        self._dtype = jnp.dtype(precision)

    def from_entries(self, entries):
        return jnp.asarray(numpy.array(entries), self._dtype)

    def entries(self, x):
        return Array(numpy.ascontiguousarray(x), TYPES[self.precision])

    def normals(self, n, seed):
        return jax.random.normal(_key(seed), (n,), self._dtype)

    def signs(self, n, seed):
        return jax.random.rademacher(_key(seed), (n,), self._dtype)

    def copy(self, x):
        return x

    def dot(self, x, y):
        return float(numpy.asarray(_sums(x, y), numpy.float64).sum())

    def dots(self, xs, y):
        return [self.dot(x, y) for x in xs]

    def axpy(self, a, x, y):
        return y + self._dtype.type(a) * x

    def axpys(self, a, xs, y):
        for weight, x in zip(a, xs):
            y = self.axpy(weight, x, y)
        return y

    def scale(self, a, x):
        return self._dtype.type(a) * x

    def rotate(self, xs, rows, k):
        return [self.axpys([row[j] for row in rows], xs, jnp.zeros_like(xs[0])) for j in range(k)]


def _key(seed: int):
    # Keys take 32 bits where 64 are not switched on.
    return jax.random.fold_in(jax.random.key(seed & 0xFFFFFFFF), seed >> 32)


@jax.jit
def _sums(x, y):
    """Products of blocks, whose sums are added in double precision: see the vectors of PyTorch."""
    whole = x.size // BLOCK * BLOCK
    head = jnp.einsum("kb,kb->k", x[:whole].reshape(-1, BLOCK), y[:whole].reshape(-1, BLOCK), precision="highest")
    return jnp.concatenate([head, x[whole:] * y[whole:]])
