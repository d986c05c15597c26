"""Feed-forward networks: the counterpart of networks.ts."""

import math

import torch
import torch.nn.functional as F

from values import case, data

x, y = data([6, 3], 61), data([6, 2], 62)
wide, targets = data([5, 4], 63), data([5, 4], 64)
ids, partners = torch.tensor([0, 3, 1, 4, 2, 3]), torch.tensor([1, 1, 0, 2, 2, 0])
far_ids = torch.tensor([2, 2, 4, 0, 1, 1])
tanh, sigmoid = torch.tanh, torch.sigmoid

ACTIVATIONS = {
    "relu": F.relu,
    "leaky relu": lambda a: F.leaky_relu(a, 0.1),
    "elu": F.elu,
    "selu": F.selu,
    "softplus": F.softplus,
    "sigmoid": sigmoid,
    "log sigmoid": F.logsigmoid,
    "swish": F.silu,
    "gelu by erf": F.gelu,
    "gelu by tanh": lambda a: F.gelu(a, approximate="tanh"),
    "mish": F.mish,
    "softsign": F.softsign,
    "hard swish": F.hardswish,
    "sine": lambda a: torch.sin(3 * a),
    "gaussian": lambda a: torch.exp(-(a**2)),
    "snake": lambda a: a + torch.sin(a) ** 2,
    "squared relu": lambda a: F.relu(a) ** 2,
    "concatenated relu": lambda a: torch.cat([F.relu(a), F.relu(-a)], 1)[:, 2:6],
}
for name, f in ACTIVATIONS.items():
    case(f"activation: {name}", w1=[3, 4], b1=[4], w2=[4, 2])(
        lambda p, f=f: F.mse_loss(f(x @ (2 * p["w1"]) + p["b1"]) @ p["w2"], y)
    )


def network(name, **shapes):
    def register(outputs):
        case(f"network: {name}", **shapes)(lambda p: F.mse_loss(outputs(**p), targets.expand_as(targets)))

    return register


def standard(a, axis):
    return (a - a.mean(axis, keepdim=True)) / torch.sqrt(a.var(axis, unbiased=False, keepdim=True) + 1e-3)


square = dict(w1=[4, 4], b1=[4], w2=[4, 4])


@network("batch normalisation", **square, gamma=[4], beta=[4])
def _(w1, b1, w2, gamma, beta):
    return tanh(F.batch_norm(wide @ w1 + b1, None, None, gamma, beta, training=True, eps=1e-3)) @ w2


@network("batch normalisation with given moments", **square, gamma=[4], beta=[4])
def _(w1, b1, w2, gamma, beta):
    mean = torch.tensor([0.1, -0.1, 0, 0.2], dtype=torch.float32).double()
    variance = torch.tensor([1, 0.5, 2, 1], dtype=torch.float64)
    return tanh(gamma * (wide @ w1 + b1 - mean) / torch.sqrt(variance + 1e-3) + beta) @ w2


network("layer normalisation", **square, gamma=[4])(
    lambda w1, b1, w2, gamma: tanh(F.layer_norm(wide @ w1 + b1, [4], gamma, eps=1e-3)) @ w2
)
network("group normalisation", **square)(
    lambda w1, b1, w2: tanh(F.group_norm(wide @ w1 + b1, 2, eps=1e-3)) @ w2
)
network("root mean square normalisation", **square, gain=[4])(
    lambda w1, b1, w2, gain: F.silu(F.rms_norm(wide @ w1 + b1, [4], gain, eps=1e-3)) @ w2
)
network("weight normalisation", **square, g=[4])(
    lambda w1, b1, w2, g: tanh(wide @ (g * w1 / w1.norm(dim=0)) + b1) @ w2
)
network("weight standardisation", **square)(lambda w1, b1, w2: tanh(wide @ standard(w1, 0) + b1) @ w2)


@network("spectral normalisation", **square)
def _(w1, b1, w2):
    u = torch.ones(4, dtype=torch.float64)
    for _step in range(2):
        u = F.normalize(w1 @ F.normalize(w1.T @ u, dim=0), dim=0)
    return tanh(wide @ (w1 / (w1.T @ u).norm()) + b1) @ w2


@network("residual blocks", **square, w3=[4, 4])
def _(w1, b1, w2, w3):
    a = wide @ w1 + b1
    for w in (w2, w3, w2):
        a = a + tanh(a @ w)
    return a


@network("highway network", **square, b2=[4])
def _(w1, b1, w2, b2):
    gate = sigmoid(wide @ w2 + b2)
    return gate * tanh(wide @ w1 + b1) + (1 - gate) * wide


