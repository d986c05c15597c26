"""Losses that contain derivatives: the counterpart of nested.ts."""

import torch
import torch.nn.functional as F
from torch import tanh

from values import case, data

points, pairs = data([5, 1], 91), data([5, 2], 92)
images, fakes, targets = data([4, 3], 93), data([4, 3], 94), data([4, 1], 95)


def nested(name, **shapes):
    return lambda f: case(f"nested: {name}", **shapes)(lambda p: f(**p))


def shapes_for(inputs):
    return dict(w1=[inputs, 4], b1=[4], w2=[4, 1])


def mlp(a, w1, b1, w2):
    return tanh(a @ (2 * w1) + b1) @ w2


def grad(y, at):
    return torch.autograd.grad(y.sum(), at, create_graph=True)[0]


def variable(a):
    return a.clone().requires_grad_()


@nested("physics-informed: an oscillator", **shapes_for(1))
def _(**p):
    t = variable(points)
    u = mlp(t, **p)
    return ((grad(grad(u, t), t) + 4 * u) ** 2).mean()


@nested("physics-informed: the heat equation", **shapes_for(2))
def _(**p):
    a = variable(pairs)
    slope = grad(mlp(a, **p), a)
    bend = grad(slope[:, 0], a)[:, 0]
    start = pairs * torch.tensor([1.0, 0], dtype=torch.float64)
    return ((slope[:, 1] - bend) ** 2).mean() + F.mse_loss(mlp(start, **p), pairs[:, :1])


@nested("physics-informed: Burgers' equation", **shapes_for(2))
def _(**p):
    a = variable(pairs)
    u = mlp(a, **p)
    slope = grad(u, a)
    bend = grad(slope[:, 0], a)[:, 0]
    return ((slope[:, 1] + u[:, 0] * slope[:, 0] - 0.1 * bend) ** 2).mean()


@nested("Wasserstein GAN with a gradient penalty", **shapes_for(3))
def _(**p):
    between = variable(0.3 * images + 0.7 * fakes)
    steep = torch.sqrt((grad(mlp(between, **p), between) ** 2).sum(1) + 1e-6)
    return mlp(fakes, **p).mean() - mlp(images, **p).mean() + 10 * ((steep - 1) ** 2).mean()


@nested("R1 penalty", **shapes_for(3))
def _(**p):
    a = variable(images)
    d = mlp(a, **p)
    return F.softplus(-d).mean() + 5 * (grad(d, a) ** 2).sum(1).mean()


@nested("Sobolev training", **shapes_for(1))
def _(**p):
    t = variable(points)
    u = mlp(t, **p)
    return F.mse_loss(u, torch.sin(points)) + F.mse_loss(grad(u, t), torch.cos(points))


@nested("Hamiltonian network", **shapes_for(2))
def _(**p):
    a = variable(pairs)
    g = grad(mlp(a, **p), a)
    right = torch.stack([pairs[:, 1], -torch.sin(pairs[:, 0])], 1)
    return F.mse_loss(torch.stack([g[:, 1], -g[:, 0]], 1), right)


@nested("score matching", **shapes_for(2))
def _(**p):
    a = variable(pairs)
    score = grad(mlp(a, **p), a)
    divergence = sum(grad(score[:, k], a)[:, k] for k in range(2))
    return (0.5 * (score**2).sum(1) + divergence).mean()


@nested("contractive penalty", **shapes_for(3))
def _(w1, b1, w2):
    codes = torch.sigmoid(images @ w1 + b1)
    jacobian = (codes * (1 - codes))[:, :, None] * w1.T[None]
    return F.mse_loss(codes @ w2, targets) + (jacobian**2).mean()


@nested("meta-learning, one inner step", w1=[3, 4], w2=[4, 1])
def _(w1, w2):
    g1, g2 = torch.autograd.grad(F.mse_loss(tanh(images @ w1) @ w2, targets), [w1, w2], create_graph=True)
    return F.mse_loss(tanh(fakes @ (w1 - 0.5 * g1)) @ (w2 - 0.5 * g2), targets)


@nested("meta-learning, three inner steps with learned rates", w=[3, 1], rates=[3])
def _(w, rates):
    for rate in rates:
        w = w - rate * grad(F.mse_loss(tanh(images @ w), targets), w)
    return F.mse_loss(tanh(fakes @ w), targets)


@nested("sharpness-aware ascent, differentiated", w1=[3, 4], w2=[4, 1])
def _(w1, w2):
    g = grad(F.mse_loss(tanh(images @ w1) @ w2, targets), w1)
    return F.mse_loss(tanh(images @ (w1 + 0.1 * g / g.norm())) @ w2, targets)


@nested("input saliency of a class", w1=[3, 4], w2=[4, 3])
def _(w1, w2):
    a = variable(images)
    logits = F.softplus(a @ w1) @ w2
    saliency = grad(torch.log_softmax(logits, 1)[:, 1], a)
    return F.cross_entropy(logits, torch.tensor([1, 0, 2, 1])) + 0.1 * (saliency**2).mean()
