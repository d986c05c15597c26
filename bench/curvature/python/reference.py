"""The values that all are compared with, to a relative error of 1e-6 or less.

Products are PyTorch's in float32 (relative error about 1e-7), everything else is float64. The error of a
Ritz value is at most residual² / gap; the gap counts once the second pair is resolved too.
"""

import numpy as np
import torch
from lanczos import lanczos
from torch_networks import Problem, double_backward, loss_of
from work_folder import run

ERROR = 1e-6
SECOND = 1e-2


def finished(values, residuals):
    if len(values) < 3 or residuals[1] > SECOND * abs(values[0]):
        return False
    gap = max(values[0] - values[1] - residuals[1], 0)
    return residuals[0] ** 2 <= ERROR * abs(values[0]) * gap


def solve(problem, _tolerance, start):
    hvp = double_backward(problem)
    random = np.random.default_rng(0).standard_normal(problem.size) / np.sqrt(problem.size)

    def product(v):
        return hvp(torch.tensor(v, dtype=torch.float32)).double().numpy()

    return lanczos(product, random if start is None else start + 0.1 * random, finished)


run(Problem, solve, loss_of)
