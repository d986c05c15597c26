"""Models that people have: each is right to second order, or refused with advice. State is untouched."""

import hashlib
import pickle
import random

import numpy
import pytest
import torch
from conftest import dense
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import eoss

V, T, N = 5, 4, 12  # words, positions, samples


def tokens():
    generator = torch.Generator().manual_seed(3)
    x = torch.randint(0, V, (N, T), generator=generator)
    return x, torch.randint(0, V, (N, T), generator=generator)


def features():
    generator = torch.Generator().manual_seed(4)
    return torch.randn(N, 5, generator=generator), torch.randint(0, 3, (N,), generator=generator)


def images():
    generator = torch.Generator().manual_seed(5)
    return torch.randn(N, 1, 5, 5, generator=generator), torch.randint(0, 3, (N,), generator=generator)


def sequence_loss(f, y):
    return F.cross_entropy(f.reshape(-1, f.shape[-1]), y.reshape(-1))


class Attention(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embed, self.qkv, self.out = nn.Embedding(V, d), nn.Linear(d, 3 * d), nn.Linear(d, V)

    def forward(self, x):
        q, k, v = self.qkv(self.embed(x)).chunk(3, -1)
        return self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, 4)
        self.layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        self.out = nn.Linear(4, V)

    def forward(self, x):
        return self.out(self.layer(self.embed(x)))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(V, 3), kind(3, 4, batch_first=True), nn.Linear(4, V)

    def forward(self, x):
        return self.out(self.cell(self.embed(x))[0])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(V, 4), nn.Linear(4, V, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(torch.tanh(self.embed(x)))


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.first, self.last, self.reentrant = nn.Linear(5, 6), nn.Linear(6, 3), reentrant

    def forward(self, x):
        inner = lambda z: torch.tanh(self.first(z))  # noqa: E731
        return self.last(checkpoint(inner, x.requires_grad_(), use_reentrant=self.reentrant))


class Residual(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 3, 3, padding=1), norm, nn.Linear(3, 3)

    def forward(self, x):
        return self.head(F.relu(self.norm(self.conv(x)) + x).mean((2, 3)))


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(context, g):
        return g * context.saved_tensors[0].exp()


class DetachedExp(Exp):
    @staticmethod
    def backward(context, g):
        return g * context.saved_tensors[0].detach().exp()


class OnceExp(Exp):
    @staticmethod
    @once_differentiable
    def backward(context, g):
        return g * context.saved_tensors[0].exp()


class WrongExp(Exp):
    @staticmethod
    def backward(context, g):
        return 1.3 * g * context.saved_tensors[0].exp() + 0.1 * context.saved_tensors[0] ** 2


class Custom(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.first, self.last, self.function = nn.Linear(5, 6), nn.Linear(6, 3), function

    def forward(self, x):
        return self.last(self.function.apply(self.first(x)))


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag, self.out = nn.EmbeddingBag(V, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.bag(x))


def stack(*middle):
    return nn.Sequential(nn.Linear(5, 6), *middle, nn.Linear(6, 3))


def frozen():
    model = stack(nn.Tanh())
    model[0].weight.requires_grad_(False)
    return model


def ctc(f, y):
    logs = f.reshape(-1, T, V).movedim(1, 0).log_softmax(-1)
    n = logs.shape[1]
    return F.ctc_loss(logs, y[:, :1].clamp(min=1), torch.full((n,), T), torch.full((n,), 1))


def sums(f, y):
    return F.cross_entropy(f, y, reduction="sum")


def contrastive(f, y):
    z = F.normalize(f, dim=-1)
    return F.cross_entropy(z @ z.T / 0.5, torch.arange(len(z)))


def eval_mode(model):
    return model.eval()


ce = nn.CrossEntropyLoss()

RIGHT = {
    "GELU": (lambda: stack(nn.GELU()), ce, features),
    "SiLU, layer norm": (lambda: stack(nn.LayerNorm(6), nn.SiLU()), ce, features),
    "in-place ReLU": (lambda: stack(nn.ReLU(inplace=True)), ce, features),
    "frozen": (frozen, ce, features),
    "tied": (Tied, sequence_loss, tokens),
    "attention": (Attention, sequence_loss, tokens),
    "encoder": (Encoder, sequence_loss, tokens),
    "encoder, eval": (lambda: eval_mode(Encoder()), sequence_loss, tokens),
    "LSTM": (lambda: Recurrent(nn.LSTM), sequence_loss, tokens),
    "GRU": (lambda: Recurrent(nn.GRU), sequence_loss, tokens),
    "convolution, group norm": (lambda: Residual(nn.GroupNorm(1, 3)), ce, images),
    "batch norm": (lambda: Residual(nn.BatchNorm2d(3)), ce, images),
    "batch norm, eval": (lambda: eval_mode(Residual(nn.BatchNorm2d(3))), ce, images),
    "max pooling": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)),
        ce,
        images,
    ),
    "checkpointing": (lambda: Checkpointed(False), ce, features),
    "custom function": (lambda: Custom(Exp), ce, features),
    "compiled": (lambda: torch.compile(stack(nn.Tanh())), ce, features),
    "label smoothing": (lambda: stack(nn.Tanh()), nn.CrossEntropyLoss(label_smoothing=0.1), features),
    "unused parameter": (lambda: _with_unused(stack(nn.Tanh())), ce, features),
}

