"""Models that wrap or rewrite others, that differentiate by themselves, or that change what is trained."""

import torch
from models import VOLUME, WORDS, L, Net, X, around, pair, words
from torch import nn
from torch.func import functional_call, vmap
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune


def called_as_a_function(s, x):
    """As of methods that make the weights of a network from others."""
    return functional_call(s.n, {name: p * (1 + 0.1 * s.scale) for name, p in s.n.named_parameters()}, (x,))


def traced():
    return torch.jit.trace(around(), X)


def pruned():
    net = around()
    prune.random_unstructured(net[0], "weight", amount=0.4)
    return net


def force(s, x):
    """The slope of an energy with respect to positions, as of models of molecules."""
    at = x.detach().requires_grad_()
    energy = s.o(torch.tanh(s.i(at))).sum()
    return torch.autograd.grad(energy, at, create_graph=True)[0][:, :3]


def best_experts(s, x):
    weights, which = s.r(x).softmax(-1).topk(2)
    out = x.new_zeros(len(x), 3)
    for number, expert in enumerate(s.e):
        rows, place = (which == number).nonzero(as_tuple=True)
        out = out.index_add(0, rows, weights[rows, place, None] * expert(x[rows]))
    return out


def solved(s, x):
    return s.o(torch.linalg.solve(torch.eye(5, dtype=x.dtype) + 0.1 * s.h.weight, s.i(x).T).T)


def fixed_point(s, x):
    """Iterated without a gradient, and once with: the gradient is not that of the loss."""
    z = s.i(x)
    with torch.no_grad():
        for _ in range(3):
            z = torch.tanh(s.h(z) + s.i(x))
    return s.o(torch.tanh(s.h(z) + s.i(x)))


def scaled_gradient(s, x):
    h = torch.tanh(s.i(x))
    return s.o(0.1 * h + 0.9 * h.detach())


def freezing(s, x):
    s.i.weight.requires_grad_(False)
    return s.o(torch.tanh(s.i(x)))


def unfreezing(s, x):
    s.i.weight.requires_grad_(True)
    return s.o(torch.tanh(s.i(x)))


def first_layer_frozen(pass_forward):
    def make():
        net = pair(pass_forward)()
        net.i.weight.requires_grad_(False)
        return net

    return make


def changing_mode(s, x):
    s.eval()
    return s.o(torch.tanh(s.i(F.dropout(x, 0.5, s.training))))


def in_lists():
    net = Net(lambda s, x: torch.tanh(x @ s.l[0]) @ s.d["o"] + s.l[1], o=nn.Identity())
    net.l = nn.ParameterList([torch.randn(6, 5), torch.randn(3)])
    net.d = nn.ParameterDict({"o": torch.randn(5, 3)})
    return net


def fake_quantised():
    from torch.ao.quantization import FakeQuantize, MovingAverageMinMaxObserver

    seen = FakeQuantize(MovingAverageMinMaxObserver, quant_min=0, quant_max=255, dtype=torch.quint8)
    net = around(seen)
    net(X)
    return net


def quantised():
    from torch.ao.quantization import quantize_dynamic

    return quantize_dynamic(around(), {nn.Linear})


def stubs():
    from torch.ao.quantization import DeQuantStub, QuantStub

    return nn.Sequential(QuantStub(), around(), DeQuantStub())


def bidirectional():
    return nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True, proj_size=2)


def whole_transformer():
    return nn.Transformer(4, 2, 1, 1, 6, dropout=0.0, batch_first=True)


RIGHT = {
    "ConvTranspose3d": (
        lambda: nn.Sequential(nn.ConvTranspose3d(2, 2, 2, stride=2), nn.GroupNorm(1, 2), nn.SiLU(), nn.Flatten(), L(1024, 3)),
        VOLUME,
    ),
    "DataParallel": (lambda: nn.DataParallel(around()), X),
    "functional_call": (lambda: Net(called_as_a_function, n=around(), scale=nn.Parameter(torch.ones(()))), X),
    "traced": (traced, X),
    "pruned": (pruned, X),
    "a slope as the output": (pair(force), X),
    "best two experts": (lambda: Net(best_experts, r=L(6, 4), e=nn.ModuleList(L(6, 3) for _ in range(4))), X),
    "two directions and a projection": (
        words(lambda s, x: s.o(s.r(s.e(x))[0][:, 0]), r=bidirectional),
        WORDS,
    ),
    "a whole transformer": (words(lambda s, x: s.o(s.t(s.e(x), s.e(x[:, :2])).mean(1)), t=whole_transformer), WORDS),
    "vmap inside": (pair(lambda s, x: vmap(lambda row: s.o(torch.tanh(s.i(row))))(x)), X),
    "Bilinear": (lambda: Net(lambda s, x: s.b(x, torch.tanh(x)), b=nn.Bilinear(6, 6, 3)), X),
    "linear solve": (lambda: Net(solved, i=L(6, 5), h=L(5, 5), o=L(5, 3)), X),
    "mode changed in forward": (pair(changing_mode), X),
    "lists and dicts of parameters": (in_lists, X),
    "stubs of quantisation": (stubs, X),
}

REFUSED = {
    # Its signs are numbers in a parameter that are cut to integers.
    "orthogonal, not square": (lambda: nn.Sequential(parametrizations.orthogonal(L(6, 5)), L(5, 3)), X, "slope of the loss"),
    "a fixed point without its gradient": (lambda: Net(fixed_point, i=L(6, 5), h=L(5, 5), o=L(5, 3)), X, "slope of the loss"),
    "scaled gradient": (pair(scaled_gradient), X, "slope of the loss"),
    "frozen in forward": (pair(freezing), X, "requires_grad"),
    "trained from forward on": (first_layer_frozen(unfreezing), X, "requires_grad"),
    "fake quantisation": (fake_quantised, X, "slope of the loss"),
    "quantised": (quantised, X, "requires_grad|quantized"),
}
