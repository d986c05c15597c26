"""What a search takes of the memory is said before it begins, and a search with few vectors is as right as others."""

import warnings

import pytest
import torch
from conftest import dense
from torch import nn

import eoss
from eoss import _memory
from eoss.pytorch import memory
from eoss.pytorch.vectors import TorchVectors

ONE = 28 * 4  # bytes of a vector of nn.Linear(6, 4)


def test_few_vectors_are_warned_of(data, monkeypatch):
    net = nn.Linear(6, 4)
    usual = (_memory.USUAL + _memory.OTHERS) * ONE
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
        monkeypatch.setattr(memory, "free_memory", lambda device: usual)
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
    monkeypatch.setattr(memory, "free_memory", lambda device: usual - 1)
    with pytest.warns(UserWarning, match=f"keeps {_memory.USUAL - 1} vectors of 28 numbers.* are free on cpu"):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
    monkeypatch.setattr(memory, "free_memory", lambda device: usual)
    with pytest.warns(UserWarning, match="vectors of 28 numbers"):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss", second_derivative="differences")
    with pytest.warns(UserWarning, match="too much"):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss", memory=10 * ONE)


@pytest.mark.parametrize("wrong", [0, -1, "8 GB", True, float("nan")])
def test_wrong_memory_is_refused(data, wrong):
    with pytest.raises(eoss.EossError, match="memory is"):
        eoss.measure(nn.Linear(6, 4), nn.CrossEntropyLoss(), data, "loss", memory=wrong)


@pytest.mark.parametrize("top", [1, 3])
@pytest.mark.parametrize("vectors", [6, 8, 12])
def test_a_search_keeps_to_its_memory_and_is_right(data, vectors, top, monkeypatch):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))
    loss = nn.CrossEntropyLoss()
    size = sum(p.numel() for p in net.parameters())
    truth = torch.linalg.eigvalsh(dense(net, lambda own: loss(own(data[0].double()), data[1]))).flip(0)[:top]
    asked = []
    summed = TorchVectors.dots

    def dots(self, xs, y):
        asked.append(len(xs))
        return summed(self, xs, y)

    monkeypatch.setattr(TorchVectors, "dots", dots)
    settings = {"quantities": "fullbs", "top": top, "tolerance": 0.001, "check": False}
    whole = eoss.measure(net, loss, data, **settings)
    with pytest.warns(UserWarning, match=f"keeps {vectors} vectors"):
        asked.clear()
        few = eoss.measure(net, loss, data, memory=(vectors + _memory.OTHERS) * size * 4, **settings)
    assert few.status == whole.status == "converged"
    assert few.products > whole.products
    if top == 1:
        assert max(asked) <= vectors + 1
    for measured in (few, whole):
        assert measured.value <= truth[0] + 1e-6
        assert abs(measured.value - truth[0]) <= measured.error
        assert measured.error <= 0.001 * measured.value


def test_the_same_numbers_where_memory_suffices(data):
    net = nn.Linear(6, 4)
    one, other = (eoss.measure(net, nn.CrossEntropyLoss(), data, "fullbs", memory=m) for m in (None, 1e9))
    assert (one.value, one.error, one.products) == (other.value, other.error, other.products)


def test_free_memory_is_a_number_of_bytes_or_unknown():
    free = memory.free_memory(torch.device("cpu"))
    assert free is None or free > 2**20
    assert memory.free_memory(torch.device("meta")) is None
