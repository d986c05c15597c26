"""Recurrent networks, attention and recursions over time: the counterpart of sequences.ts."""

import itertools
import math

import torch
import torch.nn.functional as F

from values import case, data

x, y, emissions = data([2, 4, 3], 71), data([2, 4], 72), data([2, 4, 3], 73)
steps = list(x.unbind(1))
tanh, sigmoid = torch.tanh, torch.sigmoid


def zeros(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def sequence(name, **shapes):
    return lambda f: case(f"sequence: {name}", **shapes)(lambda p: f(**p))


@sequence("simple recurrent network", wx=[3, 3], wh=[3, 3], b=[3])
def _(wx, wh, b):
    h = zeros(2, 3)
    for step in steps:
        h = tanh(step @ wx + h @ wh + b)
    return F.mse_loss(h[:, :2], y[:, :2])


def lstm(kernel, bias, inputs, order="ifog", forget=0.0):
    h, c, outputs = zeros(2, 2), zeros(2, 2), []
    for step in inputs:
        gates = dict(zip(order, (torch.cat([step, h], 1) @ kernel + bias).chunk(4, 1)))
        c = sigmoid(gates["f"] + forget) * c + sigmoid(gates["i"]) * tanh(gates["g"])
        h = sigmoid(gates["o"]) * tanh(c)
        outputs.append(h)
    return outputs


small = dict(kernel=[5, 8], bias=[8])
sequence("LSTM", **small)(lambda kernel, bias: F.mse_loss(lstm(kernel, bias, steps)[-1], y[:, :2]))
sequence("LSTM, all outputs", **small)(
    lambda kernel, bias: F.mse_loss(torch.stack(lstm(kernel, bias, steps), 1).mean(2), y)
)


@sequence("bidirectional LSTM", forth=[5, 8], back=[5, 8], bias=[8])
def _(forth, back, bias):
    both = [lstm(forth, bias, steps)[-1], lstm(back, bias, steps[::-1])[-1]]
    return F.mse_loss(torch.cat(both, 1), y)


sequence("stacked LSTM by tf.basicLSTMCell", **small)(
    lambda kernel, bias: F.mse_loss(lstm(kernel, bias, steps, "igfo", 1.0)[-1], y[:, :2])
)


@sequence("GRU", wz=[5, 2], wr=[5, 2], wh=[5, 2])
def _(wz, wr, wh):
    h = zeros(2, 2)
    for step in steps:
        joined = torch.cat([step, h], 1)
        z, r = sigmoid(joined @ wz), sigmoid(joined @ wr)
        h = (1 - z) * h + z * tanh(torch.cat([step, r * h], 1) @ wh)
    return F.mse_loss(h, y[:, :2])


def values_of(a):
    return F.mse_loss(a.mean(-1), y)


@sequence("encoder and decoder with additive attention", wx=[3, 3], wh=[3, 3], wa=[3, 3], va=[3, 1], wo=[6, 3])
def _(wx, wh, wa, va, wo):
    h, states, outputs = zeros(2, 3), [], []
    for step in steps:
        h = tanh(step @ wx + h @ wh)
        states.append(h)
    memory = torch.stack(states, 1)
    for _step in steps:
        weights = torch.softmax((tanh(memory @ wa + h[:, None]) @ va)[..., 0], 1)
        h = tanh(torch.cat([h, (weights[..., None] * memory).sum(1)], 1) @ wo)
        outputs.append(h)
    return values_of(torch.stack(outputs, 1))


qkv = dict(q=[3, 4], k=[3, 4], v=[3, 4])
attention = F.scaled_dot_product_attention
sequence("self-attention", **qkv)(lambda q, k, v: values_of(attention(x @ q, x @ k, x @ v)))
sequence("causal attention", **qkv)(lambda q, k, v: values_of(attention(x @ q, x @ k, x @ v, is_causal=True)))


@sequence("multi-head attention", **qkv, o=[4, 4])
def _(q, k, v, o):
    parts = [attention(x @ q[:, s], x @ k[:, s], x @ v[:, s]) for s in (slice(0, 2), slice(2, 4))]
    return values_of(torch.cat(parts, 2) @ o)


@sequence("attention with relative positions", **qkv, bias=[7])
def _(q, k, v, bias):
    apart = torch.arange(4)[None] - torch.arange(4)[:, None] + 3
    return values_of(torch.softmax((x @ q) @ (x @ k).mT / 2 + bias[apart], -1) @ (x @ v))


@sequence("transformer block", q=[3, 3], k=[3, 3], v=[3, 3], w1=[3, 6], w2=[6, 3])
def _(q, k, v, w1, w2):
    a = F.layer_norm(x + attention(x @ q, x @ k, x @ v), [3], eps=1e-3)
    return F.mse_loss(F.layer_norm(a + F.relu(a @ w1) @ w2, [3], eps=1e-3), x)


@sequence("linear attention", **qkv)
def _(q, k, v):
    weights = (F.elu(x @ q) + 1) @ (F.elu(x @ k) + 1).mT
    return values_of(weights @ (x @ v) / weights.sum(-1, keepdim=True))


@sequence("rotary positions", q=[3, 2], k=[3, 2], v=[3, 2])
def _(q, k, v):
    t = torch.arange(4, dtype=torch.float64)
    turn = torch.polar(torch.ones(4, dtype=torch.float64), t)

    def turned(a):
        return torch.view_as_real(torch.view_as_complex(a.contiguous()) * turn)

    return values_of(attention(turned(x @ q), turned(x @ k), x @ v))


@sequence("state space", a=[3], b=[3, 3], c=[3, 1])
def _(a, b, c):
    kernel = [sigmoid(a) ** lag for lag in range(4)]
    outputs = [sum((steps[s] @ b) * kernel[t - s] for s in range(t + 1)) @ c for t in range(4)]
    return F.mse_loss(torch.cat(outputs, 1), y)


@sequence("exponential smoothing", level=[], trend=[])
def _(level, trend):
    alpha, beta = sigmoid(level), sigmoid(trend)
    l, b, total = y[:, 0], y[:, 1] - y[:, 0], 0
    for t in range(1, 4):
        total = total + ((y[:, t] - l - b) ** 2).mean()
        l, before = alpha * y[:, t] + (1 - alpha) * (l + b), l
        b = beta * (l - before) + (1 - beta) * b
    return total


def paths():
    return itertools.product(range(3), repeat=4)


@sequence("hidden Markov model", start=[3], moves=[3, 3], means=[3])
def _(start, moves, means):
    start, moves = torch.log_softmax(start, 0), torch.log_softmax(moves, 1)
    scores = [
        start[s[0]] + sum(moves[a, b] for a, b in zip(s, s[1:])) - 2 * ((y - means[list(s)]) ** 2).sum(1)
        for s in paths()
    ]
    return -torch.logsumexp(torch.stack(scores, 1), 1).mean()


@sequence("conditional random field", w=[3, 3], moves=[3, 3])
def _(w, moves):
    f = x @ w

    def score(s):
        return sum(f[:, t, k] for t, k in enumerate(s)) + sum(moves[a, b] for a, b in zip(s, s[1:]))

    total = torch.logsumexp(torch.stack([score(s) for s in paths()], 1), 1)
    return (total - score((0, 2, 1, 1))).mean()


@sequence("connectionist temporal classification", w=[3, 3])
def _(w):
    logs = torch.log_softmax(x @ w, 2).transpose(0, 1)
    labels, lengths = torch.tensor([[1, 2], [1, 2]]), torch.tensor([2, 2])

    # Every path whose repeats and blanks are taken out to 1, 2: what the recursion sums up.
    def collapsed(s):
        return [k for k, _group in itertools.groupby(s) if k != 0]

    scores = [sum(logs[t, :, k] for t, k in enumerate(s)) for s in paths() if collapsed(s) == [1, 2]]
    total = -torch.logsumexp(torch.stack(scores, 1), 1).mean()
    assert torch.allclose(total, F.ctc_loss(logs, labels, torch.tensor([4, 4]), lengths, reduction="none").mean())
    return total


@sequence("soft dynamic time warping", w=[3, 3])
def _(w):
    d = (((x @ w)[:, :, None] - emissions[:, None]) ** 2).sum(3)
    far, table = zeros(2) + 100, {}
    for i, j in itertools.product(range(4), repeat=2):
        before = [table.get(k, far) for k in ((i - 1, j - 1), (i - 1, j), (i, j - 1))]
        table[i, j] = d[:, i, j] + (0 if i + j == 0 else -torch.logsumexp(-torch.stack(before, 1), 1))
    return table[3, 3].mean()
