"""The parameters of a model as one vector, and the model at other parameters for a while."""

from __future__ import annotations

from contextlib import contextmanager

import torch

from .._errors import EossError


class Parameters:
    """The parameters that are trained, each once, in the order of ``named_parameters``.

    :raises EossError: if they cannot be measured as they are
    """

    def __init__(self, model: torch.nn.Module):
        self._model, self._trained = model, [p.requires_grad for p in model.parameters()]
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        if not named:
            raise EossError("the model has no parameters with requires_grad=True: there is nothing to measure")
        self.names = [name for name, _ in named]
        self.tensors = [p for _, p in named]
        self._check()
        self.sizes = [p.numel() for p in self.tensors]
        self.size = sum(self.sizes)
        widest = torch.float64 if any(p.dtype == torch.float64 for p in self.tensors) else torch.float32
        self.dtype = widest
        self.device = self.tensors[0].device

    def _check(self) -> None:
        for name, p in zip(self.names, self.tensors):
            if isinstance(p, torch.nn.parameter.UninitializedTensorMixin):
                raise EossError(f"parameter {name} has no size yet: call the model once before")
            if p.is_meta:
                raise EossError(f"parameter {name} is on the device meta and has no values: load the model first")
            if p.is_inference():
                raise EossError(f"parameter {name} was made in torch.inference_mode() and has no gradient: make it outside")
            if p.is_complex():
                raise EossError(
                    f"parameter {name} is {p.dtype}; eoss measures real parameters: keep torch.view_as_real of it as the "
                    "parameter and use torch.view_as_complex in forward"
                )
            if p.dtype not in (torch.float32, torch.float64):
                raise EossError(
                    f"parameter {name} is {p.dtype}, in which second derivatives have two or three digits: "
                    "measure a float32 copy, copy.deepcopy(model).float(), on float32 inputs; or train with "
                    "float32 parameters and autocast"
                )
            if p.device != self.tensors[0].device:
                raise EossError(
                    f"parameters are on {self.tensors[0].device} and {p.device} ({name}): "
                    "eoss measures models on one device"
                )
            if p.is_sparse or type(p.data) is not torch.Tensor:
                raise EossError(
                    f"parameter {name} is a {type(p.data).__name__}: sharded, quantized and sparse parameters "
                    "cannot be measured; give the plain model"
                )
            if p._backward_hooks:
                raise EossError(
                    f"parameter {name} has a hook on its gradient (as of wandb.watch): the gradient that is "
                    "measured would be what the hook makes of it. Remove the hook, or measure a copy of the model"
                )
        self._refuse_shared_memory()

    def _refuse_shared_memory(self) -> None:
        """Entries that two parameters share move together in training, and would be taken for independent ones."""
        places: "dict[int, list]" = {}
        for name, p in zip(self.names, self.tensors):
            places.setdefault(p.untyped_storage().data_ptr(), []).append((name, p))
        for sharing in places.values():
            if len(sharing) == 1 and sharing[0][1].is_contiguous():
                continue
            taken = torch.zeros(sharing[0][1].untyped_storage().nbytes() // sharing[0][1].element_size(), dtype=torch.bool)
            for name, p in sharing:
                own = taken.as_strided(p.shape, p.stride(), p.storage_offset())
                if own.any():
                    others = " or ".join(other for other, _ in sharing if other != name)
                    raise EossError(
                        f"parameter {name} shares memory with {others}, and they are several for PyTorch: tie them as "
                        "one, b.weight = a.weight, and not by .data"
                    )
                before = int(taken.sum())
                own.fill_(True)
                if int(taken.sum()) - before < p.numel():
                    raise EossError(f"parameter {name} is an expanded tensor, whose entries share memory: .clone() it")

    def writes(self) -> "list[int]":
        """How often each parameter was written to so far."""
        return [p._version for p in self.tensors]

    def refuse_writes(self, before: "list[int]") -> None:
        """:raises EossError: if one was written to since"""
        for name, p, count in zip(self.names, self.tensors, before):
            if p._version != count:
                raise EossError(
                    f"the forward pass writes to parameter {name}, as nn.Embedding with max_norm does: the loss is no "
                    "function of the parameters. Do it in the training loop, after the update"
                )

    def refuse_changes(self) -> None:
        """:raises EossError: if others are trained than in the beginning"""
        for (name, p), trained in zip(self._model.named_parameters(), self._trained):
            if p.requires_grad != trained:
                raise EossError(
                    f"the forward pass sets requires_grad of parameter {name}: what is trained changes while it is measured. "
                    "Set it before training, and outside of forward"
                )

    def flat(self, tensors: list) -> torch.Tensor:
        """One vector of a tensor for each parameter; None is zero."""
        return torch.cat(
            [
                torch.zeros(size, dtype=self.dtype, device=self.device)
                if tensor is None
                else tensor.detach().reshape(-1).to(self.dtype)
                for tensor, size in zip(tensors, self.sizes)
            ]
        )

    def parts(self, x: torch.Tensor) -> list[torch.Tensor]:
        """The parts of a vector, shaped like the parameters."""
        return [
            part.view(p.shape).to(p.dtype)
            for part, p in zip(torch.split(x, self.sizes), self.tensors)
        ]

    def vector(self) -> torch.Tensor:
        """θ as it is now."""
        return self.flat([p.data for p in self.tensors])

    @contextmanager
    def at(self, data: "list[torch.Tensor] | None"):
        """The model at other parameters, given as a tensor for each; None leaves them.

        The tensors are exchanged and not written to: graphs that were made before stay valid, and the
        user's own memory is not touched.
        """
        if data is None:
            yield
            return
        own = [p.data for p in self.tensors]
        try:
            for p, other in zip(self.tensors, data):
                p.data = other
            yield
        finally:
            for p, before in zip(self.tensors, own):
                p.data = before
