"""curvlinops with SciPy's eigsh (ARPACK)."""

from curvlinops import HessianLinearOperator
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn
from torch_networks import Problem, loss_of
from work_folder import run


def solve(problem, tolerance, start):
    # Its losses are PyTorch's: the sum over samples and outputs is n times ours. The check that data
    # and model are deterministic, two gradients and two products, is left out.
    hessian = HessianLinearOperator(
        problem.model,
        nn.MSELoss(reduction="sum"),
        problem.params,
        problem.chunks,
        num_data=problem.samples,
        check_deterministic=False,
    ).to_scipy()
    products = 0

    def matvec(v):
        nonlocal products
        products += 1
        return hessian @ v

    operator = LinearOperator(hessian.shape, matvec=matvec, dtype=hessian.dtype)
    values, vectors = eigsh(operator, k=1, which="LA", tol=tolerance, v0=start, rng=0)
    return values[0] / problem.samples, products, vectors[:, 0]


run(Problem, solve, loss_of)
