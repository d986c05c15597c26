"""PyHessian: power iteration until the value changes by less than the tolerance."""

from importlib import import_module

from pyhessian import hessian
from torch_networks import Problem, loss_of, mse
from work_folder import run

# The package gives the class the name of this module.
module = import_module("pyhessian.hessian")
products = 0


def counted(function):
    def call(*args):
        global products
        products += 1
        return function(*args)

    return call


module.hessian_vector_product = counted(module.hessian_vector_product)
hessian.dataloader_hv_product = counted(hessian.dataloader_hv_product)


def solve(problem, tolerance, _start):
    global products
    products = 0
    # A single batch keeps the graph of its gradient; a loader makes it anew for each product.
    several = len(problem.chunks) > 1
    data = {"dataloader": problem.chunks} if several else {"data": problem.chunks[0]}
    values, _ = hessian(problem.model, mse, **data, cuda=False).eigenvalues(tol=tolerance, top_n=1)
    return values[0], products, None


run(Problem, solve, loss_of)