REFUSED = {
    "reentrant checkpointing": (lambda: Checkpointed(True), ce, features, "use_reentrant=False"),
    "detached function": (lambda: Custom(DetachedExp), ce, features, "slope of its gradient|not symmetric"),
    "wrong function": (lambda: Custom(WrongExp), ce, features, "slope of the loss"),
    "once differentiable": (lambda: Custom(OnceExp), ce, features, "once_differentiable"),
    "embedding bag": (Bag, lambda f, y: F.cross_entropy(f, y[:, 0] % 3), tokens, "embedding_bag"),
    "CTC": (lambda: nn.Sequential(nn.Linear(5, T * V)), ctc, lambda: (features()[0], tokens()[1]), "ctc_loss"),
    "bfloat16": (lambda: stack(nn.Tanh()).bfloat16(), ce, features, "bfloat16"),
    "sum": (lambda: stack(nn.Tanh()), sums, features, "divide by the batch size"),
    "sum, a module": (lambda: stack(nn.Tanh()), nn.CrossEntropyLoss(reduction="sum"), features, "mean"),
    "no reduction": (lambda: stack(nn.Tanh()), nn.CrossEntropyLoss(reduction="none"), features, "mean"),
    "class weights": (
        lambda: stack(nn.Tanh()),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2, 3])),
        features,
        "coupled=True",
    ),
    "contrastive": (lambda: stack(nn.Tanh()), contrastive, features, "coupled=True"),
    "all frozen": (lambda: stack(nn.Tanh()).requires_grad_(False), ce, features, "requires_grad"),
    "gradient hook": (lambda: _hooked(stack(nn.Tanh())), ce, features, "hook"),
    "module hook": (lambda: _module_hooked(stack(nn.Tanh())), ce, features, "hook"),
}


def _with_unused(model):
    model.unused = nn.Parameter(torch.ones(2))
    return model


def _hooked(model):
    model[0].weight.register_hook(lambda g: g * 0)
    return model


def _module_hooked(model):
    model[0].register_full_backward_hook(lambda module, before, after: None)
    return model


def state_of(model, optimizer):
    """A hash of everything that a training loop has."""
    parts = [
        [(name, p.detach().float().numpy().tobytes(), p.data_ptr(), p._version) for name, p in model.named_parameters()],
        [(name, b.numpy().tobytes(), b.data_ptr(), b._version) for name, b in model.named_buffers()],
        [None if p.grad is None else (p.grad.float().numpy().tobytes(), p.grad.data_ptr()) for p in model.parameters()],
        [module.training for module in model.modules()],
        torch.get_rng_state().numpy().tobytes(),
        random.getstate(),
        pickle.dumps(numpy.random.get_state()),
        torch.is_grad_enabled(),
        torch.is_autocast_enabled("cpu"),
        pickle.dumps(optimizer.state_dict()),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest(), parts


def in_training(model, loss_fn, data):
    """A model after a step of training, with gradients and optimizer state."""
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=1e-3)
    x, y = data
    loss_fn(model(x.clone()), y).backward()
    optimizer.step()
    return optimizer


