"""What JAX refuses to differentiate, in words: what it is, and what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp

from .._errors import EossError
from .vectors import TYPES

_OR_DIFFERENCES = (
    'or give second_derivative="differences": differences of gradients in double precision, with their error in each result'
)

#: What JAX says, and what helps.
_REMEDIES = (
    (
        r"callbacks? do(?:es)? not support JVP",
        "a callback to Python (jax.pure_callback, io_callback) in it has no derivative: give it one with "
        f"jax.custom_jvp, written with functions of JAX, {_OR_DIFFERENCES}",
    ),
    (
        r"forward-mode (?:autodiff|differentiation)[^\n]*custom_vjp|custom_vjp[^\n]*forward-mode",
        "a function of the model has a jax.custom_vjp, which gives no J·v: this matrix needs one. Write its rule as a "
        "jax.custom_jvp; fullbs, minibs and all others of the Hessian can be measured as it is",
    ),
    (
        r"Reverse-mode differentiation does not work for lax\.while_loop",
        "lax.while_loop and lax.fori_loop with bounds that are not fixed have no gradient: use lax.scan, or fixed bounds",
    ),
    (
        r"(?:ConcretizationTypeError|TracerBoolConversionError|Abstract tracer value|traced array|Attempted boolean conversion)",
        "it asks for the value of an array while JAX compiles it (an `if`, `float(…)` or numpy on what depends on parameters "
        "or data): write it with jnp.where, lax.cond and jax.numpy, so that jax.jit takes it",
    ),
)


@contextmanager
def explained():
    """Errors of JAX that have a known remedy become ones that say it."""
    try:
        yield
    except EossError:
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        for pattern, remedy in _REMEDIES:
            if re.search(pattern, text):
                raise EossError(f"this loss cannot be measured: {remedy}") from error
        raise


def refuse_leaves(tree: Any) -> None:
    """:raises EossError: for a tree of parameters whose leaves are not all arrays of real numbers in 32 or 64 bits"""
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        try:
            kind = str(jnp.asarray(leaf).dtype)
        except (TypeError, ValueError):
            kind = f"a {type(leaf).__name__}"
        if kind not in TYPES:
            raise EossError(
                f"parameters{jax.tree_util.keystr(path)} is {kind}: measure a tree of float32 parameters. Counters, random keys, "
                "functions and what is not trained stay outside of it, with loss=lambda params, batch: … that puts both "
                "together (in Equinox, eqx.partition and eqx.combine); half precision and complex numbers are converted "
                "before, and the loss is that of the converted ones"
            )
