"""What people build of JAX, by name: what is measured right, and what is refused with advice."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy
from jax import lax

N = 12
made = numpy.random.default_rng(4)
X = made.normal(size=(N, 6)).astype(numpy.float32)
SEQUENCE = made.normal(size=(N, 5, 3)).astype(numpy.float32)
IMAGE = made.normal(size=(N, 6, 6, 2)).astype(numpy.float32)
WORDS = made.integers(0, 5, (N, 4))
Y = made.integers(0, 3, N)


def weights(**shapes):
    drawn = numpy.random.default_rng(7)
    return {name: drawn.normal(size=shape).astype(numpy.float32) / 2 for name, shape in shapes.items()}


DENSE = {"i": (6, 5), "o": (5, 3)}


def dense(middle):
    """A network of two layers with something between them."""
    return lambda p, x: middle(x @ p["i"]) @ p["o"]


def cross_entropy(f, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(f), y[:, None], 1).mean()


@jax.custom_vjp
def own_rule(x):
    return jnp.sin(x)


own_rule.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))


@jax.custom_jvp
def own_forward_rule(x):
    return jnp.exp(-x * x)


own_forward_rule.defjvps(lambda t, out, x: -2 * x * out * t)


@jax.custom_vjp
def wrong_rule(x):
    return jnp.sin(x)


wrong_rule.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (0.7 * g * jnp.cos(x) + 0.1,))


@jax.custom_vjp
def stopped_rule(x):
    return jnp.sin(x)


stopped_rule.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(lax.stop_gradient(x)),))


@jax.custom_vjp
def rule_of_numpy(x):
    return jnp.sin(x)


def _by_numpy(x, g):
    return (g * jax.pure_callback(lambda z: numpy.cos(numpy.asarray(z)), jax.ShapeDtypeStruct(x.shape, x.dtype), x),)


rule_of_numpy.defvjp(lambda x: (jnp.sin(x), x), _by_numpy)


def recurrent(p, x):
    def cell(h, row):
        h = jnp.tanh(row @ p["i"] + h @ p["h"])
        return h, h

    return lax.scan(cell, jnp.zeros((len(x), 4), x.dtype), x.swapaxes(0, 1))[0] @ p["o"]


def attention(p, x):
    h = p["e"][x]
    q, k, v = (h @ p[name] for name in "qkv")
    return (jax.nn.softmax(q @ k.swapaxes(1, 2) / 2, -1) @ v).mean(1) @ p["o"]


def experts(p, x):
    best, which = lax.top_k(jax.nn.softmax(x @ p["r"]), 2)
    return jnp.einsum("nk,nkc->nc", best, jnp.einsum("nf,nkfc->nkc", x, p["e"][which]))


def convolution(p, x):
    h = lax.conv_general_dilated(x, p["c"], (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.nn.gelu(h).mean((1, 2)) @ p["o"]


def layer_norm(h):
    return (h - h.mean(-1, keepdims=True)) / jnp.sqrt(h.var(-1, keepdims=True) + 1e-5)


def dropout(h):
    return jnp.where(jax.random.bernoulli(jax.random.key(3), 0.5, h.shape[1:]), 2 * jnp.tanh(h), 0)


def branches(h):
    return jax.vmap(lambda row: lax.cond(row.sum() > 0, jnp.tanh, lambda z: 0.5 * z, row))(h)


def repeated(h):
    return lax.fori_loop(0, 3, lambda _, z: z + 0.3 * jnp.sin(z), h)


def normed(p, x):
    return jnp.tanh(x @ (p["i"] / jnp.linalg.norm(p["i"], axis=0))) @ p["o"]


class Two(NamedTuple):
    i: jax.Array
    o: jax.Array


def tuples():
    p = weights(**DENSE)
    return ([Two(jnp.asarray(p["i"]), p["o"]), None], ())


RIGHT = {
    "tanh": (dense(jnp.tanh), weights(**DENSE), X),
    "custom_vjp": (dense(own_rule), weights(**DENSE), X),
    "custom_jvp": (dense(own_forward_rule), weights(**DENSE), X),
    "vmap over samples": (jax.vmap(dense(jnp.tanh), (None, 0)), weights(**DENSE), X),
    "scan": (recurrent, weights(i=(3, 4), h=(4, 4), o=(4, 3)), SEQUENCE),
    "remat": (jax.checkpoint(dense(jnp.tanh)), weights(**DENSE), X),
    "remat inside of scan": (
        dense(lambda h: lax.scan(jax.checkpoint(lambda z, _: (jnp.sin(z) + z, None)), h, None, length=3)[0]),
        weights(**DENSE),
        X,
    ),
    "attention": (attention, weights(e=(5, 4), q=(4, 4), k=(4, 4), v=(4, 4), o=(4, 3)), WORDS),
    "mixture of experts": (experts, weights(r=(6, 4), e=(4, 6, 3)), X),
    "convolution": (convolution, weights(c=(3, 3, 2, 4), o=(4, 3)), IMAGE),
    "layer norm": (dense(layer_norm), weights(**DENSE), X),
    "dropout with a fixed key": (dense(dropout), weights(**DENSE), X),
    "cond": (dense(branches), weights(**DENSE), X),
    "fori_loop": (dense(repeated), weights(**DENSE), X),
    "associative_scan": (dense(lambda h: jnp.tanh(lax.associative_scan(jnp.add, h, axis=1))), weights(**DENSE), X),
    "weight norm": (normed, weights(**DENSE), X),
    "Fourier": (lambda p, x: jnp.abs(jnp.fft.rfft(x @ p["i"])) @ p["o"], weights(i=(6, 6), o=(4, 3)), X),
    "svd": (lambda p, x: x @ jnp.linalg.svd(p["i"])[2][:3].T, weights(i=(6, 6)), X),
    "compiled inside": (jax.jit(dense(jnp.tanh)), weights(**DENSE), X),
    "LoRA": (
        functools.partial(lambda w, p, x: jnp.tanh(x @ (w + p["a"] @ p["b"])) @ p["o"], weights(w=(6, 5))["w"]),
        weights(a=(6, 2), b=(2, 5), o=(5, 3)),
        X,
    ),
    "tuples and None": (lambda p, x: jnp.tanh(x @ p[0][0].i) @ p[0][0].o, tuples(), X),
    "unused leaf": (dense(jnp.tanh), {**weights(**DENSE), "u": numpy.ones(2, numpy.float32)}, X),
    "one number as a leaf": (lambda p, x: p["s"] * jnp.tanh(x @ p["i"]) @ p["o"], {**weights(**DENSE), "s": 1.5}, X),
}

BAD = weights(**DENSE)
NOISE = numpy.random.default_rng(0)
REFUSED = {
    "counter": (dense(jnp.tanh), {**BAD, "step": numpy.int32(3)}, X, r"\['step'\] is int32.*outside of it"),
    "random key": (dense(jnp.tanh), {**BAD, "key": jax.random.key(0)}, X, "key.*outside of it"),
    "function": (dense(jnp.tanh), {**BAD, "f": jnp.tanh}, X, "eqx.partition"),
    "half precision": (dense(jnp.tanh), {"i": jnp.asarray(BAD["i"], jnp.bfloat16), "o": BAD["o"]}, X, "bfloat16.*half"),
    "complex": (dense(jnp.abs), {"i": BAD["i"].astype("complex64"), "o": BAD["o"]}, X, "complex64"),
    "wrong rule": (dense(wrong_rule), BAD, X, "slope of the loss"),
    "rule that stops": (dense(stopped_rule), BAD, X, "symmetric|slope of its gradient"),
    "rule of NumPy": (dense(rule_of_numpy), BAD, X, 'callback.*second_derivative="differences"'),
    "straight through": (dense(lambda h: h + lax.stop_gradient(jnp.round(8 * h) / 8 - h)), BAD, X, "slope of the loss"),
    "stopped layer": (dense(lambda h: lax.stop_gradient(jnp.tanh(h))), BAD, X, "stop_gradient|slope of the loss"),
    "bfloat16 inside": (dense(lambda h: jnp.tanh(h).astype(jnp.bfloat16).astype(h.dtype)), BAD, X, "bfloat16"),
    "not held by float32": (
        dense(lambda h: jnp.tanh(h) + 3e5 * jnp.cosh(h) ** 2 - 3e5 * (1 + jnp.sinh(h) ** 2)),
        BAD,
        X,
        "double precision",
    ),
    "batch norm": (dense(lambda h: jnp.tanh((h - h.mean(0)) / h.std(0))), BAD, X, "coupled=True"),
    "a loop without bounds": (
        dense(lambda h: lax.while_loop(lambda z: jnp.abs(z).max() > 1, lambda z: z / 2, h)),
        BAD,
        X,
        "lax.scan",
    ),
    "if": (dense(lambda h: jnp.tanh(h) if h.sum() > 0 else h), BAD, X, "lax.cond"),
    "noise of NumPy": (dense(lambda h: jnp.tanh(h) + NOISE.normal()), BAD, X, "from call to call"),
}
