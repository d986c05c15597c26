"""Values, gradients and products with the Hessian of losses in float64, as references for packages/hvp.

    pip install torch==2.13.0
    python bench/hvp/make_losses.py

Writes packages/hvp/src/testdata/losses.json. Sums over outputs, means over samples; huber is twice
PyTorch's, so that it is the squared error for small residuals. Numbers are multiples of 1/1024.
"""

import json
from pathlib import Path

import torch

torch.manual_seed(12)
B, C = 6, 3
draw = lambda scale: torch.round(torch.randn(B, C, dtype=torch.float64) * scale * 1024) / 1024
F, V, NUMBERS = draw(1.5), draw(1), draw(1)
ONE_HOT = torch.nn.functional.one_hot(torch.tensor([0, 1, 2, 2, 1, 0]), C).double()
SIGNS = 2 * ONE_HOT - 1


def huber(delta):
    return lambda f: 2 * torch.nn.HuberLoss(reduction="sum", delta=delta)(f, NUMBERS) / B


def hinge(power):
    return lambda f: (torch.relu(1 - SIGNS * f) ** power).sum() / B


def smoothed(s):
    return lambda f: torch.nn.CrossEntropyLoss(label_smoothing=s)(f, ONE_HOT.argmax(1))


CASES = [
    ("huber", {}, NUMBERS, huber(1.0)),
    ("huber", {"delta": 0.5}, NUMBERS, huber(0.5)),
    ("hinge", {}, ONE_HOT, hinge(1)),
    ("hinge", {"power": 2}, ONE_HOT, hinge(2)),
    ("label-smoothing", {}, ONE_HOT, smoothed(0.1)),
    ("label-smoothing", {"smoothing": 0.5}, ONE_HOT, smoothed(0.5)),
    ("label-smoothing", {"smoothing": 0}, ONE_HOT, smoothed(0.0)),
    ("mse", {}, NUMBERS, lambda f: ((f - NUMBERS) ** 2).sum() / B),
    ("ce", {}, ONE_HOT, smoothed(0.0)),
    ("bce", {}, ONE_HOT, lambda f: torch.nn.functional.binary_cross_entropy_with_logits(f, ONE_HOT, reduction="sum") / B),
]


def case(name, options, targets, loss):
    f = F.clone().requires_grad_()
    value = loss(f)
    (gradient,) = torch.autograd.grad(value, f, create_graph=True)
    product = torch.zeros_like(f)
    if gradient.requires_grad:
        (found,) = torch.autograd.grad((gradient * V).sum(), f, allow_unused=True)
        product = product if found is None else found
    flat = lambda x: x.detach().flatten().tolist()
    return {
        "loss": name,
        "options": options,
        "targets": flat(targets),
        "value": value.item(),
        "gradient": flat(gradient),
        "product": flat(product),
    }


content = {
    "source": f"PyTorch {torch.__version__.split('+')[0]}, float64, bench/hvp/make_losses.py",
    "shape": [B, C],
    "outputs": F.flatten().tolist(),
    "direction": V.flatten().tolist(),
    "cases": [case(*one) for one in CASES],
}
target = Path(__file__).parents[2] / "packages/hvp/src/testdata/losses.json"
target.write_text(json.dumps(content, separators=(",", ":")) + "\n")
