"""A user's loss, parameters and data in JAX as something that eoss measures."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy

from .._differences import differs
from .._errors import EossError
from .._memory import checked_memory
from .._verify import FEW, SAMPLES, Report, checked, mean_defect, precision_defect
from .data import JaxSamples
from .functions import Functions
from .loss import JaxProblem
from .memory import room_for
from .refusals import refuse_leaves
from .vectors import JaxVectors

#: Samples that go through the loss at a time.
CHUNK = 256
#: By which a compiled loss may differ from the same one that is not.
ROUNDING = 1e-6


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
        second_derivative: str = "autograd",
        memory: "float | None" = None,
        seed: int = 0,
    ):
        if optimizer is not None:
            raise EossError("the state of an optimizer in JAX is not known to eoss: give lr=… alone")
        self.differences = differs(second_derivative)
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
        #: Whether the user has double precision switched on.
        self._x64 = bool(jax.config.jax_enable_x64)
        self.initial, self.ranks = None, None
        self._functions: "Functions | None" = None
        #: Bytes that a search may take; None for what is free.
        self.memory = checked_memory(memory)
        room_for(self._problem().theta, self.memory).warn()

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

    def wait(self) -> None:
        """Until the parameters are there: the time of the update is then the loop's."""
        jax.block_until_ready(self._tree())

    def keep_start(self) -> None:
        self.initial = self._problem().theta

    def rule(self) -> None:
        return None

    def learning_rate(self) -> "float | None":
        return None if self.lr is None else float(self.lr() if callable(self.lr) else self.lr)

    @contextmanager
    def measuring(self):
        # As the precision of a product on a GPU is bfloat16's unless asked for.
        with jax.default_matmul_precision("highest"), self._precision():
            before, problem = self._functions, self._problem()
            if self._functions is before and not problem.staleness(self._first(SAMPLES)) <= ROUNDING:
                self._functions = None
                problem = self._problem()
            yield problem

    def together(self, lead: "Callable[[JaxProblem], Any]") -> Any:
        """What is made of the problem."""
        with self.measuring() as problem:
            return lead(problem)

    def verify(self) -> Report:
        refuse_leaves(self._tree())
        try:
            # In double precision, where differences have digits.
            with jax.default_matmul_precision("highest"), _double_precision():
                tree = jax.tree.map(_widened, self._tree())
                problem = JaxProblem(self, Functions(self, tree), tree, _widened)
                report = self._looked_at(problem, SAMPLES)
                if report.defects:
                    # What is drawn by others than JAX is a constant of the compiled loss.
                    report.defects["repeat"] = max(report.defects["repeat"], problem.staleness(self._first(SAMPLES)))
                # Of a loss that is no number nothing was looked at.
                if report.ok and report.defects and not self.differences:
                    report.defects["precision"] = self._precision_defect(problem)
                return report
        except (TypeError, ValueError) as error:
            if self.differences:
                raise EossError(
                    'second_derivative="differences" works in double precision, in which this loss fails: '
                    f"{error}. Write what fails so that it takes the type of its inputs"
                ) from error
            # Some op met two types. If it was something else, it comes again.
            with self.measuring() as problem:
                return self._looked_at(problem, FEW)

    def _precision_defect(self, wide: "JaxProblem") -> float:
        view, vectors = wide.view(self._first(SAMPLES), "training"), wide.vectors
        x = vectors.normals(view.size, 2)
        with _double_precision(self._x64), self.measuring() as problem:
            own = problem.view(view.indices, "training")
            made = own.product("hessian", jnp.asarray(x, own.theta.dtype))
        exact = view.product("hessian", x)
        return precision_defect(vectors, jnp.asarray(made, jnp.float64), exact, x, view.gradient(), view.theta)

    def _first(self, samples: int) -> list:
        return list(range(min(samples, self.samples.size)))

    def _looked_at(self, problem: "JaxProblem", samples: int) -> Report:
        indices = self._first(samples)
        mean = None if self.coupled or len(indices) < 2 else mean_defect(problem, indices)
        return checked(problem, problem.view(indices, "training"), mean)

    def describe(self, problem: "JaxProblem") -> dict:
        lacks = {"update": "eoss does not know the update rule of a program in JAX"}
        if self.model is None:
            lacks["outputs"] = "with loss=… eoss does not see outputs; give model and loss_fn, and batches (x, y)"
        if self.initial is None:
            lacks["initial-params"] = "only a Monitor with distance in its measure knows where training began"
        rate, basis = self.learning_rate(), room_for(problem.theta, self.memory).basis
        return {
            "problem": 1,
            "samples": self.samples.size,
            "batchSize": self.batch_size or self.samples.size,
            "dimension": problem.theta.size,
            "precision": problem.vectors.precision,
            "coupled": self.coupled,
            "layers": [{"name": name, "size": size} for name, size in problem.layers],
            "lacks": lacks,
            **({"differences": True} if self.differences else {}),
            **({} if basis is None else {"basisSize": basis}),
            **({"heldOut": self.held_out.size} if self.held_out else {}),
            **({"update": {"learningRate": rate, "preconditioner": "identity"}} if rate is not None else {}),
        }

    def _tree(self) -> Any:
        # Some trees can be called themselves, as modules of Equinox.
        is_function = callable(self.params) and jax.tree_util.all_leaves([self.params])
        return self.params() if is_function else self.params

    def _problem(self) -> "JaxProblem":
        tree = self._tree()
        refuse_leaves(tree)
        with self._precision():
            convert = _widened if self.differences else _as_it_is
            tree = jax.tree.map(convert, tree)
            if self._functions is None or not self._functions.fits(tree):
                self._functions = Functions(self, tree)
            return JaxProblem(self, self._functions, tree, convert)

    def _precision(self):
        return _double_precision() if self.differences else nullcontext()


def _double_precision(on: bool = True):
    new = getattr(jax, "enable_x64", None)
    return new(on) if callable(new) else getattr(jax.experimental, "enable_x64" if on else "disable_x64")()


def _as_it_is(leaf: Any) -> Any:
    return leaf


def _widened(leaf: Any) -> Any:
    array = numpy.asarray(leaf)
    return jnp.asarray(array, jnp.float64) if array.dtype.kind == "f" else array


def _name(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "a lambda" if name == "<lambda>" else name
