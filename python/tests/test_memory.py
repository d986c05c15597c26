"""What a search takes of the memory is said before it begins."""

import warnings

import pytest
import torch
from torch import nn

import eoss
from eoss.pytorch import memory


def test_vectors_that_do_not_fit_are_warned_of(data, monkeypatch):
    net = nn.Linear(6, 4)  # 28 parameters: 30 vectors of 112 bytes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
        monkeypatch.setattr(memory, "free_memory", lambda device: 30 * 112)
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
    monkeypatch.setattr(memory, "free_memory", lambda device: 30 * 112 - 1)
    with pytest.warns(UserWarning, match="30 vectors of 28 numbers"):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss")
    monkeypatch.setattr(memory, "free_memory", lambda device: 30 * 112)
    with pytest.warns(UserWarning, match="30 vectors"):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "loss", second_derivative="differences")


def test_free_memory_is_a_number_of_bytes_or_unknown():
    free = memory.free_memory(torch.device("cpu"))
    assert free is None or free > 2**20
    assert memory.free_memory(torch.device("meta")) is None
