"""A problem in double precision for a while, where differences have digits."""

from __future__ import annotations

from contextlib import contextmanager

import torch

from .loss import TorchProblem
from .vectors import TorchVectors


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
