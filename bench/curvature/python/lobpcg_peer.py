"""LOBPCG for one pair, as one writes it in PyTorch for training runs: each iteration multiplies its
new iterate, the residual and the last direction anew, three products, with the gradient's graph remade.

A. Knyazev (2001), Toward the optimal preconditioned eigensolver.
"""

import torch
from torch_networks import Problem, double_backward, loss_of
from work_folder import run

MOST = 300


def solve(problem, tolerance, start):
    hvp = double_backward(problem)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(problem.size, generator=generator) if start is None else start
    x = x / x.norm()
    direction = None
    products = 0
    for _ in range(MOST):
        hx = hvp(x)
        value = x @ hx
        residual = hx - value * x
        products += 1
        if residual.norm() <= tolerance * abs(value):
            return value, products, x
        basis = [x, residual / residual.norm()]
        if direction is not None:
            basis.append(direction / direction.norm())
        s, _ = torch.linalg.qr(torch.stack(basis, 1))
        # The first column is x again, or -x.
        hs = torch.stack([hx * (s[:, 0] @ x), *map(hvp, s.T[1:].contiguous())], 1)
        products += len(basis) - 1
        _, vectors = torch.linalg.eigh(s.T @ hs)
        new = s @ vectors[:, -1]
        direction = new - x * (x @ new)
        x = new / new.norm()
    raise RuntimeError(f"not converged in {MOST} iterations")


run(Problem, solve, loss_of)
