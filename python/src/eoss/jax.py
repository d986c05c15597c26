"""The engine for JAX: a loss as a function of a tree of parameters."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy
from jax.flatten_util import ravel_pytree

from ._errors import EossError
from ._frames import Array
from ._verify import FEW, SAMPLES, Report, checked, mean_defect

#: Samples that go through the loss at a time.
CHUNK = 256
BLOCK = 4096

_TYPES = {"float32": "f4", "float64": "f8"}


class JaxVectors:
    """Flat arrays of one precision."""

    def __init__(self, precision: str):
        self.precision = precision
        self._dtype = jnp.dtype(precision)

    def from_entries(self, entries):
        return jnp.asarray(numpy.array(entries), self._dtype)

    def entries(self, x):
        return Array(numpy.ascontiguousarray(x), _TYPES[self.precision])

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


def _double_precision():
    new = getattr(jax, "enable_x64", None)
    return new(True) if callable(new) else jax.experimental.enable_x64()


def _widened(leaf: Any) -> Any:
    array = numpy.asarray(leaf)
    return jnp.asarray(array, jnp.float64) if array.dtype.kind == "f" else array


def _key(seed: int):
    # Keys take 32 bits where 64 are not switched on.
    return jax.random.fold_in(jax.random.key(seed & 0xFFFFFFFF), seed >> 32)


@jax.jit
def _sums(x, y):
    """Products of blocks, whose sums are added in double precision: see the vectors of PyTorch."""
    whole = x.size // BLOCK * BLOCK
    head = jnp.einsum("kb,kb->k", x[:whole].reshape(-1, BLOCK), y[:whole].reshape(-1, BLOCK), precision="highest")
    return jnp.concatenate([head, x[whole:] * y[whole:]])


class JaxEngine:
    """A loss, its parameters and data.

    :param params: a tree of arrays, or a function that gives the present one
    :param model: ``model(params, x)``, with ``loss_fn(outputs, y)``; or None, with ``loss(params, batch)``
    """

    framework = f"JAX {jax.__version__}"
    optimizer_name = "unknown"

    def __init__(
        self,
        params: Any,
        data: Any,
        *,
        model: "Callable | None" = None,
        loss_fn: "Callable | None" = None,
        loss: "Callable | None" = None,
        optimizer: Any = None,
        lr: "float | Callable[[], float] | None" = None,
        batch_size: "int | None" = None,
        held_out: Any = None,
        coupled: bool = False,
        likelihood: bool = False,
        chunk: int = CHUNK,
        seed: int = 0,
    ):
        if optimizer is not None:
            raise EossError("the state of an optimizer in JAX is not known to eoss: give lr=… alone")
        if (loss is None) == (loss_fn is None) or (loss_fn is None) != (model is None):
            raise EossError(
                "give either loss=f, called as f(params, batch), or model and loss_fn, called as "
                "loss_fn(model(params, x), y)"
            )
        self.params, self.model, self.loss_fn, self.loss = params, model, loss_fn, loss
        self.lr, self.coupled, self.likelihood, self.chunk = lr, bool(coupled), likelihood, chunk
        self.samples = JaxSamples(data)
        self.held_out = None if held_out is None else JaxSamples(held_out)
        self.batch_size = batch_size
        if batch_size is not None and not 1 <= batch_size <= self.samples.size:
            raise EossError(f"batch_size is {batch_size}; allowed: 1 to {self.samples.size}, the samples")
        self.initial = None
        self._functions: "Functions | None" = None

    @property
    def model_name(self) -> str:
        return _name(self.model or self.loss)

    @property
    def loss_name(self) -> str:
        return _name(self.loss_fn or self.loss)

    @property
    def device(self) -> str:
        return jax.default_backend()

    @property
    def size(self) -> int:
        return self._problem().theta.size

    def vectors(self) -> JaxVectors:
        return self._problem().vectors

    def keep_start(self) -> None:
        self.initial = self._problem().theta

    def rule(self) -> None:
        return None

    def learning_rate(self) -> "float | None":
        return None if self.lr is None else float(self.lr() if callable(self.lr) else self.lr)

    @contextmanager
    def measuring(self):
        # As the precision of a product on a GPU is bfloat16's unless asked for.
        with jax.default_matmul_precision("highest"):
            yield self._problem()

    def verify(self) -> Report:
        try:
            # In double precision, where differences have digits.
            with jax.default_matmul_precision("highest"), _double_precision():
                tree = jax.tree.map(_widened, self._tree())
                return self._looked_at(JaxProblem(self, Functions(self, tree), tree, _widened), SAMPLES)
        except (TypeError, ValueError):
            # Some op met two types. If it was something else, it comes again.
            with self.measuring() as problem:
                return self._looked_at(problem, FEW)

    def _looked_at(self, problem: "JaxProblem", samples: int) -> Report:
        indices = list(range(min(samples, self.samples.size)))
        mean = None if self.coupled or len(indices) < 2 else mean_defect(problem, indices)
        return checked(problem, problem.view(indices, "training"), mean)

    def describe(self, problem: "JaxProblem") -> dict:
        lacks = {"update": "eoss does not know the update rule of a program in JAX"}
        if self.model is None:
            lacks["outputs"] = "with loss=… eoss does not see outputs; give model and loss_fn, and batches (x, y)"
        if self.initial is None:
            lacks["initial-params"] = "only a Monitor with distance in its measure knows where training began"
        rate = self.learning_rate()
        return {
            "problem": 1,
            "samples": self.samples.size,
            "batchSize": self.batch_size or self.samples.size,
            "dimension": problem.theta.size,
            "precision": problem.vectors.precision,
            "coupled": self.coupled,
            "layers": [{"name": name, "size": size} for name, size in problem.layers],
            "lacks": lacks,
            **({"heldOut": self.held_out.size} if self.held_out else {}),
            **({"update": {"learningRate": rate, "preconditioner": "identity"}} if rate is not None else {}),
        }

    def _tree(self) -> Any:
        return self.params() if callable(self.params) else self.params

    def _problem(self) -> "JaxProblem":
        tree = self._tree()
        if self._functions is None or not self._functions.fits(tree):
            self._functions = Functions(self, tree)
        return JaxProblem(self, self._functions, tree)


class JaxSamples:
    """Batches of arrays with a row for each sample, or of a list of samples."""

    def __init__(self, data: Any):
        self._data = data
        if isinstance(data, (tuple, dict)):
            self.name = "arrays"
            leaves = jax.tree.leaves(data)
            sizes = {len(leaf) for leaf in leaves}
            if len(sizes) != 1:
                raise EossError(f"the arrays of the data have different numbers of rows: {sorted(sizes)}")
            self.size = sizes.pop()
            self._data = jax.tree.map(numpy.asarray, data)
        elif hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            self.name, self.size = type(data).__name__, len(data)
        else:
            raise EossError("data must be a tuple or dict of arrays, or a list of samples")
        if self.size == 0:
            raise EossError("the data set has no samples")

    def batch(self, indices: list) -> Any:
        if isinstance(self._data, (tuple, dict)):
            chosen = numpy.array(indices)
            return jax.tree.map(lambda column: column[chosen], self._data)
        samples = [self._data[index] for index in indices]
        return jax.tree.map(lambda *rows: numpy.stack([numpy.asarray(row) for row in rows]), *samples)


class Functions:
    """The compiled derivatives of a loss, kept from one measurement to the next."""

    def __init__(self, engine: JaxEngine, tree: Any):
        leaves = jax.tree.leaves(tree)
        wrong = {str(jnp.asarray(leaf).dtype) for leaf in leaves} - set(_TYPES)
        if wrong:
            raise EossError(f"parameters are {', '.join(sorted(wrong))}: measure a tree of float32 parameters")
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


def _structure(tree: Any):
    shapes = [(jnp.shape(leaf), str(jnp.asarray(leaf).dtype)) for leaf in jax.tree.leaves(tree)]
    return jax.tree.structure(tree), tuple(shapes)


class JaxProblem:
    """The loss at the present parameters."""

    def __init__(self, engine: JaxEngine, functions: Functions, tree: Any, convert: Callable = lambda leaf: leaf):
        self.engine, self.functions, self.convert = engine, functions, convert
        self.theta, _ = ravel_pytree(tree)
        self.vectors = JaxVectors(str(self.theta.dtype))
        named = jax.tree_util.tree_leaves_with_path(tree)
        self.layers = [(jax.tree_util.keystr(path), int(jnp.size(leaf))) for path, leaf in named]

    def view(self, indices: list, which: str) -> "JaxView":
        return JaxView(self, indices, which, self.theta)


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
        self._found: "tuple | None" = None

    def loss(self) -> float:
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
        return self.problem.engine.initial

    def product(self, kind: str, x):
        if kind not in self._functions.products:
            raise EossError(f'there is no matrix "{kind}"')
        if kind == "fisher" and not self.problem.engine.likelihood:
            raise EossError(
                "the Fisher matrix is of a likelihood, and this loss is not known to be one: give "
                "likelihood=True if it is cross-entropy of logits or a squared error, or measure gauss-newton"
            )
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
        return self._functions.kernel(self.theta, self._only(), x).astype(x.dtype)

    def shifted(self, x, a: float) -> "JaxView":
        theta = self.problem.vectors.axpy(a, x, self.theta)
        return JaxView(self.problem, self.indices, self.which, theta)

    def _mean(self, part: Callable):
        total = jnp.zeros_like(self.theta)
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


def _name(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "a lambda" if name == "<lambda>" else name
