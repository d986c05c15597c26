"""What people build of PyTorch, by name: what is measured right, and what is refused with advice."""

import numpy
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint_sequential

N = 12
made = torch.Generator().manual_seed(4)
X = torch.randn(N, 6, generator=made)
SEQUENCE = torch.randn(N, 2, 8, generator=made)
IMAGE = torch.randn(N, 2, 6, 6, generator=made)
VOLUME = torch.randn(N, 2, 4, 4, 4, generator=made)
WORDS = torch.randint(0, 5, (N, 4), generator=made)
Y = torch.randint(0, 3, (N,), generator=made)
L = nn.Linear


class Net(nn.Module):
    """A forward pass as a function, and the modules it uses."""

    def __init__(self, pass_forward, **parts):
        super().__init__()
        self.pass_forward = pass_forward
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.pass_forward(self, x)


def around(*middle):
    return nn.Sequential(L(6, 5), nn.Tanh(), *middle, L(5, 3))


def pair(pass_forward, **parts):
    """A network of two dense layers, ``i`` and ``o``."""
    return lambda: Net(pass_forward, i=L(6, 5), o=L(5, 3), **parts)


def words(pass_forward, embedding=None, **parts):
    def make():
        net = Net(pass_forward, e=nn.Embedding(5, 4) if embedding is None else embedding(), o=L(4, 3))
        for name, part in parts.items():
            setattr(net, name, part())
        return net

    return make


def image(layer):
    def make():
        net = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), layer(), nn.Flatten(), nn.LazyLinear(3))
        net(IMAGE)
        return net

    return make


def lora():
    net = Net(
        lambda s, x: s.o(torch.tanh(F.linear(x, s.w.weight + s.b.weight @ s.a.weight))),
        **{"w": L(6, 5, bias=False), "a": L(6, 2, bias=False), "b": L(2, 5, bias=False), "o": L(5, 3)},
    )
    net.w.requires_grad_(False)
    return net


class Symmetric(nn.Module):
    def forward(self, w):
        return w.triu() + w.triu(1).T


def parametrized():
    layer = L(5, 5)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    return around(layer, nn.Tanh())


def in_slices():
    """Parameters that are interleaved parts of one piece of memory, without an entry in common."""
    both = torch.randn(6, 10)
    return Net(lambda s, x: s.o(torch.tanh(x @ s.u) * (x @ s.v)), u=nn.Parameter(both[:, ::2]), v=nn.Parameter(both[:, 1::2]), o=L(5, 3))


def transposed():
    net = around()
    net[0].weight = nn.Parameter(torch.randn(6, 5).T)
    return net


def forward_hook():
    net = around()
    net[0].register_forward_hook(lambda module, given, out: 2 * out)
    return net


def accumulate_hook():
    def never(p):
        raise AssertionError("a measurement accumulates no gradient")

    net = around()
    net[0].weight.register_post_accumulate_grad_hook(never)
    return net


def in_autocast(s, x):
    with torch.autocast("cpu", torch.bfloat16):
        return s.o(torch.tanh(s.i(x)))


def counting(s, x):
    s.calls += 1
    s.log.append(len(x))
    s.last = torch.tanh(s.i(x))
    return s.o(s.last) * (1 + 0.1 * s.calls)


def with_state(s, x):
    h = torch.tanh(s.i(x) + s.h)
    s.h.mul_(0.9).add_(h.detach().mean(0))
    s.seen = s.seen + 1
    return s.o(h)


def clipped(s, x):
    h = torch.tanh(s.i(x))
    if h.requires_grad:
        h.register_hook(lambda g: g.clamp(-1, 1))
    return s.o(h)


def on_cpu(s, x):
    with torch.autograd.graph.save_on_cpu():
        return s.o(torch.tanh(s.i(x)))


def routed(s, x):
    weights = s.r(x).softmax(-1)
    return torch.stack([s.e[int(w.argmax())](one) * w.max() for one, w in zip(x, weights)])


@torch.compile(backend="aot_eager")
def compiled(h):
    return torch.tanh(h) * 2


def packed(s, x):
    rows = nn.utils.rnn.pack_padded_sequence(s.e(x), torch.full((len(x),), 3), batch_first=True)
    return s.o(s.r(rows)[1][0])


def attended(**options):
    def pass_forward(s, x):
        h = s.e(x)
        return s.o(s.a(h, h, h, **options)[0]).mean(1)

    return words(pass_forward, a=lambda: nn.MultiheadAttention(4, 2, batch_first=True))


