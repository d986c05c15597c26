"""When a loop is measured."""

import time

import pytest
import torch
from torch import nn

import eoss
from eoss._cadence import Cadence


def made(budget, step_seconds, measurement_seconds, steps, every=10):
    """Steps that were measured, and the share of the time that it took; ``next`` as the Node side says it."""
    clock = [0.0]
    cadence = Cadence(every, budget, now=lambda: clock[0])
    measured = []

    def ask(state):
        # The rule of @eoss/sharpness, for a sharpness far from its threshold.
        timings = state["timings"]
        spent = timings["measuring"] + timings["measurement"]
        owed = spent * (1 - state["budget"]) / state["budget"] - timings["training"]
        if owed <= 0 or timings["step"] == 0:
            return state["step"] + every
        return state["step"] + max(every, int(-(-owed // timings["step"])))

    for step in range(steps):
        if cadence.due(step):
            began = cadence.now()
            clock[0] += measurement_seconds
            cadence.measured(step, began, ask)
            measured.append(step)
        cadence.leave(step)
        clock[0] += step_seconds
    return measured, len(measured) * measurement_seconds / clock[0]


def test_without_a_budget_every_so_many_steps():
    assert made(None, 1, 100, 41)[0] == [0, 10, 20, 30, 40]


def test_a_budget_is_kept():
    measured, share = made(0.1, 0.01, 1.0, 20_000)
    assert 0.09 <= share <= 0.105 and len(measured) > 10
    assert made("50%", 1, 0.1, 31)[0] == [0, 10, 20, 30]


@pytest.mark.parametrize("budget", [0, 1, 30, "x", "120%", -0.1])
def test_what_is_no_share_is_refused(budget):
    with pytest.raises(eoss.EossError, match="20%"):
        Cadence(10, budget)


def test_a_monitor_keeps_its_budget(data):
    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    with eoss.Monitor(
        net, nn.CrossEntropyLoss(), data, lr=0.1, every=1, budget=0.3, measure="fullbs", batch_size=8
    ) as monitor:
        began, spent = time.perf_counter(), 0.0
        for _ in range(300):
            now = time.perf_counter()
            if monitor.step() is not None:
                spent += time.perf_counter() - now
            time.sleep(0.005)
        share = spent / (time.perf_counter() - began)
    # The last measurement may not be paid for yet.
    assert 0.05 < share < 0.5


def test_a_plateau_needs_records(data):
    with pytest.raises(eoss.EossError, match="give out"):
        eoss.Monitor(nn.Linear(6, 4), nn.CrossEntropyLoss(), data, lr=0.1, plateau="window=8")
