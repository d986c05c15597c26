"""Second derivatives by differences of gradients: right within the error that they carry, or refused."""

import math

import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable

import eoss

DIFFERENCES = {"second_derivative": "differences", "batch_size": 8, "tolerance": 1e-3}


class Once(torch.autograd.Function):
    """w ↦ a·sin(k·w)/k², whose gradient PyTorch does not differentiate again."""

    @staticmethod
    def forward(ctx, w, k):
        ctx.save_for_backward(w)
        ctx.k = k
        return torch.sin(k * w) / k**2

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (w,) = ctx.saved_tensors
        return g * torch.cos(ctx.k * w) / ctx.k, None


class Waves(nn.Module):
    """Σⱼ xⱼ·sin(k·wⱼ)/k²: its Hessian is diagonal, −x̄ⱼ·sin(k·wⱼ)."""

    def __init__(self, d, k):
        super().__init__()
        torch.manual_seed(d)
        self.w, self.k = nn.Parameter(torch.randn(d)), k

    def forward(self, x):
        return (x * Once.apply(self.w, self.k)).sum(-1)

    def truth(self, x):
        return float((-x.double().mean(0) * torch.sin(self.k * self.w.detach().double())).max())


def first(f, y):
    return f.mean() + 0 * y.sum()


def waves(d, k):
    torch.manual_seed(1)
    return Waves(d, k), (torch.randn(12, d), torch.zeros(12))


@pytest.mark.parametrize("d", [5, 40])
def test_a_function_without_double_backward(d):
    model, data = waves(d, 1.0)
    with pytest.raises(eoss.EossError, match='second_derivative="differences"'):
        eoss.measure(model, first, data, "fullbs")
    before = model.w.detach().clone()
    found = eoss.measure(model, first, data, "fullbs", **DIFFERENCES)
    assert found.error_kind == "uncertified" and found.status == "converged"
    assert abs(found.value - model.truth(data[0])) <= found.error < 0.02 * found.value
    assert model.w.dtype == torch.float32 and torch.equal(model.w, before) and model.w.grad is None


@pytest.mark.parametrize("k", [1e4, 1e5, 4e5, 1e6, 3e6, 1e7, 1e9])
def test_the_error_is_there_where_the_steps_are_too_long(k):
    """Waves shorter and shorter than the step. Those far below a float32 of θ no difference can resolve: they are marked."""
    model, data = waves(12, k)
    found = eoss.measure(model, first, data, "fullbs", check=False, **DIFFERENCES)
    if k <= 3e6:
        assert abs(found.value - model.truth(data[0])) <= found.error
    assert found.status == ("converged" if found.error <= 2e-3 * found.value else "budget-spent")
    assert k < 3e6 or found.status == "budget-spent"


def test_a_smooth_network_is_what_autograd_says(data):
    torch.manual_seed(1)
    model, loss_fn = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4)), nn.CrossEntropyLoss()
    names = ["fullbs", "minibs", "batch-sharpness", "step-sharpness", "loss", "gradient-norm"]
    found = eoss.measure(model, loss_fn, data, names, max_batches=8, top=2, per_layer=True, **DIFFERENCES)
    wide = model.double()
    known = eoss.measure(wide, loss_fn, (data[0].double(), data[1]), names, max_batches=8, top=2, per_layer=True,
                         batch_size=8, tolerance=1e-3)
    for one, other in zip(found, known):
        assert one.value == pytest.approx(other.value, rel=2e-3), one.quantity
        # The error of the differences is small beside it: they are in double precision.
        assert one.error_bound <= max(2e-3 * one.value, 2 * other.error_bound), one.quantity
    assert found[0].parts.keys() == known[0].parts.keys()


class Ties(nn.Module):
    def __init__(self, bag):
        super().__init__()
        torch.manual_seed(4)
        table = torch.randn(7, 3)
        self.bag = nn.EmbeddingBag(7, 3, mode="mean") if bag else nn.Embedding(7, 3)
        self.bag.weight.data.copy_(table)
        self.out, self.is_bag = nn.Linear(3, 4), bag

    def forward(self, x):
        rows = self.bag(x)
        return self.out(torch.tanh(rows if self.is_bag else rows.mean(1)))


def test_an_op_without_a_second_derivative_is_the_same_as_others_that_have_one():
    torch.manual_seed(5)
    x, y = torch.randint(0, 7, (12, 3)), torch.randint(0, 4, (12,))
    bag, plain = Ties(True), Ties(False)
    plain.load_state_dict(bag.state_dict())
    found = eoss.measure(bag, nn.CrossEntropyLoss(), (x, y), "fullbs", **DIFFERENCES)
    known = eoss.measure(plain, nn.CrossEntropyLoss(), (x, y), "fullbs", tolerance=1e-3)
    assert abs(found.value - known.value) <= found.error + known.error
    assert found.error < 0.02 * found.value


def test_what_the_error_cannot_be_carried_into_is_refused_by_name(data):
    model, samples = waves(20, 1.0)
    for name in ("trace", "gap", "third-order", "gauss-newton"):
        with pytest.raises(eoss.EossError, match=f"{name}.*differences"):
            eoss.measure(model, first, samples, name, **DIFFERENCES)
    with pytest.raises(eoss.EossError, match="allowed"):
        eoss.measure(model, first, samples, "fullbs", second_derivative="numeric")


def test_what_works_in_single_precision_alone_is_refused():
    class Single(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(5))

        def forward(self, x):
            return x.float() @ torch.tanh(self.w)

    with pytest.raises(eoss.EossError, match="double precision"):
        eoss.measure(Single(), first, (torch.randn(8, 5), torch.zeros(8)), "fullbs", **DIFFERENCES)


def test_a_loss_that_is_not_finite_is_marked():
    model, samples = waves(20, 1.0)
    model.w.data[0] = math.nan
    assert eoss.measure(model, first, samples, "fullbs", check=False, **DIFFERENCES).status == "not-finite"
