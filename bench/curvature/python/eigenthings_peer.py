"""hessian-eigenthings: Lanczos of 20 steps, as in its guide, and of twice as many while not converged."""

from hessian_eigenthings import HessianOperator, lanczos, supervised_loss
from torch_networks import Problem, loss_of, mse
from work_folder import run

MOST = 640


class CountingHessian(HessianOperator):
    products = 0

    def matvec(self, v):
        self.products += 1
        return super().matvec(v)


def solve(problem, tolerance, _start):
    hessian = CountingHessian(problem.model, problem.chunks, supervised_loss(mse))
    steps = 20
    while True:
        result = lanczos(hessian, k=1, max_iter=steps, tol=tolerance, which="LA", seed=0)
        if bool(result.converged[0]):
            return float(result.eigenvalues[0]), hessian.products, None
        if steps == MOST:
            raise RuntimeError(f"not converged in {MOST} steps")
        steps *= 2


run(Problem, solve, loss_of)
