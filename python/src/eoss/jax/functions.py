"""The compiled derivatives of a loss, as functions of one vector of parameters."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .._errors import EossError

class Functions:
    """Kept from one measurement to the next.

    :param engine: has ``model`` and ``loss_fn``, or ``loss``
    """

    def __init__(self, engine: Any, tree: Any):
        self.structure = _structure(tree)
        _, unravel = ravel_pytree(tree)
        model, loss_fn, own = engine.model, engine.loss_fn, engine.loss

        def loss(theta, batch):
            params = unravel(theta)
            value = own(params, batch) if model is None else loss_fn(model(params, batch[0]), batch[1])
            if jnp.ndim(value) != 0:
                raise EossError(f"the loss has the shape {jnp.shape(value)}; it must be one number, a mean")
            return value

        def outputs(theta, batch):
            return model(unravel(theta), batch[0])

        def hessian(theta, batch, x):
            return jax.jvp(lambda at: jax.grad(loss)(at, batch), (theta,), (x,))[1]

        def gauss_newton(theta, batch, x):
            f, along = jax.jvp(lambda at: outputs(at, batch), (theta,), (x,))
            slope = jax.grad(lambda out: loss_fn(out, batch[1]))
            image = jax.jvp(slope, (f,), (along,))[1]
            return jax.vjp(lambda at: outputs(at, batch), theta)[1](image)[0]

        def empirical_fisher(theta, batch, x):
            f, along = jax.jvp(lambda at: outputs(at, batch), (theta,), (x,))
            # The gradient of sample i is its part of this, times the number of samples.
            own = jax.grad(lambda out: loss_fn(out, batch[1]))(f) * len(f)
            inner = (own * along).reshape(len(f), -1).sum(1) / len(f)
            weighted = own * inner.reshape(-1, *[1] * (f.ndim - 1))
            return jax.vjp(lambda at: outputs(at, batch), theta)[1](weighted)[0]

        def kernel(theta, batch, x):
            f, pull = jax.vjp(lambda at: outputs(at, batch), theta)
            back = pull(x.reshape(f.shape).astype(f.dtype))[0]
            return jax.jvp(lambda at: outputs(at, batch), (theta,), (back,))[1].reshape(-1)

        #: Not compiled: reads anew what the loss takes from outside of its arguments.
        self.plain = loss
        self.loss, self.outputs = jax.jit(loss), jax.jit(outputs)
        self.gradient = jax.jit(jax.value_and_grad(loss))
        self.kernel = jax.jit(kernel)
        self.products = {
            "hessian": jax.jit(hessian),
            "gauss-newton": jax.jit(gauss_newton),
            "fisher": jax.jit(gauss_newton),
            "empirical-fisher": jax.jit(empirical_fisher),
        }

    def fits(self, tree: Any) -> bool:
        return self.structure == _structure(tree)

    def staleness(self, theta: Any, batch: Any) -> float:
        """Relative difference between the loss as it is now and as it was compiled.

        Arrays that a function takes from outside of its arguments, such as running statistics or a random key, are those of
        when it was compiled.
        """
        then, now = (float(function(theta, batch)) for function in (self.loss, self.plain))
        return 0.0 if then != then and now != now else abs(then - now) / max(abs(now), 1e-30)


def _structure(tree: Any):
    shapes = [(jnp.shape(leaf), str(jnp.asarray(leaf).dtype)) for leaf in jax.tree.leaves(tree)]
    return jax.tree.structure(tree), tuple(shapes)