ACTIVATIONS = "ReLU ReLU6 ELU CELU SELU GELU SiLU Mish Hardswish Sigmoid Tanh LeakyReLU LogSigmoid Softplus PReLU Softsign"
ACTIVATIONS += " Tanhshrink Hardtanh"
LAYERS = {
    "MaxPool2d": lambda: nn.MaxPool2d(2),
    "AvgPool2d": lambda: nn.AvgPool2d(2),
    "AdaptiveMaxPool2d": lambda: nn.AdaptiveMaxPool2d(2),
    "LPPool2d": lambda: nn.LPPool2d(2, 2),
    "BatchNorm2d": lambda: nn.BatchNorm2d(4),
    "BatchNorm2d without statistics": lambda: nn.BatchNorm2d(4, track_running_stats=False),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    "LocalResponseNorm": lambda: nn.LocalResponseNorm(2),
    "LayerNorm": lambda: nn.LayerNorm([4, 6, 6]),
    "RMSNorm": lambda: nn.RMSNorm([4, 6, 6]),
    "ReflectionPad2d": lambda: nn.ReflectionPad2d(1),
    "PixelShuffle": lambda: nn.PixelShuffle(2),
    "bilinear": lambda: nn.Upsample(scale_factor=1.5, mode="bilinear"),
    "bicubic": lambda: nn.Upsample(scale_factor=1.5, mode="bicubic"),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 2, 2),
    "depthwise": lambda: nn.Conv2d(4, 4, 3, groups=4, stride=2),
    "channels last": lambda: nn.Conv2d(4, 2, 2).to(memory_format=torch.channels_last),
}
RIGHT = {
    **{name: (lambda name=name: around(getattr(nn, name)()), X) for name in ACTIVATIONS.split()},
    **{name: (image(layer), IMAGE) for name, layer in LAYERS.items()},
    "Conv1d": (lambda: nn.Sequential(nn.Conv1d(2, 3, 3), nn.Tanh(), nn.MaxPool1d(2), nn.Flatten(), L(9, 3)), SEQUENCE),
    "Conv3d": (lambda: nn.Sequential(nn.Conv3d(2, 2, 2), nn.Tanh(), nn.MaxPool3d(2), nn.Flatten(), L(2, 3)), VOLUME),
    "MultiheadAttention": (attended(), WORDS),
    "MultiheadAttention without weights": (attended(need_weights=False), WORDS),
    "MultiheadAttention, eval": (lambda: attended(need_weights=False)().eval(), WORDS),
    "GRU, packed": (words(packed, r=lambda: nn.GRU(4, 4, batch_first=True)), WORDS),
    "GRUCell": (words(lambda s, x: s.o(s.c(s.e(x)[:, 1], s.c(s.e(x)[:, 0]))), c=lambda: nn.GRUCell(4, 4)), WORDS),
    "LSTM": (words(lambda s, x: s.o(s.r(s.e(x))[0][:, -1]), r=lambda: nn.LSTM(4, 4, 2, batch_first=True)), WORDS),
    "sparse embedding": (words(lambda s, x: s.o(s.e(x).mean(1)), lambda: nn.Embedding(5, 4, sparse=True)), WORDS),
    "spectral norm, eval": (lambda: around(parametrizations.spectral_norm(L(5, 5)), nn.Tanh()).eval(), X),
    "old spectral norm, eval": (lambda: around(nn.utils.spectral_norm(L(5, 5)), nn.Tanh()).eval(), X),
    "orthogonal": (lambda: around(parametrizations.orthogonal(L(5, 5)), nn.Tanh()), X),
    "parametrized": (parametrized, X),
    "LoRA": (lora, X),
    "slices of one tensor": (in_slices, X),
    "transposed parameter": (transposed, X),
    "checkpoint_sequential": (lambda: Net(lambda s, x: checkpoint_sequential(s.b, 2, x, use_reentrant=False), b=around()), X),
    "Fourier": (lambda: Net(lambda s, x: s.o(torch.fft.rfft(s.i(x)).abs()), i=L(6, 6), o=L(4, 3)), X),
    "svd": (lambda: Net(lambda s, x: x @ torch.linalg.svd(s.w.weight)[2][:3].T, w=L(6, 6)), X),
    "topk": (lambda: Net(lambda s, x: s.i(x).topk(3)[0], i=L(6, 5)), X),
    "mixture of experts": (lambda: Net(routed, r=L(6, 2), e=nn.ModuleList([L(6, 3), L(6, 3)])), X),
    "float64 parameters": (lambda: Net(lambda s, x: s.n(x.double()), n=around().double()), X),
    "float32 and float64": (lambda: Net(lambda s, x: s.o(torch.tanh(s.i(x)).double()), i=L(6, 5), o=L(5, 3).double()), X),
    "autocast in forward": (pair(in_autocast), X),
    "saved on the CPU": (pair(on_cpu), X),
    "counts and keeps": (lambda: pair(counting, calls=0, log=[], last=None)(), X),
    "a state from batch to batch": (lambda: pair(with_state, h=torch.ones(5), seen=torch.zeros(()))(), X),
    "hook that clips nothing": (pair(clipped), X),
    "forward hook": (forward_hook, X),
    "hook of accumulation": (accumulate_hook, X),
    "input in place": (pair(lambda s, x: s.o(torch.tanh(s.i(x.add_(1))))), X),
    "TorchScript": (lambda: torch.jit.script(around()), X),
    "compiled part": (pair(lambda s, x: s.o(compiled(s.i(x)))), X),
}