network("maxout", w1=[4, 12], b1=[12], w2=[4, 4])(
    lambda w1, b1, w2: (wide @ w1 + b1).reshape(5, 4, 3).max(2).values @ w2
)
network("gated linear units", w1=[4, 8], b1=[8], w2=[4, 4])(lambda w1, b1, w2: F.glu(wide @ w1 + b1) @ w2)
network("SwiGLU", **square, w3=[4, 4])(
    lambda w1, b1, w2, w3: (F.silu(wide @ w1 + b1) * (wide @ w2)) @ w3
)


@network("mixture of experts", gate=[4, 3], experts=[3, 4, 4])
def _(gate, experts):
    return torch.einsum("nk,nko->no", torch.softmax(wide @ gate, 1), tanh(torch.einsum("ni,kio->nko", wide, experts)))


network("low-rank adapter", a=[4, 2], b=[2, 4])(lambda a, b: tanh(wide @ (data([4, 4], 65) + 2 * a @ b)))
network("hypernetwork", w=[4, 16], b=[16])(
    lambda w, b: tanh(torch.einsum("ni,nio->no", wide, (wide @ w + b).reshape(5, 4, 4)))
)
network("tied autoencoder", w=[4, 2], b=[2], c=[4])(lambda w, b, c: sigmoid(wide @ w + b) @ w.T + c)


@network("deep sets", w1=[4, 3], w2=[3, 4])
def _(w1, w2):
    return (tanh(wide @ w1).mean(0, keepdim=True) @ w2).expand(5, 4)


@network("radial basis functions", centers=[3, 4], widths=[3], w=[3, 4])
def _(centers, widths, w):
    return torch.exp(-((wide[:, None] - centers) ** 2).sum(2) * F.softplus(widths)) @ w


@network("Fourier features", frequencies=[4, 3], w=[6, 4])
def _(frequencies, w):
    phase = math.pi * (wide @ frequencies)
    return torch.cat([torch.sin(phase), torch.cos(phase)], 1) @ w


network("bilinear pooling", a=[4, 3], b=[4, 3], w=[3, 4])(lambda a, b, w: ((wide @ a) * tanh(wide @ b)) @ w)
network("stochastic weight average of two", w1=[4, 4], w2=[4, 4])(
    lambda w1, w2: tanh(wide @ ((w1 + w2) / 2)) @ w2
)


@network("graph convolution", w1=[4, 3], w2=[3, 4])
def _(w1, w2):
    a = torch.tensor(
        [[1, 1, 0, 0, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [1, 0, 0, 1, 1]], dtype=torch.float64
    )
    passed = a / torch.sqrt(a.sum(1)[:, None] * a.sum(1)[None])
    return passed @ F.relu(passed @ wide @ w1) @ w2


@network("graph attention", w=[4, 4], left=[4, 1], right=[4, 1])
def _(w, left, right):
    h = wide @ w
    return torch.softmax(F.leaky_relu(h @ left + (h @ right).T, 0.2), 1) @ h


@case("network: matrix factorisation", users=[5, 3], items=[3, 3], ub=[5], ib=[3])
def _(p):
    u, i = p["users"][ids], p["items"][partners]
    rating = (u * i).sum(1) + p["ub"][ids] + p["ib"][partners]
    return F.mse_loss(rating, data([6], 66)) + 0.01 * ((u**2).sum() + (i**2).sum())


@case("network: skip-gram with negative samples", center=[5, 3], context=[5, 3])
def _(p):
    c = p["center"][ids]
    near, far = (c * p["context"][ids.flip(0)]).sum(1), (c * p["context"][partners]).sum(1)
    return -(F.logsigmoid(near) + F.logsigmoid(-far)).mean()


@case("network: factorisation machine", w=[3, 1], v=[3, 2], b=[])
def _(p):
    pairs = sum(
        (p["v"][i] @ p["v"][j]) * x[:, i] * x[:, j] for i in range(3) for j in range(i + 1, 3)
    )
    return F.mse_loss((x @ p["w"])[:, 0] + pairs + p["b"], data([6], 67))


@case("network: translations of a knowledge graph", entities=[5, 3], relations=[3, 3])
def _(p):
    moved = p["entities"][ids] + p["relations"][partners]
    near = (moved - p["entities"][ids.flip(0)]).norm(dim=1)
    far = (moved - p["entities"][far_ids]).norm(dim=1)
    return F.relu(near - far + 1).mean()
