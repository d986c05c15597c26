"""What people build of PyTorch: each part is measured right, or refused with advice, and none is changed by it.

The truth is that of losses alone: second differences in float64, with no derivative of PyTorch.
"""

import pickle
import random

import models
import numpy
import pytest
import rewritten
import torch
from models import L, N, Net, X, Y, around
from torch import nn
from torch.nn import functional as F

import eoss
from eoss.pytorch.engine import TorchEngine

RIGHT = {**models.RIGHT, **rewritten.RIGHT}
REFUSED = {**models.REFUSED, **rewritten.REFUSED}


def loss_fn(f, y):
    return F.cross_entropy(f.float() if f.dtype == torch.bfloat16 else f, y)


def state_of(model):
    """All that a training loop has of a model, to be compared."""
    found = [torch.get_rng_state().tolist(), random.getstate(), pickle.dumps(numpy.random.get_state())]
    for name, p in model.named_parameters():
        values = None if p.is_meta or isinstance(p, nn.parameter.UninitializedTensorMixin) else p.data.clone()
        found.append((name, values, id(p), p.grad is None, p.requires_grad))
    for module in model.modules():
        found.append(module.training)
        found.append([(name, b.clone(), b.data_ptr()) for name, b in module.named_buffers(recurse=False)])
        own = {k: v for k, v in module.__dict__.items() if not k.startswith("_")}
        found.append({k: v.clone() if isinstance(v, torch.Tensor) and not v.requires_grad else v for k, v in own.items()})
        found.append([(k, id(v), len(v) if isinstance(v, list) else 0) for k, v in own.items()])
        found.append([v.get_state() for v in own.values() if isinstance(v, torch.Generator)])
    return found


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a is b or torch.equal(a, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a is b or a == b


def built(make):
    torch.manual_seed(7)
    return make()


def slope_of_slope(make, x, v):
    """vᵀHv by second differences of the loss in float64, and how far two steps of it are apart."""

    def loss(step):
        model = built(make).double()  # anew, for some have a state
        start = 0
        for p in model.parameters():
            if p.requires_grad:
                p.data = p.data + step * v[start : start + p.numel()].view(p.shape)
                start += p.numel()
        with torch.compiler.set_stance("force_eager"):
            return float(loss_fn(model(x.clone()), Y).detach())

    wide, close = ((loss(h) - 2 * loss(0) + loss(-h)) / h**2 for h in (6e-5, 3e-5))
    return (4 * close - wide) / 3, abs(wide - close)


@pytest.mark.parametrize("name", RIGHT)
def test_right_and_untouched(name):
    make, x = RIGHT[name]
    model = built(make)
    before = state_of(model)
    engine = TorchEngine(model, loss_fn, (x, Y))
    report = engine.verify()
    assert report.ok, str(report)
    size = engine.size
    directions = [torch.randn(size, generator=torch.Generator().manual_seed(k), dtype=torch.float64) for k in range(3)]
    with engine.measuring() as problem:
        view = problem.view(list(range(N)), "training")
        products = [view.product("hessian", v.to(problem.vectors.dtype)).double() for v in directions]
    assert same(before, state_of(model))
    wide = x.double() if x.is_floating_point() else x
    for v, image in zip(directions, products):
        exact, apart = slope_of_slope(make, wide, v)
        assert abs(float(v @ image) - exact) <= apart + 1e-5 * float(v.norm() * image.norm())


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_words(name):
    make, x, words = REFUSED[name]
    model = built(make)
    before = state_of(model)
    with pytest.raises(eoss.EossError, match=words):
        eoss.measure(model, loss_fn, (x, Y), "fullbs")
    assert same(before, state_of(model))


def test_the_nodes_of_graphs_stay_those_that_a_training_loop_holds():
    """As those of DistributedDataParallel, which are held by their hooks, and of views that were made before."""
    model = around()
    weight = model[0].weight
    reduced = []
    node = weight.expand_as(weight).grad_fn.next_functions[0][0]
    node.register_hook(lambda *_: reduced.append(1))
    first_rows = weight[:2]
    assert eoss.measure(model, loss_fn, (X, Y), "fullbs").status == "converged"
    assert not reduced
    (loss_fn(model(X), Y) + first_rows.sum()).backward()
    assert reduced == [1]
    assert float(weight.grad[0, 0]) != 0


def test_a_view_that_was_made_before_is_refused():
    model = Net(lambda s, x: s.o(torch.tanh(x @ s.part)), o=L(2, 3))
    model.w = nn.Parameter(torch.randn(6, 4))
    model.part = model.w[:, :2]
    with pytest.raises(eoss.EossError, match="outside of forward|slope"):
        eoss.measure(model, loss_fn, (X, Y), "fullbs")


class Counting(nn.Module):
    """A loss with a state."""

    def __init__(self, parameters=0):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.calls = 0
        self.scale = nn.Parameter(torch.ones(())) if parameters else 1

    def forward(self, f, y):
        self.calls += 1
        self.mean += f.detach().mean(0)
        return self.scale * F.cross_entropy(f, y)


def test_a_loss_is_left_as_it_was_and_has_no_parameters_of_its_own():
    criterion = Counting()
    assert eoss.verify(around(), criterion, (X, Y)).ok
    assert criterion.calls == 0 and not criterion.mean.any()
    with pytest.raises(eoss.EossError, match="parameters of its own"):
        eoss.verify(around(), Counting(1), (X, Y))
    both = nn.ModuleDict({"net": around(), "loss": Counting(1)})
    assert eoss.verify(both, loss=lambda m, batch: m["loss"](m["net"](batch[0]), batch[1]), data=(X, Y)).ok


def test_an_optimizer_of_more_than_the_model_is_refused():
    one, other = around(), around()
    both = torch.optim.SGD([*one.parameters(), *other.parameters()], lr=0.1)
    with pytest.raises(eoss.EossError, match="4 parameters that are not in the model"):
        eoss.measure(one, loss_fn, (X, Y), "fullbs", optimizer=both)


def test_noise_in_eval_mode_needs_the_word_of_the_user():
    def noisy(s, x):
        return s.o(torch.tanh(s.i(x)) + 0.3 * torch.randn(len(x), 5))

    model = Net(noisy, i=L(6, 5), o=L(5, 3))
    with pytest.raises(eoss.EossError, match="coupled=False"):
        eoss.verify(model, loss_fn, (X, Y))
    for coupled in (False, True):
        report = eoss.verify(model, loss_fn, (X, Y), coupled=coupled)
        assert report.ok and "mean" not in report.defects
    eval_too = eoss.verify(Net(lambda s, x: s.i(F.dropout(x, 0.5, s.training)), i=L(6, 3)), loss_fn, (X, Y))
    assert eval_too.ok and "mean" in eval_too.defects


def test_autocast_in_forward_is_off_while_measured_and_on_after_it():
    def cast(s, x):
        with torch.autocast("cpu", torch.bfloat16):
            return s.o(torch.tanh(s.i(x)))

    model = Net(cast, i=L(6, 5), o=L(5, 3))
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    before = scaler.state_dict()
    with torch.autocast("cpu", torch.bfloat16):
        found = eoss.measure(model, loss_fn, (X, Y), "fullbs")
        assert torch.is_autocast_enabled("cpu")
    assert model(X).dtype is torch.bfloat16 and scaler.state_dict() == before
    model.pass_forward = lambda s, x: s.o(torch.tanh(s.i(x)))
    assert eoss.measure(model, loss_fn, (X, Y), "fullbs").value == found.value


def test_outputs_in_float32_are_looked_at_as_such():
    """As in Hugging Face: differences of such a loss have fewer digits, also where parameters are doubles."""
    report = eoss.verify(Net(lambda s, x: s.o(torch.tanh(s.i(x))).float(), i=L(6, 5), o=L(5, 3)), loss_fn, (X, Y))
    assert report.ok and report.looked_in == "float32"
    assert report.defects["precision"] < 1e-5
    assert eoss.verify(around(), loss_fn, (X, Y)).looked_in == "float64"


def test_what_float32_does_not_hold_is_refused():
    """A difference of two large numbers: right in double precision, and noise in single."""
    model = Net(lambda s, x: s.o(torch.tanh(s.i(x)) + 3e5 - 3e5), i=L(6, 5), o=L(5, 3))
    with pytest.raises(eoss.EossError, match="float64 copy"):
        eoss.measure(model, loss_fn, (X, Y), "fullbs")
    wide = eoss.measure(model.double(), loss_fn, (X.double(), Y), "fullbs")
    assert wide.status == "converged"


@pytest.mark.parametrize("kind", ["GPT2", "Llama"])
def test_models_of_hugging_face(kind):
    """With their own loss, batches of their own kind, tied embeddings, and dropout in training mode."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    common = {"vocab_size": 50, "num_attention_heads": 2, "num_hidden_layers": 2, "hidden_size": 16}
    more = {} if kind == "GPT2" else {"intermediate_size": 32, "num_key_value_heads": 1}
    config = getattr(transformers, f"{kind}Config")(**common, **more, max_position_embeddings=16)
    torch.manual_seed(0)
    model = getattr(transformers, "GPT2LMHeadModel" if kind == "GPT2" else "LlamaForCausalLM")(config).train()
    rows = torch.randint(0, 50, (8, 10))
    data = [{"input_ids": row, "attention_mask": torch.ones_like(row), "labels": row} for row in rows]
    before = state_of(model)
    found = eoss.measure(model, data=data, loss=lambda m, batch: m(**batch).loss, quantities=["fullbs", "loss"])
    assert same(before, state_of(model))
    assert [one.status for one in found] == ["converged", "exact"]
    # The loss of uniform guesses is ln 50; measured with dropout.
    assert abs(found[1].value - float(torch.log(torch.tensor(50.0)))) < 0.3
