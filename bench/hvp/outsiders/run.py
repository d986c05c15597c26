"""Losses, gradients and Hessian products of the suite packages/hvp/src/outsiders, in float64.

python3 bench/hvp/outsiders/run.py        (torch 2.13.0, cpu)

Writes expected.json there: by name, the loss, and float32 vectors in base64. Parameters, inputs and
directions are made by the formula of values.py.
"""

import base64
import json
import pathlib

import torch
from values import CASES, tree_of

torch.set_default_dtype(torch.float64)
MODULES = ["heads", "networks", "sequences", "images", "models", "nested", "layers"]
TARGET = pathlib.Path(__file__).parents[3] / "packages/hvp/src/testdata/outsiders.json"


def text(tensors):
    flat = torch.cat([t.reshape(-1) for t in tensors]).detach().numpy().astype("<f4")
    return base64.b64encode(flat.tobytes()).decode()


def derivatives(shapes, loss):
    params = {name: t.requires_grad_() for name, t in tree_of(shapes, "point").items()}
    leaves, v = list(params.values()), list(tree_of(shapes, "direction").values())
    value = loss(params)
    gradient = torch.autograd.grad(value, leaves, create_graph=True, materialize_grads=True)
    slope = sum((g * d).sum() for g, d in zip(gradient, v))
    product = torch.autograd.grad(slope, leaves, materialize_grads=True)
    return {"loss": value.item(), "gradient": text(gradient), "product": text(product)}


for module in MODULES:
    if (pathlib.Path(__file__).parent / f"{module}.py").exists():
        __import__(module)
expected = {name: derivatives(shapes, loss) for name, shapes, loss in CASES}
TARGET.write_text(json.dumps(expected, indent=2) + "\n")
print(f"{len(expected)} losses, {TARGET.stat().st_size / 1000:.0f} kB")
