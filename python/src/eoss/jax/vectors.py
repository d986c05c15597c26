"""Vectors as flat arrays on the device of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy

from .._frames import Array

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
        return float(_dot(x, y))

    def dots(self, xs, y):
        return [self.dot(x, y) for x in xs]

    def axpy(self, a, x, y):
        return _axpy(self._dtype.type(a), x, y)

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
def _dot(x, y):
    # A sum of XLA adds in a tree, and is off by 1e-7 whatever the length; a product may be made in other ways.
    return (x * y).sum()


@jax.jit
def _axpy(a, x, y):
    return y + a * x
