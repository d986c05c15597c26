"""Numbers against dense matrices in float64, which differences of gradients give."""

import math

import pytest
import torch
from conftest import dense
from torch import nn
from torch.nn import functional as F

import eoss


def mlp():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))


def top(matrix):
    return float(torch.linalg.eigvalsh(matrix)[-1])


LOSSES = {
    "cross-entropy": (nn.CrossEntropyLoss(), lambda y: y),
    "squared error": (nn.MSELoss(), lambda y: F.one_hot(y, 4).float()),
}


@pytest.mark.parametrize("name", LOSSES)
def test_curvature_of_all_samples(data, name):
    loss_fn, targets = LOSSES[name]
    x, y = data[0], targets(data[1])
    model = mlp()
    wide = y.double() if y.is_floating_point() else y
    h = dense(model, lambda m: loss_fn(m(x.double()), wide))
    found = eoss.measure(
        model, loss_fn, (x, y), ["fullbs", "trace", "loss", "gradient-norm"], batch_size=8, chunk=7
    )
    fullbs, trace, loss, norm = found
    assert fullbs.value <= top(h) * (1 + 1e-5)
    assert abs(fullbs.value - top(h)) <= fullbs.error
    assert abs(trace.value - float(h.trace())) <= max(3 * trace.error, 1e-4)
    own = model.double()
    value = loss_fn(own(x.double()), wide)
    assert abs(loss.value - float(value.detach())) <= loss.error
    g = torch.cat([p.reshape(-1) for p in torch.autograd.grad(value, own.parameters())])
    assert abs(norm.value - float(g.norm())) <= 1e-5 * float(g.norm())


def test_minibs_is_the_mean_over_batches(data):
    x, y = data
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    measured = eoss.measure(model, loss_fn, data, "minibs", batch_size=23, tolerance=1e-3, max_batches=64)
    # All batches of 23 out of 24 samples: what minibs estimates.
    exact = []
    for left in range(24):
        keep = [i for i in range(24) if i != left]
        h = dense(model, lambda m: loss_fn(m(x[keep].double()), y[keep]))
        exact.append(top(h))
    mean = sum(exact) / len(exact)
    assert abs(measured.value - mean) <= measured.error
    assert measured.error < 0.05 * mean


def test_gauss_newton_and_fisher(data):
    x, y = data
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    own = mlp().double()
    jacobians, moments = [], []
    for xi, yi in zip(x.double(), y):
        f = own(xi)
        rows = [
            torch.cat([p.reshape(-1) for p in torch.autograd.grad(one, own.parameters(), retain_graph=True)])
            for one in f
        ]
        j, p = torch.stack(rows), f.softmax(-1).detach()
        jacobians.append(j.T @ (torch.diag(p) - torch.outer(p, p)) @ j)
        g = j.T @ (p - F.one_hot(yi, 4))
        moments.append(torch.outer(g, g))
    names = ["full-gauss-newton", "full-fisher", "full-empirical-fisher"]
    for found, matrix in zip(
        eoss.measure(model, loss_fn, data, names, chunk=7),
        [torch.stack(jacobians).mean(0)] * 2 + [torch.stack(moments).mean(0)],
    ):
        assert abs(found.value - top(matrix)) <= found.error, found.quantity


def test_rules_of_optimizers_are_those_of_torch(data):
    """The direction that is measured is the step that the optimizer makes."""
    from eoss.pytorch.optimizer import Rule

    x, y = data
    made = [
        (torch.optim.SGD, dict(lr=0.1, weight_decay=0.01)),
        (torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
        (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.02)),
        (torch.optim.Adam, dict(lr=0.1, weight_decay=0.03, betas=(0.8, 0.95))),
        (torch.optim.AdamW, dict(lr=0.1, weight_decay=0.1)),
        (torch.optim.RMSprop, dict(lr=0.1, weight_decay=0.01)),
    ]
    for kind, options in made:
        model = mlp().double()
        optimizer = kind(model.parameters(), **options)
        for updates in range(4):
            rule = Rule(optimizer, list(model.parameters()))
            assert rule.reason is None
            loss = F.cross_entropy(model(x.double()), y)
            optimizer.zero_grad()
            loss.backward()
            before = [p.detach().clone() for p in model.parameters()]
            expected = rule.direction([p.grad.clone() for p in model.parameters()])
            state = rule.state()
            assert state == ("identity" if kind is torch.optim.SGD else "diagonal" if updates else "not yet")
            optimizer.step()
            for p, old, direction in zip(model.parameters(), before, expected):
                assert torch.allclose(p.detach() - old, 0.1 * direction, rtol=1e-9, atol=1e-12), (kind, options)


def test_unknown_rules_refuse_their_quantities_alone(data):
    model = mlp()
    for optimizer, word in [
        (torch.optim.Adagrad(model.parameters()), "Adagrad"),
        (torch.optim.Adam(model.parameters(), amsgrad=True), "amsgrad"),
        (torch.optim.SGD([{"params": model[0].parameters(), "lr": 1}, {"params": model[2].parameters()}], lr=2), "lr"),
        (torch.optim.SGD(model[0].parameters(), lr=2), "not those of the optimizer"),
    ]:
        with pytest.raises(eoss.EossError, match=word):
            eoss.measure(model, nn.CrossEntropyLoss(), data, "preconditioned-sharpness", optimizer=optimizer)
        assert math.isfinite(eoss.measure(model, nn.CrossEntropyLoss(), data, "fullbs", optimizer=optimizer).value)


def test_dots_are_summed_in_double_precision():
    from eoss.pytorch.vectors import TorchVectors

    vectors = TorchVectors(torch.float32, torch.device("cpu"))
    x = vectors.normals(3_000_001, 1)
    exact = float(x.double() @ x.double())
    assert abs(vectors.dot(x, x) / exact - 1) < 1e-6
