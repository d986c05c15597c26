"""LOBPCG for one pair, as one writes it in PyTorch for training runs: each iteration multiplies the
three vectors of its basis (iterate, residual, last direction) anew, with the gradient's graph remade.

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
        hs = torch.stack([hvp(column) for column in s.T.contiguous()], 1)
        products += len(basis)
        _, vectors = torch.linalg.eigh(s.T @ hs)
        new = s @ vectors[:, -1]
        direction = new - x * (x @ new)
        x = new / new.norm()
    raise RuntimeError(f"not converged in {MOST} iterations")


run(Problem, solve, loss_of)
