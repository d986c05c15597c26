"""A problem in double precision for a while, where differences have digits."""

from __future__ import annotations

from contextlib import contextmanager

import torch

from .loss import TorchProblem
from .vectors import TorchVectors


@contextmanager
def in_double_precision(problem: TorchProblem):
    """Parameters, buffers and numbers of batches in float64; to be used inside of ``undisturbed``.

    Modules are given other parameters meanwhile. Were the user's own converted, their nodes in graphs would be made
    anew, and what holds the old ones (DistributedDataParallel, views of a parameter) would see no gradient any more.
    """
    parameters, vectors = problem.parameters, problem.vectors
    own, dtype, cast = parameters.tensors, parameters.dtype, problem.cast
    places = [
        (module._parameters, name, p)
        for module in problem.model.modules()
        for name, p in module._parameters.items()
        if p is not None and p.is_floating_point()
    ]
    doubles = {id(p): torch.nn.Parameter(p.detach().to(torch.float64, copy=True), p.requires_grad) for _, _, p in places}
    try:
        for place, name, p in places:
            place[name] = doubles[id(p)]
        parameters.tensors = [doubles[id(p)] for p in own]
        parameters.dtype, problem.cast = torch.float64, torch.float64
        problem.vectors = TorchVectors(torch.float64, parameters.device)
        problem.buffers.cast = torch.float64
        yield
    finally:
        for place, name, p in places:
            place[name] = p
        parameters.tensors, parameters.dtype = own, dtype
        problem.cast, problem.vectors = cast, vectors
        problem.buffers.cast = cast
