"""The JAX engine with the network of ``engineContract``, for ``contract_engine.py``."""

import jax.numpy as jnp
import numpy

from eoss.jax.engine import JaxEngine
from eoss.jax.vectors import JaxVectors


def vectors():
    return JaxVectors("float32")


def bilinear(params, x):
    return x @ (params["a"] * params["b"])


def squared_error(f, y):
    return ((f - y) ** 2).sum(-1).mean()


def problem_of(network):
    params = {name: jnp.array(network[name], jnp.float32) for name in ("a", "b")}
    data = tuple(numpy.array(network[name], numpy.float32) for name in ("x", "y"))
    engine = JaxEngine(params, data, model=bilinear, loss_fn=squared_error, likelihood=True, chunk=1000)
    return engine._problem()
