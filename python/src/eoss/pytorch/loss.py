"""The loss of a user's model: its value, gradient, and products of its curvature matrices."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import Any, Callable

import torch

from .._differences import product_by_differences
from .._errors import EossError
from .._frames import Array
from .data import Samples, converted
from .parameters import Parameters
from .refusals import explained
from .targets import rows_of, shape_of
from .undisturbed import Buffers
from .vectors import TorchVectors, array_of

#: Samples that go through the model at a time, unless they depend on one another.
CHUNK = 256
#: Numbers of outputs that are sent at a time.
MOST_OUTPUTS = 1 << 20


class TorchProblem:
    """A mean loss over samples at the present parameters of a model.

    :param loss_fn: ``loss_fn(model(x), y)`` of a batch (x, y), a mean over its samples; or None
    :param loss: ``loss(model, batch)``, where there is no ``loss_fn``
    :param coupled: whether the loss of a sample depends on the others of its batch
    :param likelihood: whether the loss is -log p of its outputs as natural parameters, so that F = G
    :param differences: whether products with the Hessian are differences of gradients; for float64 alone
    """

    def __init__(
        self,
        model: torch.nn.Module,
        *,
        samples: Samples,
        held_out: "Samples | None" = None,
        loss_fn: "Callable | None" = None,
        loss: "Callable | None" = None,
        coupled: bool = False,
        likelihood: bool = False,
        chunk: int = CHUNK,
        seed: int = 0,
        optimizer: Any = None,
        initial: "torch.Tensor | None" = None,
        differences: bool = False,
    ):
        self.model, self.loss_fn, self.own_loss = model, loss_fn, loss
        self.sets = {"training": samples, "held-out": held_out}
        self.coupled, self.likelihood, self.chunk, self.seed = coupled, likelihood, chunk, seed
        self.optimizer, self.initial = optimizer, initial
        self.parameters = Parameters(model)
        self.vectors = TorchVectors(self.parameters.dtype, self.parameters.device)
        self.buffers = Buffers()
        self.differences = differences
        #: (Σ ‖error‖²/‖x‖²)^½ of the differences of one view, the largest of all views.
        self.product_error = 0.0
        #: The type that numbers of batches are converted to; None leaves them.
        self.cast: "torch.dtype | None" = None

    def batch(self, indices: list[int], which: str) -> Any:
        """Samples as the model takes them; the generator of dropout masks is not moved by them."""
        state = torch.get_rng_state()
        batch = self.sets[which].batch(indices)
        torch.set_rng_state(state)
        return batch if self.cast is None else converted(batch, lambda tensor: _floats_to(tensor, self.cast))

    def view(self, indices: list[int], which: str) -> "TorchView":
        return TorchView(self, indices, which, None)

    def outputs_and_targets(self, batch: Any) -> tuple[torch.Tensor, Any]:
        """f(x) and y of a batch."""
        if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
            raise EossError(
                "loss_fn(model(x), y) needs batches of two, (x, y); this data set gives "
                f"{shape_of(batch)}: give loss=lambda model, batch: … instead of loss_fn"
            )
        x, y = batch
        return self.model(x), y

    def loss_of(self, batch: Any) -> torch.Tensor:
        if self.loss_fn is None:
            value = self.own_loss(self.model, batch)
        else:
            value = self.loss_fn(*self.outputs_and_targets(batch))
        if not isinstance(value, torch.Tensor):
            raise EossError(f"the loss gives a {type(value).__name__}; it must give a tensor, the mean loss")
        if value.numel() != 1:
            raise EossError(
                f"the loss of a batch has the shape {tuple(value.shape)}; it must be one number, the mean over "
                'the samples: with reduction="none", take .mean()'
            )
        return value.reshape(())


class TorchView:
    """The mean loss of some samples at θ, or at parameters of its own."""

    def __init__(self, problem: TorchProblem, indices: list[int], which: str, theta):
        self.problem, self.indices, self.which = problem, indices, which
        self.theta = theta
        self._data = None if theta is None else problem.parameters.parts(theta)
        size = len(indices) if problem.coupled else problem.chunk
        self._chunks = [indices[k : k + size] for k in range(0, len(indices), size)]
        # The graph of a single chunk is kept: that of a batch serves all products with it.
        self._keeps = len(self._chunks) == 1
        self._graph: "tuple | None" = None
        self._forward: "tuple | None" = None
        self._loss: "float | None" = None
        self._gradient: "torch.Tensor | None" = None
        #: Σ ‖error‖²/‖x‖² of the products that were differences.
        self.squared_error = 0.0

    @property
    def size(self) -> int:
        """d, the number of parameters."""
        return self._own.size

    # What the protocol asks for.

    def loss(self) -> float:
        if self._loss is None:
            # Not in torch.no_grad(): some losses differentiate by themselves.
            with self._at():
                self._loss = sum(
                    self._weight(chunk) * float(self._loss_of(chunk).detach()) for chunk in self._chunks
                )
        return self._loss

    def gradient(self) -> torch.Tensor:
        if self._gradient is None:
            loss = 0.0

            def gradient(chunk):
                nonlocal loss
                value, gradients = self._differentiated(chunk, again=self._keeps and not self.problem.differences)
                loss += self._weight(chunk) * float(value)
                return gradients

            with self._at():
                self._gradient = self._mean_of(gradient)
            self._loss = loss if self._loss is None else self._loss
        return self._gradient.clone()

    def parameters(self) -> torch.Tensor:
        return self._own.vector() if self.theta is None else self.theta.clone()

    def signed_parameters(self, seed: int) -> torch.Tensor:
        return self.parameters().mul_(self.problem.vectors.signs(self._own.size, seed))

    def initial_parameters(self) -> torch.Tensor:
        return self.problem.initial.to(self._own.device, self._own.dtype, copy=True)

    def product(self, kind: str, x: torch.Tensor) -> torch.Tensor:
        product = _PRODUCTS.get(kind)
        if product is None:
            raise EossError(f'there is no matrix "{kind}"')
        if kind == "fisher" and not self.problem.likelihood:
            raise EossError(
                "the Fisher matrix is of a likelihood, and this loss is not known to be one: give "
                "likelihood=True if it is cross-entropy of logits or a squared error, or measure gauss-newton"
            )
        if self.problem.differences:
            return product_by_differences(self, kind, x)
        parts = self._own.parts(x)
        with self._at():
            return self._mean_of(lambda chunk: product(self, chunk, parts))

    def block(self, kind: str, layer: int, x: torch.Tensor) -> torch.Tensor:
        sizes = self._own.sizes
        start = sum(sizes[:layer])
        whole = torch.zeros(self._own.size, dtype=x.dtype, device=x.device)
        whole[start : start + sizes[layer]] = x
        return self.product(kind, whole)[start : start + sizes[layer]].clone()

    def outputs(self, part: int) -> dict:
        parts = self._output_parts()
        chunk = parts[part]
        with self._at():
            f, y = self._outputs_of(chunk)
            values, targets = rows_of(f.detach(), y, self.problem.loss_fn)
        return {
            "values": array_of(values),
            "targets": array_of(targets.to(values.dtype)),
            "classes": values.shape[-1],
            "samples": len(chunk),
            "of": len(parts),
        }

    def kernel_outputs(self) -> Array:
        with self._at():
            f, _ = self._kept_outputs()
            return array_of(f.double())

    def kernel_product(self, x: torch.Tensor) -> torch.Tensor:
        with self._at():
            f, _ = self._kept_outputs()
            u = x.view(f.shape).to(f.dtype)
            pulled = self._pulled(f, u)
            return self._pushed(f, pulled).detach().reshape(-1).to(x.dtype)

    def inverse_root(self, x: torch.Tensor) -> torch.Tensor:
        p = self._own.flat(self.problem.optimizer.preconditioner())
        return x / p.sqrt()

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        parts = self._own.parts(gradient)
        return self._own.flat(self.problem.optimizer.direction(parts))

    def shifted(self, x: torch.Tensor, a: float) -> "TorchView":
        theta = self.parameters().add_(x, alpha=a)
        return TorchView(self.problem, self.indices, self.which, theta)

    def _mean_of(self, made: "Callable[[list], list]") -> torch.Tensor:
        """The mean over chunks of what is made of each, a tensor for each parameter, as one vector."""
        total = None
        for chunk in self._chunks:
            part, weight = self._own.flat(made(chunk)), self._weight(chunk)
            if total is not None:
                total.add_(part, alpha=weight)
            else:
                total = part if weight == 1 else part.mul_(weight)
        return total

    # Derivatives of one chunk, at the parameters of this view.

    def _hessian(self, chunk, parts):
        _, gradients = self._differentiated(chunk, again=True)
        pairs = [(g, v) for g, v in zip(gradients, parts) if g is not None and g.requires_grad]
        if not pairs:
            return [None] * len(parts)
        with explained():
            return torch.autograd.grad(
                [g for g, _ in pairs],
                self._own.tensors,
                [v for _, v in pairs],
                retain_graph=self._keeps,
                allow_unused=True,
            )

    def _gauss_newton(self, chunk, parts):
        f, y = self._kept_outputs(chunk)
        at = f.detach().requires_grad_()
        with explained():
            (slope,) = torch.autograd.grad(self.problem.loss_fn(at, y).reshape(()), at, create_graph=True)
            if not slope.requires_grad:  # linear in the outputs
                return [None] * len(parts)
            (image,) = torch.autograd.grad(slope, at, self._pushed(f, parts), allow_unused=True)
        return [None] * len(parts) if image is None else self._pulled(f, image)

    def _empirical_fisher(self, chunk, parts):
        f, y = self._kept_outputs(chunk)
        at = f.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.problem.loss_fn(at, y).reshape(()), at)
        # The gradient of sample i is its part of this, times the number of samples.
        own = slope.reshape(len(chunk), -1) * len(chunk)
        along = (own * self._pushed(f, parts).reshape(len(chunk), -1)).sum(1, keepdim=True)
        return self._pulled(f, (own * along / len(chunk)).reshape(f.shape))

    def _pulled(self, f, u):
        """Jᵀu, a tensor for each parameter."""
        with explained():
            return torch.autograd.grad(f, self._own.tensors, u, retain_graph=True, allow_unused=True)

    def _pushed(self, f, parts):
        """J·v, shaped like the outputs: the derivative of Jᵀu along u, which is linear in u."""
        u = torch.zeros_like(f, requires_grad=True)
        with explained():
            pulled = torch.autograd.grad(f, self._own.tensors, u, create_graph=True, allow_unused=True)
            pairs = [(g, v) for g, v in zip(pulled, parts) if g is not None and g.requires_grad]
            if not pairs:
                return torch.zeros_like(f)
            (image,) = torch.autograd.grad(
                [g for g, _ in pairs], u, [v for _, v in pairs], retain_graph=True, allow_unused=True
            )
        return torch.zeros_like(f) if image is None else image.detach()

    def _differentiated(self, chunk, again: bool):
        """Loss and gradient of a chunk; with their graph, if they are differentiated again."""
        if self._graph is not None:
            return self._graph
        loss = self._loss_of(chunk)
        if not loss.requires_grad:
            raise EossError("the loss does not depend on the parameters by PyTorch's ops: was it detached?")
        with explained():
            gradients = torch.autograd.grad(
                loss, self._own.tensors, create_graph=again, allow_unused=True
            )
        if any(g is not None and g.is_sparse for g in gradients):
            raise EossError("an embedding of the model was called with sparse=True: its gradient has no derivative; leave it out")
        found = (loss.detach(), gradients)
        if self._keeps and again:
            self._graph = found
        return found

    def _loss_of(self, chunk):
        with self._begun(chunk):
            return self.problem.loss_of(self._batch(chunk))

    def _outputs_of(self, chunk):
        with self._begun(chunk):
            return self.problem.outputs_and_targets(self._batch(chunk))

    def _kept_outputs(self, chunk=None):
        if self._keeps:
            if self._forward is None:
                self._forward = self._outputs_of(self._chunks[0])
            return self._forward
        if chunk is None:
            raise EossError(f"the tangent kernel needs batches of at most {self.problem.chunk} samples")
        return self._outputs_of(chunk)

    def _batch(self, chunk):
        return self.problem.batch(chunk, self.which)

    @contextmanager
    def _begun(self, chunk):
        """For a forward pass. The loss must be a function: the same buffers and the same dropout masks each time."""
        self.problem.buffers.renew()
        name = b"".join(index.to_bytes(8, "little") for index in chunk)
        torch.manual_seed(zlib.crc32(name, self.problem.seed & 0xFFFFFFFF))
        writes = self._own.writes()
        with explained():
            yield
        self._own.refuse_writes(writes)
        self._own.refuse_changes()

    def _output_parts(self):
        with self._at():
            f, _ = self._outputs_of(self._chunks[0][:1])
        size = max(1, MOST_OUTPUTS // max(1, f.numel()))
        if self.problem.coupled:
            return self._chunks
        size = min(size, self.problem.chunk)
        return [self.indices[k : k + size] for k in range(0, len(self.indices), size)]

    def _weight(self, chunk) -> float:
        return len(chunk) / len(self.indices)

    def _at(self):
        return self._own.at(self._data)

    @property
    def _own(self) -> Parameters:
        return self.problem.parameters


_PRODUCTS = {
    "hessian": TorchView._hessian,
    "gauss-newton": TorchView._gauss_newton,
    "fisher": TorchView._gauss_newton,
    "empirical-fisher": TorchView._empirical_fisher,
}


def _floats_to(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
