"""Networks whose derivatives are known in float64 from another program, where those files are there."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import eoss
from eoss.pytorch.engine import TorchEngine

GOLDEN = Path(__file__).parents[3] / "shared/golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("tiny_*.json") if "resnet" not in path.stem)

if not NAMES:
    pytest.skip("the reference figures are not there", allow_module_level=True)


class Golden(nn.Module):
    """Parameters in the order and layout of the file: dense [in, out], convolutions [h, w, in, out]."""

    def __init__(self, content, dtype):
        super().__init__()
        self.kind = content["model"]
        flat = torch.tensor(content["params"], dtype=dtype)
        shapes = [tensor["shape"] for tensor in content["tensors"]]
        parts = flat.split([math.prod(shape) for shape in shapes])
        self.all = nn.ParameterList([part.view(shape).clone() for part, shape in zip(parts, shapes)])

    def forward(self, x):
        p = list(self.all)
        if "mlp" in self.kind:
            act = torch.tanh if "tanh" in self.kind else F.relu
            for k in range(0, len(p) - 2, 2):
                x = act(x @ p[k] + p[k + 1])
            return x @ p[-2] + p[-1]
        if "cnn" in self.kind:
            x = x.permute(0, 3, 1, 2)
            x = F.max_pool2d(F.relu(self.conv(x, p[0], p[1], 0)), 2)
            x = F.relu(self.conv(x, p[2], p[3], 1)).mean((2, 3))
            return x @ p[4] + p[5]
        return self.attention(x, p)

    @staticmethod
    def conv(x, kernel, bias, padding):
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=padding)

    def attention(self, x, parameters):
        names = [name for name in self.names]
        p = dict(zip(names, parameters))
        dense = lambda name, z: z @ p[f"{name}.kernel"] + p[f"{name}.bias"]  # noqa: E731
        norm = lambda name, z: F.layer_norm(z, (6,), p[f"{name}.gamma"], p[f"{name}.beta"], 1e-5)  # noqa: E731
        heads = 2 if "h2" in self.kind else 1
        z = norm("ln1", x)
        split = lambda t: t.view(*t.shape[:2], heads, 6 // heads).transpose(1, 2)  # noqa: E731
        q, k, v = (split(dense(name, z)) for name in "qkv")
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        h = x + dense("o", mixed)
        out = h + dense("mlp2", torch.tanh(dense("mlp1", norm("ln2", h))))
        return dense("head", out.mean(1))


def squared(f, y):
    return ((f - y) ** 2).sum(1).mean()


def load(name, dtype):
    content = json.loads((GOLDEN / f"{name}.json").read_text())
    model = Golden(content, dtype)
    model.names = [tensor["name"] for tensor in content["tensors"]]
    x = torch.tensor(content["inputs"], dtype=dtype).view(content["n"], *content["inputShape"])
    y = torch.tensor(content["labels"])
    if content["loss"] == "mse":
        return content, model, squared, (x, F.one_hot(y, content["classes"]).to(dtype))
    return content, model, F.cross_entropy, (x, y)


def near(found, expected, accuracy):
    expected = torch.tensor(expected, dtype=torch.float64)
    return float((found.double() - expected).norm()) <= accuracy * float(expected.norm())


@pytest.mark.parametrize("dtype, accuracy", [(torch.float64, 1e-10), (torch.float32, 2e-5)])
@pytest.mark.parametrize("name", NAMES)
def test_products(name, dtype, accuracy):
    content, model, loss_fn, data = load(name, dtype)
    engine = TorchEngine(model, loss_fn, data, likelihood=True, chunk=5)
    with engine.measuring() as problem:
        for indices in (list(range(16)),):
            view = problem.view(indices, "training")
            assert abs(view.loss() - content["fullLoss"]) <= accuracy * content["fullLoss"]
            assert near(view.gradient(), content["gradient"], accuracy)
            v = torch.tensor(content["v"], dtype=dtype)
            for kind, field in [
                ("hessian", "Hv"),
                ("gauss-newton", "GNv"),
                ("fisher", "GNv"),
                ("empirical-fisher", "empiricalFisherV"),
            ]:
                assert near(view.product(kind, v), content[field], accuracy), kind


@pytest.mark.parametrize("name", NAMES)
def test_measurements(name):
    content, model, loss_fn, data = load(name, torch.float32)
    n, b = 16, 4
    expected = {
        "fullbs": content["fullBS"],
        "full-gauss-newton": content["gnEigenvaluesTop5"][0],
        "full-fisher": content["gnEigenvaluesTop5"][0],
        "full-empirical-fisher": content["empiricalFisherTop5"][0],
        "loss": content["fullLoss"],
        "gradient-norm": math.hypot(*content["gradient"]),
    }
    for found in eoss.measure(model, loss_fn, data, list(expected), likelihood=True, batch_size=b):
        exact = expected[found.quantity]
        assert abs(found.value - exact) <= (found.error or 0) + 2e-5 * abs(exact), found
    # Of batches, the variance that gradients have when they are drawn without replacement.
    noise = eoss.measure(model, loss_fn, data, "gradient-noise", batch_size=b, tolerance=0.05, max_batches=256)
    exact = content["gradCovTrace"] * (n - b) / (b * (n - 1))
    assert abs(noise.value - exact) <= 1.5 * noise.error, noise
    for k, letter in enumerate("ABCD"):
        batch = tuple(column[4 * k : 4 * k + 4] for column in data)
        of = content["batches"][letter]
        names = ["fullbs", "loss", "trace"]
        for found, field in zip(eoss.measure(model, loss_fn, batch, names), ["lambdaMax", "loss", "trace"]):
            room = found.error if field != "trace" else 2 * found.error
            assert abs(found.value - of[field]) <= room + 2e-5 * abs(of[field]), (letter, found)