def max_norm():
    return words(lambda s, x: s.o(s.e(x).mean(1)), lambda: nn.Embedding(5, 4, max_norm=0.5))()


def tied_by_data():
    net = nn.Sequential(L(6, 6), nn.Tanh(), L(6, 3), L(3, 3))
    net[2].weight.data = net[0].weight.data[:3]
    return net


def expanded():
    net = around()
    net[0].weight = nn.Parameter(torch.randn(1, 6).expand(5, 6))
    return net


def inference():
    with torch.inference_mode():
        return around()


def halved(s, x):
    h = torch.tanh(s.i(x))
    if h.requires_grad:
        h.register_hook(lambda g: 0.5 * g)
    return s.o(h)


def rounded(s, x):
    h = s.i(x)
    return s.o(h + (torch.round(8 * h) / 8 - h).detach())


def without_gradient(s, x):
    with torch.no_grad():
        h = torch.tanh(s.i(x))
    return s.o(h)


def flash(s, x):
    h = s.e(x)[:, None]
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.FLASH_ATTENTION):
        return s.o(F.scaled_dot_product_attention(h, h, h)[:, 0].mean(1))


def generator():
    return pair(lambda s, x: s.o(torch.tanh(s.i(x)) + torch.randn(5, generator=s.own)), own=torch.Generator())()


REFUSED = {
    "flash kernel in forward": (words(flash), WORDS, "SDPBackend.MATH"),
    "sparse embedding, a function": (
        words(lambda s, x: s.o(F.embedding(x, s.e.weight, sparse=True).mean(1))),
        WORDS,
        "sparse=True",
    ),
    "max_norm": (max_norm, WORDS, "max_norm"),
    "padding_idx": (words(lambda s, x: s.o(torch.tanh(s.e(x)).mean(1)), lambda: nn.Embedding(5, 4, padding_idx=0)), WORDS, "padding_idx"),
    "scale_grad_by_freq": (
        words(lambda s, x: s.o(s.e(x).mean(1)), lambda: nn.Embedding(5, 4, scale_grad_by_freq=True)),
        WORDS,
        "scale_grad_by_freq",
    ),
    "weight norm": (lambda: around(parametrizations.weight_norm(L(5, 5)), nn.Tanh()), X, "weight_norm|second"),
    "spectral norm": (lambda: around(parametrizations.spectral_norm(L(5, 5)), nn.Tanh()), X, "spectral_norm"),
    "old spectral norm": (lambda: around(nn.utils.spectral_norm(L(5, 5)), nn.Tanh()), X, "spectral_norm"),
    "reentrant checkpoint_sequential": (
        lambda: Net(lambda s, x: checkpoint_sequential(s.b, 2, x, use_reentrant=True), b=around()),
        X,
        "use_reentrant",
    ),
    "shared by .data": (tied_by_data, X, "share"),
    "expanded": (expanded, X, "expanded"),
    "inference mode": (inference, X, "inference_mode"),
    "complex": (lambda: Net(lambda s, x: (x.cfloat() @ s.c.weight.T).abs(), c=L(6, 3, bias=False, dtype=torch.cfloat)), X, "real"),
    "meta": (lambda: around().to("meta"), X, "meta"),
    "no size yet": (lambda: nn.LazyLinear(3), X, "no size yet"),
    "halving hook": (pair(halved), X, "hook"),
    "straight through": (pair(rounded), X, "detach"),
    "no_grad": (pair(without_gradient), X, "no_grad"),
    "bfloat16 inside": (pair(lambda s, x: s.o(torch.tanh(s.i(x)).bfloat16().to(x.dtype))), X, "bfloat16"),
    "own generator": (generator, X, "from call to call"),
    "noise of NumPy": (pair(lambda s, x: s.o(torch.tanh(s.i(x)) + numpy.random.rand())), X, "from call to call"),
    "handmade batch norm": (pair(lambda s, x: s.o(torch.tanh(s.i(x) - s.i(x).mean(0)))), X, "coupled=True"),
    "cdist": (lambda: Net(lambda s, x: -torch.cdist(s.i(x), s.c.weight), i=L(6, 5), c=L(5, 3)), X, "cdist"),
    "Hardsigmoid": (lambda: around(nn.Hardsigmoid()), X, "hardsigmoid"),
}
