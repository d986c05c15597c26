"""The mean loss of some samples: its value, gradient, and products of its curvature matrices."""

from __future__ import annotations

from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy
from jax.flatten_util import ravel_pytree

from .._differences import product_by_differences
from .._errors import EossError
from .._frames import Array
from .functions import Functions
from .refusals import explained
from .vectors import JaxVectors


class JaxProblem:
    """The loss at the present parameters."""

    def __init__(self, engine: Any, functions: Functions, tree: Any, convert: Callable = lambda leaf: leaf):
        self.engine, self.functions, self.convert = engine, functions, convert
        self.theta, _ = ravel_pytree(tree)
        #: (Σ ‖error‖²/‖x‖²)^½ of the differences of one view, the largest of all views.
        self.product_error = 0.0
        self.vectors = JaxVectors(str(self.theta.dtype))
        named = jax.tree_util.tree_leaves_with_path(tree)
        self.layers = [(jax.tree_util.keystr(path), int(jnp.size(leaf))) for path, leaf in named]

    def view(self, indices: list, which: str) -> "JaxView":
        return JaxView(self, indices, which, self.theta)

    def staleness(self, indices: list) -> float:
        """Relative difference between the loss of some samples as it is now and as it was compiled."""
        batch = jax.tree.map(self.convert, self.engine.samples.batch(indices))
        with explained():
            return self.functions.staleness(self.theta, batch)


class JaxView:
    """The mean loss of some samples at some parameters."""

    def __init__(self, problem: JaxProblem, indices: list, which: str, theta: Any):
        self.problem, self.indices, self.which, self.theta = problem, indices, which, theta
        self.size = theta.size
        engine = problem.engine
        self._samples = engine.samples if which == "training" else engine.held_out
        length = len(indices) if engine.coupled else engine.chunk
        chunks = [indices[k : k + length] for k in range(0, len(indices), length)]
        self._chunks = [(len(chunk) / len(indices), chunk) for chunk in chunks]
        self._found: Any = None
        #: Σ ‖error‖²/‖x‖² of the products that were differences.
        self.squared_error = 0.0

    def loss(self) -> float:
        with explained():
            return sum(w * float(self._functions.loss(self.theta, self._batch(c))) for w, c in self._chunks)

    def gradient(self):
        if self._found is None:
            self._found = self._mean(lambda batch: self._functions.gradient(self.theta, batch)[1])
        return self._found

    def parameters(self):
        return self.theta

    def signed_parameters(self, seed: int):
        return self.theta * self.problem.vectors.signs(self.theta.size, seed)

    def initial_parameters(self):
        return self.problem.engine.initial.astype(self.theta.dtype)

    def product(self, kind: str, x):
        if kind not in self._functions.products:
            raise EossError(f'there is no matrix "{kind}"')
        if kind == "fisher" and not self.problem.engine.likelihood:
            raise EossError(
                "the Fisher matrix is of a likelihood, and this loss is not known to be one: give "
                "likelihood=True if it is cross-entropy of logits or a squared error, or measure gauss-newton"
            )
        if self.problem.engine.differences:
            return product_by_differences(self, kind, x)
        function = self._functions.products[kind]
        return self._mean(lambda batch: function(self.theta, batch, x))

    def block(self, kind: str, layer: int, x):
        sizes = [size for _, size in self.problem.layers]
        start = sum(sizes[:layer])
        whole = jnp.zeros_like(self.theta).at[start : start + sizes[layer]].set(x)
        return self.product(kind, whole)[start : start + sizes[layer]]

    def outputs(self, part: int) -> dict:
        _, chunk = self._chunks[part]
        batch = self._batch(chunk)
        values = numpy.asarray(self._functions.outputs(self.theta, batch))
        values = values[:, None] if values.ndim == 1 else values
        targets = numpy.asarray(batch[1])
        if targets.shape == values.shape[:-1] and targets.dtype.kind in "iu":
            targets = numpy.eye(values.shape[-1])[targets]
        if targets.size != values.size:
            raise EossError(f"outputs of the shape {values.shape} have targets of the shape {targets.shape}")
        return {
            "values": Array(numpy.ascontiguousarray(values, numpy.float64), "f8"),
            "targets": Array(numpy.ascontiguousarray(targets, numpy.float64), "f8"),
            "classes": values.shape[-1],
            "samples": len(chunk),
            "of": len(self._chunks),
        }

    def kernel_outputs(self) -> Array:
        f = numpy.asarray(self._functions.outputs(self.theta, self._only()), numpy.float64)
        return Array(numpy.ascontiguousarray(f), "f8")

    def kernel_product(self, x):
        with explained():
            return self._functions.kernel(self.theta, self._only(), x).astype(x.dtype)

    def shifted(self, x, a: float) -> "JaxView":
        theta = self.problem.vectors.axpy(a, x, self.theta)
        return JaxView(self.problem, self.indices, self.which, theta)

    def _mean(self, part: Callable):
        total = jnp.zeros_like(self.theta)
        with explained():
            for weight, chunk in self._chunks:
                total = self.problem.vectors.axpy(weight, part(self._batch(chunk)), total)
        return total

    def _only(self):
        if len(self._chunks) > 1:
            raise EossError(f"the tangent kernel needs batches of at most {self.problem.engine.chunk} samples")
        return self._batch(self.indices)

    def _batch(self, chunk: list):
        return jax.tree.map(self.problem.convert, self._samples.batch(chunk))

    @property
    def _functions(self) -> Functions:
        return self.problem.functions
