"""A problem in double precision for a while, where differences have digits."""

from __future__ import annotations

import sys
from contextlib import contextmanager

import torch

from .loss import TorchProblem
from .vectors import TorchVectors


def cuts_hooks(problem: TorchProblem) -> bool:
    """Whether the conversion would cut the model off from what averages its gradients over processes.

    With another type a parameter gets a new accumulator of its gradient. ``DistributedDataParallel`` and Horovod have
    their hooks on the old one: the ranks would train apart from then on.
    """
    several = (torch.distributed.is_available() and torch.distributed.is_initialized()) or "horovod" in sys.modules
    return several and any(_is_held(p) for p in problem.parameters.tensors)


def _is_held(p: torch.nn.Parameter) -> bool:
    """Whether someone keeps the accumulator of a parameter: else it is a new one each time that it is asked for."""
    with torch.enable_grad():
        _accumulator(p).metadata["eoss"] = True
        return _accumulator(p).metadata.pop("eoss", False)


def _accumulator(p: torch.nn.Parameter):
    return p.view_as(p).grad_fn.next_functions[0][0]


@contextmanager
def in_double_precision(problem: TorchProblem):
    """Parameters, buffers and numbers of batches in float64; to be used inside of ``undisturbed``."""
    parameters, vectors = problem.parameters, problem.vectors
    before = [p.data for p in problem.model.parameters()]
    own, cast = parameters.dtype, problem.cast
    try:
        for p in problem.model.parameters():
            if p.is_floating_point():
                p.data = p.data.double()
        parameters.dtype, problem.cast = torch.float64, torch.float64
        problem.vectors = TorchVectors(torch.float64, parameters.device)
        problem.buffers.cast = torch.float64
        yield
    finally:
        for p, data in zip(problem.model.parameters(), before):
            p.data = data
        parameters.dtype, problem.cast, problem.vectors = own, cast, vectors
        problem.buffers.cast = cast