@pytest.mark.parametrize("name", RIGHT)
def test_right_and_untouched(name):
    torch.manual_seed(7)
    make, loss_fn, data = RIGHT[name]
    model, data = make(), data()
    plain = getattr(model, "_orig_mod", model)
    optimizer = in_training(plain, loss_fn, data)
    before, parts = state_of(plain, optimizer)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        inside = (torch.is_grad_enabled(), torch.is_autocast_enabled("cpu"))
        fullbs, minibs = eoss.measure(
            model, loss_fn, data, ["fullbs", "minibs"], batch_size=6, optimizer=optimizer, max_batches=8, chunk=5
        )
        assert (torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")) == inside
    after, parts_after = state_of(plain, optimizer)
    assert before == after, [i for i, (a, b) in enumerate(zip(parts, parts_after)) if a != b]
    x, y = data
    wide = x.double() if x.is_floating_point() else x
    matrix = dense(plain, lambda m: loss_fn(m(wide), y))
    lambda_max = float(torch.linalg.eigvalsh(matrix)[-1])
    assert abs(fullbs.value - lambda_max) <= fullbs.error + 2e-3 * lambda_max
    assert minibs.status in ("converged", "budget-spent")


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_words_and_untouched(name):
    torch.manual_seed(7)
    make, loss_fn, data, words = REFUSED[name]
    model, data = make(), data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before, _ = state_of(model, optimizer)
    with pytest.raises(eoss.EossError, match=words):
        eoss.measure(model, loss_fn, data, "fullbs", batch_size=6)
    assert state_of(model, optimizer)[0] == before


def test_an_op_of_pytorch_that_is_wrong_to_second_order():
    """Weight norm is in PyTorch 2.13: the number must be right or refused, whatever the version."""
    torch.manual_seed(7)
    model, (x, y) = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(5, 3))), features()
    exact = float(torch.linalg.eigvalsh(dense(model, lambda m: ce(m(x.double()), y)))[-1])
    try:
        found = eoss.measure(model, ce, (x, y), "fullbs")
    except eoss.EossError as error:
        assert "second" in str(error)
    else:
        assert abs(found.value - exact) <= found.error + 1e-4 * exact


def test_dropout_has_fixed_masks():
    torch.manual_seed(7)
    model, data = stack(nn.GELU(), nn.Dropout(0.5)), features()
    report = eoss.verify(model, ce, data)
    assert report.ok, str(report)
    assert set(report.defects) == {"repeat", "mean", "gradient", "symmetry", "difference", "precision"}
    twice = [eoss.measure(model, ce, data, "fullbs").value for _ in range(2)]
    assert twice[0] == twice[1]
    assert eoss.measure(model, ce, data, "fullbs", seed=1).value != twice[0]
    assert eoss.measure(model.eval(), ce, data, "fullbs").value != twice[0]


def test_the_loss_of_the_user_with_batches_of_any_kind():
    torch.manual_seed(7)
    model, (x, y) = stack(nn.Tanh()), features()
    rows = [{"features": a, "label": b} for a, b in zip(x, y)]
    whole = eoss.measure(model, ce, (x, y), "fullbs")
    for data in (rows, {"features": x, "label": y}, torch.utils.data.DataLoader(rows, batch_size=3)):
        own = eoss.measure(
            model, data=data, loss=lambda m, batch: F.cross_entropy(m(batch["features"]), batch["label"])
        )
        assert own.value == pytest.approx(whole.value, rel=1e-4)
    with pytest.raises(eoss.EossError, match="give loss_fn"):
        eoss.measure(model, data=rows, loss=lambda m, b: m(b["features"]).mean(), quantities="full-gauss-newton")


def test_data_sets_that_draw_are_frozen_for_each_sample():
    class Augmented(torch.utils.data.Dataset):
        def __len__(self):
            return N

        def __getitem__(self, i):
            x, y = features()
            return x[i] + 0.1 * torch.randn(5) + random.random() + numpy.random.rand(), y[i]

    model = stack(nn.Tanh())
    values = {eoss.measure(model, ce, Augmented(), "loss", chunk=chunk).value for chunk in (3, 3, 12)}
    assert max(values) - min(values) < 1e-6

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(Augmented())

    with pytest.raises(eoss.EossError, match="islice"):
        eoss.measure(model, ce, Stream(), "fullbs")
