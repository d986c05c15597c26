"""Models of tf.layers, by the formulas of Keras: the counterpart of layers.ts."""

import torch
import torch.nn.functional as F

from values import case, data

table, images, series = data([4, 3], 101), data([4, 6, 6, 1], 102).permute(0, 3, 1, 2), data([4, 5, 3], 103)
words = torch.tensor([[0, 1, 2], [3, 3, 1], [4, 0, 2], [2, 1, 0]])
labels = torch.tensor([0, 1, 1, 0])
tanh = torch.tanh


def model(name, *shapes):
    """Registers a model as a function of its weights, in Keras' order."""

    def register(f):
        case(f"tf.layers: {name}", **{f"w{i}": shape for i, shape in enumerate(shapes)})(
            lambda p: F.cross_entropy(f(*p.values()), labels)
        )

    return register


def hard_sigmoid(a):
    return (0.2 * a + 0.5).clamp(0, 1)


model("dense, tanh", [3, 4], [4], [4, 2], [2])(lambda w, b, v, c: tanh(table @ w + b) @ v + c)
model("dense, relu, fused", [3, 6], [6], [6, 2], [2])(lambda w, b, v, c: F.relu(table @ w + b) @ v + c)


@model("convolution and pooling", [3, 3, 1, 2], [2], [8, 2], [2])
def _(w, b, v, c):
    a = F.max_pool2d(F.relu(F.conv2d(images, w.permute(3, 2, 0, 1), b)), 2)
    return a.permute(0, 2, 3, 1).reshape(4, 8) @ v + c


@model("separable convolution", [3, 3, 1, 1], [1, 1, 1, 3], [3], [3, 2], [2])
def _(w, u, b, v, c):
    a = F.conv2d(F.conv2d(images, w.permute(2, 3, 0, 1), padding=1), u.permute(3, 2, 0, 1), b)
    return F.elu(a).mean((2, 3)) @ v + c


@model("batch normalisation in training", [3, 4], [4], [4], [4], [4, 2], [2])
def _(w, b, gamma, beta, v, c):
    return F.selu(F.batch_norm(table @ w + b, None, None, gamma, beta, True, eps=1e-3)) @ v + c


@model("layer normalisation and prelu", [3, 4], [4], [4], [4], [4], [4, 2], [2])
def _(w, b, gamma, beta, alpha, v, c):
    a = F.layer_norm(table @ w + b, [4], gamma, beta, eps=1e-3)
    return torch.where(a > 0, a, alpha * a) @ v + c


@model("simple recurrent", [3, 3], [3, 3], [3], [3, 2], [2])
def _(w, u, b, v, c):
    h = torch.zeros(4, 3, dtype=torch.float64)
    for t in range(5):
        h = tanh(series[:, t] @ w + b + h @ u)
    return h @ v + c


def lstm(w, u, b, order):
    h = s = torch.zeros(4, 2, dtype=torch.float64)
    for t in order:
        i, f, g, o = (series[:, t] @ w + h @ u + b).chunk(4, 1)
        s = hard_sigmoid(f) * s + hard_sigmoid(i) * tanh(g)
        h = hard_sigmoid(o) * tanh(s)
    return h


model("lstm", [3, 8], [2, 8], [8], [2, 2], [2])(lambda w, u, b, v, c: lstm(w, u, b, range(5)) @ v + c)


@model("gru", [3, 6], [2, 6], [6], [2, 2], [2])
def _(w, u, b, v, c):
    h = torch.zeros(4, 2, dtype=torch.float64)
    for t in range(5):
        xz, xr, xh = (series[:, t] @ w + b).chunk(3, 1)
        uz, ur, uh = u.chunk(3, 1)
        z, r = hard_sigmoid(xz + h @ uz), hard_sigmoid(xr + h @ ur)
        h = z * h + (1 - z) * tanh(xh + (r * h) @ uh)
    return h @ v + c


@model("bidirectional lstm", [3, 8], [2, 8], [8], [3, 8], [2, 8], [8], [4, 2], [2])
def _(w, u, b, w2, u2, b2, v, c):
    both = [lstm(w, u, b, range(5)), lstm(w2, u2, b2, reversed(range(5)))]
    return torch.cat(both, 1) @ v + c


model("embedding and averages", [5, 3], [3, 2], [2])(
    lambda e, v, c: F.softplus(e[words].mean(1) @ v + c)
)
