"""Networks whose derivatives are known in float64 from another program, where those files are there."""

import json
import math
import os

import pytest
import torch
from golden import GOLDEN, SHARED, load, note, relative

import eoss
from eoss.pytorch.engine import TorchEngine

NAMES = sorted(path.stem for path in GOLDEN.glob("tiny_*.json"))
LARGE = ["mlp_mse", "mlp_ce", "mlp_l_mse", "cnn_mse", "resnet10_mse"]
FULL = os.environ.get("EOSS_FULL") == "1"

if not NAMES:
    pytest.skip("the reference figures are not there", allow_module_level=True)
with_images = pytest.mark.skipif(not (SHARED / "data/cifar10/data_batch_1.bin").is_file(), reason="CIFAR-10 is not there")


@pytest.mark.parametrize("dtype, accuracy", [(torch.float64, 1e-10), (torch.float32, 2e-5)])
@pytest.mark.parametrize("name", NAMES)
def test_products(name, dtype, accuracy):
    content, model, loss_fn, data = load(name, dtype)
    precision = str(dtype).removeprefix("torch.")
    engine = TorchEngine(model, loss_fn, data, likelihood=True, chunk=5)
    with engine.measuring() as problem:
        view = problem.view(list(range(16)), "training")
        v = torch.tensor(content["v"], dtype=dtype)
        found = {"loss": (view.loss(), content["fullLoss"]), "gradient": (view.gradient(), content["gradient"])}
        for kind, field in [
            ("hessian", "Hv"),
            ("gauss-newton", "GNv"),
            ("fisher", "GNv"),
            ("empirical-fisher", "empiricalFisherV"),
        ]:
            found[kind] = (view.product(kind, v), content[field])
        for quantity, pair in found.items():
            assert note(quantity, precision, relative(*pair), name) <= accuracy, quantity
        for k, letter in enumerate("ABCD"):
            of = content["batches"][letter]
            batch = problem.view(list(range(4 * k, 4 * k + 4)), "training")
            g = batch.gradient()
            sharpness = float((g @ batch.product("hessian", g)) / (g @ g))
            error = note("step sharpness", precision, relative(sharpness, of["stepSharpness"]), name)
            assert error <= accuracy


@pytest.mark.parametrize("name", NAMES if FULL else NAMES[:3])
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
        note(found.quantity, "measured", relative(found.value, exact), name)
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


@with_images
@pytest.mark.parametrize("name", LARGE if FULL else ["mlp_ce", "resnet10_mse"])
def test_products_of_networks_for_images(name):
    content, model, loss_fn, data = load(name, torch.float32)
    sizes = [math.prod(tensor["shape"]) for tensor in content["tensors"]]
    norms = lambda x: [float(part.double().norm()) for part in x.split(sizes)]  # noqa: E731
    engine = TorchEngine(model, loss_fn, data)
    for of in content["batches"] if FULL else content["batches"][:1]:
        with engine.measuring() as problem:
            view = problem.view(list(range(of["first"], of["last"] + 1)), "training")
            g = view.gradient()
            v = g / problem.vectors.dot(g, g) ** 0.5
            image = view.product("hessian", v)
            found = {
                "loss": (view.loss(), of["loss"]),
                "gradient by tensor": (norms(g), of["gradNormPerTensor"]),
                "Hv by tensor": (norms(image), of["HvNormPerTensor"]),
                "vHv": (problem.vectors.dot(v, image), of["vHv"]),
            }
        for quantity, pair in found.items():
            assert note(quantity, "images, float32", relative(*pair), f"{name}, {of['n']}") <= 2e-5, quantity


@with_images
@pytest.mark.parametrize("name", LARGE if FULL else ["mlp_mse"])
def test_largest_eigenvalues_of_networks_for_images(name):
    content, model, loss_fn, data = load(name, torch.float32)
    for of in content["batches"][:3] if FULL else content["batches"][:1]:
        batch = tuple(column[of["first"] : of["last"] + 1] for column in data)
        found = eoss.measure(model, loss_fn, batch, "fullbs", check=False)
        note("fullbs", "images, measured", relative(found.value, of["lambdaMax"]), f"{name}, {of['n']}")
        assert abs(found.value - of["lambdaMax"]) <= found.error + 1e-5 * of["lambdaMax"]


@with_images
@pytest.mark.skipif(not FULL, reason="its 32 searches are made with EOSS_FULL=1")
def test_the_gap_of_batches_of_sixteen():
    gap = json.loads((GOLDEN / "static_gap_mlp_mse.json").read_text())
    _, model, loss_fn, data = load("mlp_mse", torch.float32)
    (row,) = [row for row in gap["rows"] if row["b"] == 16]
    values = []
    for indices in row["batches"]:
        batch = tuple(column[indices] for column in data)
        values.append(eoss.measure(model, loss_fn, batch, "fullbs", certify="off", check=False).value)
    assert note("MiniBS of 32 batches", "images, measured", relative(sum(values) / 32, row["miniBS"]), "mlp_mse") <= 1e-4
