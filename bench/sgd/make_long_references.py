"""Fifty steps in float64 of optimizers of 2018 to 2025, as references for packages/sgd.

    pip install torch==2.13.0
    python bench/sgd/make_long_references.py

Writes packages/sgd/test/pytorchLong.json. PyTorch has Muon, clipping and SVDs; the rest is written out
below from the papers, in PyTorch and float64. Muon's iteration is in bfloat16 there: the cast is left
out, so that the formula is compared. Gradients are given multiples of 1/1024, except for sam, whose
loss is sum(c/2 * theta^2 + theta^4/4). Kernels are [inputs, outputs], as in tfjs; PyTorch's are
their transposes.
"""

import json
from pathlib import Path

import torch

STEPS = 50
KEPT = (1, 10, 50)
SHAPES = {"kernel": (5, 4), "filter": (2, 2, 2, 3), "wide": (3, 6), "bias": (4,)}
RATE = 0.03125

CASES = [
    {"optimizer": "sign-descent", "options": {}},
    {"optimizer": "sign-descent", "options": {"momentum": 0.75}},
    {"optimizer": "normalized-descent", "options": {}},
    {"optimizer": "normalized-descent", "options": {"weightDecay": 0.25, "clip": 0.5}},
    {"optimizer": "muon", "options": {}},
    {"optimizer": "muon", "options": {"momentum": 0.5, "iterations": 3, "weightDecay": 0.25}},
    {"optimizer": "spectral-descent", "options": {}},
    {"optimizer": "spectral-descent", "options": {"momentum": 0.5, "weightDecay": 0.25, "decay": "decoupled"}},
    {"optimizer": "block-descent", "options": {"weightDecay": 0.25}},
    {"optimizer": "sam", "options": {}},
    {"optimizer": "sam", "options": {"rho": 0.25, "momentum": 0.5, "weightDecay": 0.25}},
    {"optimizer": "sgd", "options": {"clip": 0.5, "weightDecay": 0.25}},
    {"optimizer": "heavy-ball", "options": {"clip": 0.5}},
    {"optimizer": "nesterov", "options": {"weightDecay": 0.25, "decay": "decoupled"}},
    {"optimizer": "adam", "options": {"clip": 2.0, "weightDecay": 0.25, "decay": "decoupled"}},
]


def problem():
    generator = torch.Generator().manual_seed(31)
    draw = lambda shape: torch.round((torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1) * 1024) / 1024
    initial = {name: draw(shape) for name, shape in SHAPES.items()}
    return initial, [{name: draw(shape) for name, shape in SHAPES.items()} for _ in range(STEPS)]


def matrix(value):
    """[outputs, inputs] of a parameter [..., outputs]."""
    return value.reshape(-1, value.shape[-1]).T


def back(update, shape):
    return update.T.reshape(shape)


def norm(tree):
    return torch.sqrt(sum((value**2).sum() for value in tree.values()))


def loss_gradient(theta):
    return {name: 0.5 * value + value**3 for name, value in theta.items()}


def muon_trajectory(initial, gradients, options):
    torch.Tensor.bfloat16 = lambda self: self
    params = {name: matrix(value).clone().contiguous().requires_grad_() for name, value in initial.items()}
    optimizer = torch.optim.Muon(
        params.values(),
        lr=RATE,
        momentum=options.get("momentum", 0.95),
        ns_steps=options.get("iterations", 5),
        weight_decay=options.get("weightDecay", 0),
    )
    for gradient in gradients:
        for name, value in params.items():
            value.grad = matrix(gradient[name]).clone().contiguous()
        optimizer.step()
        yield {name: back(value.detach(), SHAPES[name]) for name, value in params.items()}


def trajectory(case, initial, gradients):
    name, options = case["optimizer"], case["options"]
    if name == "muon":
        yield from muon_trajectory(initial, gradients, options)
        return
    theta = {key: value.clone() for key, value in initial.items()}
    buffers = {key: torch.zeros_like(value) for key, value in initial.items()}
    squares = {key: torch.zeros_like(value) for key, value in initial.items()}
    w = options.get("weightDecay", 0)
    decoupled = options.get("decay") == "decoupled"
    for step, given in enumerate(gradients):
        g = given
        if name == "sam":
            g = loss_gradient(theta)
            length = norm(g)
            rho = options.get("rho", 0.05)
            g = loss_gradient({key: value + rho * g[key] / length for key, value in theta.items()})
        if "clip" in options:
            held = [torch.nn.Parameter(value.clone()) for value in g.values()]
            for parameter, value in zip(held, g.values()):
                parameter.grad = value.clone()
            torch.nn.utils.clip_grad_norm_(held, options["clip"])
            g = {key: parameter.grad for key, parameter in zip(g, held)}
        if not decoupled:
            g = {key: value + w * theta[key] for key, value in g.items()}
        length = norm(g)
        for place, key in enumerate(theta):
            beta = options.get("momentum", {"sign-descent": 0, "spectral-descent": 0, "sam": 0}.get(name, 0.9))
            if name == "sign-descent":
                buffers[key] = beta * buffers[key] + (1 - beta) * g[key]
                direction = torch.sign(buffers[key])
            elif name == "normalized-descent":
                direction = g[key] / length
            elif name == "spectral-descent":
                buffers[key] = beta * buffers[key] + g[key]
                u, _, vh = torch.linalg.svd(matrix(buffers[key]), full_matrices=False)
                direction = back(u @ vh, SHAPES[key])
            elif name == "block-descent":
                direction = g[key] if step % len(theta) == place else 0 * g[key]
            elif name == "sgd":
                direction = g[key]
            elif name in ("sam", "heavy-ball", "nesterov"):
                buffers[key] = beta * buffers[key] + g[key]
                direction = g[key] + beta * buffers[key] if name == "nesterov" else buffers[key]
            elif name == "adam":
                buffers[key] = 0.9 * buffers[key] + 0.1 * g[key]
                squares[key] = 0.999 * squares[key] + 0.001 * g[key] ** 2
                mean = buffers[key] / (1 - 0.9 ** (step + 1))
                direction = mean / (torch.sqrt(squares[key] / (1 - 0.999 ** (step + 1))) + 1e-8)
            kept = theta[key] * (1 - RATE * w) if decoupled else theta[key]
            theta[key] = kept - RATE * direction
        yield {key: value.clone() for key, value in theta.items()}


def flat(tensors):
    return {name: value.flatten().tolist() for name, value in tensors.items()}


def main():
    initial, gradients = problem()
    cases = []
    for case in CASES:
        after = [flat(theta) for theta in trajectory(case, initial, gradients)]
        cases.append({**case, "params": {str(step): after[step - 1] for step in KEPT}})
    content = {
        "source": f"PyTorch {torch.__version__.split('+')[0]}, float64, bench/sgd/make_long_references.py",
        "shapes": SHAPES,
        "learningRate": RATE,
        "initial": flat(initial),
        "gradients": [flat(gradient) for gradient in gradients],
        "cases": cases,
    }
    target = Path(__file__).parents[2] / "packages/sgd/test/pytorchLong.json"
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
