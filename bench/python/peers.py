"""One way each to the largest eigenvalue of the Hessian of a batch's loss: (value, products)."""

import importlib
import math
import os
import time

import numpy
import torch

# Node's part of the time is that of another process.
TICKS = os.sysconf("SC_CLK_TCK")


class Clock:
    """Processor seconds of this process, and of the Node process of eoss."""

    def __init__(self):
        self.own, self.node = time.process_time(), _node_seconds()

    def seconds(self):
        return time.process_time() - self.own + self.node_seconds()

    def node_seconds(self):
        return _node_seconds() - self.node


def _node_seconds():
    from eoss._measuring import _processes

    total = 0.0
    for process in _processes.values():
        with open(f"/proc/{process._child.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def by_eoss(model, loss_fn, batch, tolerance, certify="all"):
    import eoss

    options = {"tolerance": tolerance, "certify": certify, "check": False, "chunk": len(batch[0])}
    found = eoss.measure(model, loss_fn, batch, "fullbs", **options)
    return found.value, found.products


def by_eoss_uncertified(model, loss_fn, batch, tolerance):
    return by_eoss(model, loss_fn, batch, tolerance, certify="off")


class Product:
    """v ↦ Hv by double backward, with the graph of the gradient kept, as flat float32 vectors."""

    def __init__(self, model, loss_fn, batch):
        x, y = batch
        self.parameters = list(model.parameters())
        self.sizes = [p.numel() for p in self.parameters]
        self.size = sum(self.sizes)
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            self.gradient = torch.autograd.grad(loss_fn(model(x), y), self.parameters, create_graph=True)

    def __call__(self, v):
        parts = [part.view_as(p) for part, p in zip(v.split(self.sizes), self.parameters)]
        images = torch.autograd.grad(self.gradient, self.parameters, parts, retain_graph=True)
        return torch.cat([image.reshape(-1) for image in images])


def dots(basis, w):
    """Summed in blocks and in double precision, as eoss does."""
    from eoss.pytorch.vectors import TorchVectors

    return torch.tensor(TorchVectors(torch.float32, w.device).dots(basis, w))


def lanczos(product, most, finished=lambda values, residuals: False, seed=0):
    """Full reorthogonalisation in two passes; stops after `most` products or by a rule of Ritz values and residuals."""
    w = torch.randn(product.size, generator=torch.Generator().manual_seed(seed))
    basis, alphas, betas = [], [], []
    beta = math.sqrt(dots([w], w).item())
    while len(basis) < most:
        basis.append(w.div_(beta))
        w = product(basis[-1])
        alphas.append(0.0)
        for _ in range(2):
            weights = dots(basis, w)
            alphas[-1] += weights[-1].item()
            for weight, v in zip(weights.tolist(), basis):
                w.add_(v, alpha=-weight)
        beta = math.sqrt(dots([w], w).item())
        t = numpy.diag(alphas) + numpy.diag(betas, 1) + numpy.diag(betas, -1)
        values, vectors = numpy.linalg.eigh(t)
        betas.append(beta)
        if finished(values[::-1], beta * abs(vectors[-1][::-1])):
            break
    return float(values[-1]), len(basis)


def by_python(model, loss_fn, batch, products):
    """A plain search without Node, of as many products as eoss made."""
    return lanczos(Product(model, loss_fn, batch), products)


def truth(model, loss_fn, batch):
    """To 1e-6: the error of a Ritz value is at most residual² / gap, once the second pair is resolved too."""

    def finished(values, residuals):
        if len(values) < 3 or residuals[1] > 1e-2 * abs(values[0]):
            return False
        gap = max(values[0] - values[1] - residuals[1], 0)
        return residuals[0] ** 2 <= 1e-6 * abs(values[0]) * gap

    return lanczos(Product(model, loss_fn, batch), 200, finished, seed=1)


def by_pyhessian(model, loss_fn, batch, tolerance):
    module = importlib.import_module("pyhessian.hessian")
    products, plain = 0, module.hessian_vector_product

    def counted(*given):
        nonlocal products
        products += 1
        return plain(*given)

    module.hessian_vector_product = counted
    try:
        torch.manual_seed(0)
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            hessian = module.hessian(model, loss_fn, data=batch, cuda=False)
            values, _ = hessian.eigenvalues(maxIter=100, tol=tolerance, top_n=1)
    finally:
        module.hessian_vector_product = plain
        model.zero_grad()
    return values[0], products


def by_curvlinops(model, loss_fn, batch, tolerance):
    from curvlinops import HessianLinearOperator
    from scipy.sparse.linalg import LinearOperator, eigsh

    hessian = HessianLinearOperator(
        model,
        Mean(loss_fn),
        list(model.parameters()),
        [batch],
        num_data=1,
        check_deterministic=False,
        batch_size_fn=lambda _: 1,
    ).to_scipy()
    products = 0

    def product(v):
        nonlocal products
        products += 1
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return hessian @ v

    operator = LinearOperator(hessian.shape, matvec=product, dtype=hessian.dtype)
    values, _ = eigsh(operator, k=1, which="LA", tol=tolerance, rng=0)
    return values[0], products


class Mean(torch.nn.MSELoss):
    """Any loss under the name of one that curvlinops knows; with a size of one its scale is left alone."""

    def __init__(self, loss_fn):
        super().__init__(reduction="sum")
        self.loss_fn = loss_fn

    def forward(self, f, y):
        return self.loss_fn(f, y)


def by_eigenthings(model, loss_fn, batch, tolerance):
    from hessian_eigenthings import HessianOperator, lanczos, supervised_loss

    class Counting(HessianOperator):
        products = 0

        def matvec(self, v):
            self.products += 1
            return super().matvec(v)

    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        hessian, steps = Counting(model, [batch], supervised_loss(loss_fn)), 20
        while True:
            result = lanczos(hessian, k=1, max_iter=steps, tol=tolerance, which="LA", seed=0)
            if bool(result.converged[0]) or steps >= 160:
                return float(result.eigenvalues[0]), hessian.products
            steps *= 2


PEERS = {
    "PyHessian 0.1": by_pyhessian,
    "hessian-eigenthings 1.0.0a5": by_eigenthings,
    "curvlinops 3.0.1, eigsh": by_curvlinops,
}
