"""References for losses that differentiate inside: value, gradient and H·v in float64.

python3 bench/hvp/nested.py > packages/hvp/src/testdata/nested.json        (torch 2.13.0)

The same losses, written with tfjs, are in packages/hvp/src/tape/nestedReferences.test.ts.
"""

import json
import math

import torch
from torch.autograd import grad

torch.set_default_dtype(torch.float64)


def wave(shape, k):
    """sin(k·(i + 1)), rounded to 1/1024, so that float32 holds it."""
    n = math.prod(shape)
    return torch.tensor([round(math.sin(k * (i + 1)) * 1024) / 1024 for i in range(n)]).reshape(shape)


def d(y, x):
    return grad(y, x, create_graph=True)


def free(x):
    return x.clone().requires_grad_()


def mlp(p, x, f=torch.tanh):
    return f(f(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]) @ p["w3"]


def mlp_shapes(inputs, outputs):
    return {"w1": [inputs, 5], "b1": [5], "w2": [5, 4], "b2": [4], "w3": [4, outputs]}


def oscillator(p):
    """u'' + u² = cos, at 7 points, with the slope at the first."""
    x = free(wave([7, 1], 0.8))
    u = mlp(p, x)
    (du,) = d(u.sum(), x)
    (ddu,) = d(du.sum(), x)
    return ((ddu + u**2 - torch.cos(x)) ** 2).mean() + (du[0] - 1).pow(2).sum()


def heat(p):
    """∂u/∂t = ∂²u/∂x², with two columns of inputs."""
    t, x = free(wave([6, 1], 1.3)), free(wave([6, 1], 0.6))
    u = mlp(p, torch.cat([t, x], 1), torch.sigmoid)
    ut, ux = d(u.sum(), [t, x])
    (uxx,) = d(ux.sum(), x)
    return ((ut - uxx) ** 2).mean() + ((u - torch.sin(x)) ** 2).mean()


def penalty(p):
    """WGAN-GP: a critic of convolutions, its slope at images of norm one."""
    x = free(wave([3, 5, 5, 1], 0.37))
    h = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), p["k"].permute(3, 2, 0, 1), stride=2)
    h = torch.nn.functional.elu(h + p["b"].reshape(1, -1, 1, 1))
    score = h.permute(0, 2, 3, 1).reshape(3, -1) @ p["w"]
    (slope,) = d(score.sum(), x)
    norm = (slope.reshape(3, -1) ** 2).sum(1).sqrt()
    return score.mean() + 10 * ((norm - 1) ** 2).mean()


def cross_entropy(z, y):
    return -(torch.log_softmax(z, 1) * y).sum(1).mean()


def labels(n, classes):
    return torch.nn.functional.one_hot(torch.arange(n) % classes, classes).double()


def meta(p):
    """MAML: two inner steps on one set of samples, the loss on another."""
    softplus = torch.nn.functional.softplus
    for step in range(2):
        inner = cross_entropy(mlp(p, wave([6, 3], 0.9 + step), softplus), labels(6, 3))
        slopes = d(inner, list(p.values()))
        p = {k: w - 0.5 * g for (k, w), g in zip(p.items(), slopes)}
    return cross_entropy(mlp(p, wave([6, 3], 1.7), softplus), labels(6, 3))


def ascent(p):
    """Sharpness-aware: the loss after a step of length 1/4 uphill."""
    def loss(p):
        return cross_entropy(mlp(p, wave([6, 3], 0.9)), labels(6, 3))

    slopes = d(loss(p), list(p.values()))
    norm = sum((g**2).sum() for g in slopes).sqrt()
    return loss({k: w + 0.25 * g / norm for (k, w), g in zip(p.items(), slopes)})


def score(p):
    """Sliced score matching, ½‖s‖² + vᵀ∇(sᵀv)."""
    x, v = free(wave([5, 3], 0.7)), wave([5, 3], 1.9)
    s = mlp(p, x)
    (slope,) = d((s * v).sum(), x)
    return (0.5 * (s**2).sum(1) + (slope * v).sum(1)).mean()


def curvature(p):
    """The curvature vᵀHv of another loss along a fixed direction, as a penalty."""
    loss = cross_entropy(mlp(p, wave([6, 3], 0.9)), labels(6, 3))
    slopes = d(loss, list(p.values()))
    along = [wave(w.shape, 0.3 + k) for k, w in enumerate(p.values())]
    slope = sum((g * v).sum() for g, v in zip(slopes, along))
    products = d(slope, list(p.values()))
    return loss + sum((h * v).sum() for h, v in zip(products, along))


def attention(p):
    """The slope of an attention layer with layer norm at its inputs, by a given dy."""
    x, dy = free(wave([2, 4, 3], 0.7)), wave([2, 4, 3], 1.1)
    n = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-3).sqrt()
    q, k, v = n @ p["q"], n @ p["k"], n @ p["v"]
    y = torch.softmax(q @ k.transpose(1, 2) / 2, -1) @ v + x
    (slope,) = grad(y, x, dy, create_graph=True)
    return (slope**2).mean() + (y * slope).sum() / 10


CASES = {
    "oscillator": (oscillator, mlp_shapes(1, 1)),
    "heat": (heat, mlp_shapes(2, 1)),
    "penalty": (penalty, {"k": [3, 3, 1, 2], "b": [2], "w": [8, 1]}),
    "meta": (meta, mlp_shapes(3, 3)),
    "ascent": (ascent, mlp_shapes(3, 3)),
    "score": (score, mlp_shapes(3, 3)),
    "curvature": (curvature, mlp_shapes(3, 3)),
    "attention": (attention, {"q": [3, 2], "k": [3, 2], "v": [3, 3]}),
}

references = {}
for name, (loss, shapes) in CASES.items():
    p = {key: free(wave(shape, 1.1 + 0.7 * k)) for k, (key, shape) in enumerate(shapes.items())}
    v = [wave(shape, 2.3 + 0.4 * k) for k, shape in enumerate(shapes.values())]
    value = loss(p)
    slopes = d(value, list(p.values()))
    products = grad(sum((g * u).sum() for g, u in zip(slopes, v)), list(p.values()))
    flat = lambda parts: [x for part in parts for x in part.flatten().tolist()]
    references[name] = {
        "shapes": shapes,
        "loss": value.item(),
        "gradient": flat(slopes),
        "product": flat(products),
    }
print(json.dumps(references, indent=1))
