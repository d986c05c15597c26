"""JAX: jvp of grad, compiled once for each shape, with Lanczos from NumPy."""

import time
from functools import cache

import jax
import numpy as np
from jax import numpy as jnp
from jax.flatten_util import ravel_pytree
from lanczos import lanczos, residual_below
from work_folder import emit, run


def dense(p, name, x):
    return x @ p[f"{name}.kernel"] + p[f"{name}.bias"]


def conv(p, name, x, stride=1, padding=0):
    y = jax.lax.conv_general_dilated(
        x,
        p[f"{name}.kernel"],
        (stride, stride),
        [(padding, padding)] * 2,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return y + p[f"{name}.bias"] if f"{name}.bias" in p else y


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def mlp(p, x):
    x = jax.nn.relu(dense(p, "dense1", x.reshape(len(x), -1)))
    return dense(p, "dense3", jax.nn.relu(dense(p, "dense2", x)))


def cnn(p, x):
    x = jax.nn.relu(conv(p, "conv2", jax.nn.relu(conv(p, "conv1", x))))
    x = pool(jax.nn.relu(conv(p, "conv3", pool(x))))
    return dense(p, "dense2", jax.nn.relu(dense(p, "dense1", x.reshape(len(x), -1))))


def resnet10(p, x):
    x = jax.nn.relu(conv(p, "stem", x, padding=1))
    for stage in ("stage1", "stage2", "stage3"):
        for block in ("block1", "block2"):
            stride = 2 if block == "block1" and stage != "stage1" else 1
            hidden = jax.nn.relu(conv(p, f"{stage}.{block}.conv1", x, stride, padding=1))
            hidden = conv(p, f"{stage}.{block}.conv2", hidden, padding=1)
            shortcut = x[:, ::stride, ::stride]
            missing = hidden.shape[-1] - x.shape[-1]
            x = jax.nn.relu(hidden + jnp.pad(shortcut, [(0, 0)] * 3 + [(0, missing)]))
    return dense(p, "head", x.mean((1, 2)))


NETWORKS = {"mlp": mlp, "cnn": cnn, "resnet10": resnet10}


def loss(apply, params, x, y):
    return ((apply(params, x) - y) ** 2).sum(1).mean()


@cache
def compiled(network, names, shapes, samples):
    """Hv on flat vectors as a function of parameters, vector, x and y; and the seconds that compiling it
    took. Chunks are added up outside: in a loop of XLA its convolutions are many times slower on a CPU."""
    apply = NETWORKS[network]
    tree = dict(zip(names, [jnp.zeros(shape) for shape in shapes]))
    flat, unravel = ravel_pytree(tree)

    def product(params, v, x, y):
        gradient = jax.grad(lambda p: loss(apply, p, x, y))
        _, hv = jax.jvp(gradient, (params,), (unravel(v),))
        return ravel_pytree(hv)[0]

    examples = jnp.zeros((samples, 32, 32, 3)), jnp.zeros((samples, 10))
    began = time.perf_counter()
    program = jax.jit(product).lower(tree, flat, *examples).compile()
    return program, time.perf_counter() - began


class Problem:
    def __init__(self, network, unit):
        self.network = network
        self.params = {name: jnp.asarray(array) for name, array in unit.params.items()}
        self.chunks = [(jnp.asarray(x), jnp.asarray(y)) for x, y in unit.chunks]
        shapes = tuple(array.shape for array in self.params.values())
        new = compiled.cache_info().misses
        # Chunks are of one size: it divides the number of samples.
        self.hvp, seconds = compiled(network, tuple(self.params), shapes, len(self.chunks[0][0]))
        if compiled.cache_info().misses > new:
            emit(compileSeconds=seconds)

    @property
    def size(self):
        return sum(array.size for array in self.params.values())

    def product(self, v):
        v = jnp.asarray(v)
        parts = [self.hvp(self.params, v, x, y) for x, y in self.chunks]
        return np.asarray(sum(parts)) / len(parts)


def solve(problem, tolerance, start):
    if start is None:
        start = np.random.default_rng(0).standard_normal(problem.size, dtype=np.float32)
    return lanczos(problem.product, start, residual_below(tolerance))


def loss_of(problem):
    [(x, y)] = problem.chunks
    return loss(NETWORKS[problem.network], problem.params, x, y)


run(Problem, solve, loss_of)
