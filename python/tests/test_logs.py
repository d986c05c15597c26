"""Values as they come, and figures of them."""

import math
import sys
import types

import pytest
import torch
from torch import nn

import eoss


def monitored(data, out=None, **options):
    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    with eoss.Monitor(
        net, nn.CrossEntropyLoss(), data, optimizer=optimizer, batch_size=8, every=2, measure=["fullbs", "minibs", "loss"],
        tolerance=0.1, max_batches=16, out=out, **options,
    ) as monitor:
        for _ in range(7):
            monitor.step()
            loss = nn.functional.cross_entropy(net(data[0]), data[1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return monitor


class Writer:
    def __init__(self):
        self.seen = []

    def add_scalar(self, name, value, step):
        self.seen.append((step, name, value))

    def flush(self):
        pass


class Run:
    def __init__(self):
        self.seen, self.axes = [], []

    def define_metric(self, name, step_metric):
        self.axes.append((name, step_metric))

    def log(self, values):
        self.seen.append(values)


def test_each_logger_gets_each_value(data, monkeypatch):
    writer, run = Writer(), Run()
    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(run=run))
    monitor = monitored(data, log=[writer, "wandb"])
    values = {(step, one.quantity): one for step, one in monitor.history}
    assert [step for step, name, _ in writer.seen if name == "eoss/minibs"] == [0, 2, 4, 6]
    for step, name, value in writer.seen:
        quantity = name.removeprefix("eoss/").removesuffix(" error")
        one = values[step, quantity]
        assert value == (one.error if name.endswith(" error") else one.value)
    assert run.axes == [("eoss/*", "eoss/step")]
    assert {seen["eoss/step"] for seen in run.seen} == {0, 2, 4, 6} and len(run.seen) == len(values)


def test_tensorboard(data, tmp_path):
    pytest.importorskip("tensorboard", reason="skipped: tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monitor = monitored(data, out=tmp_path / "run", log="tensorboard")
    events = EventAccumulator(str(tmp_path / "run/tensorboard"))
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars("eoss/fullbs")]
    truth = [(step, one.value) for step, one in monitor.history if one.quantity == "fullbs"]
    assert [step for step, _ in found] == [0, 2, 4, 6]
    assert [value for _, value in found] == pytest.approx([value for _, value in truth])


def test_wandb_without_a_network(data, tmp_path, monkeypatch):
    """The real package, which writes to a file."""
    wandb = pytest.importorskip("wandb", reason="skipped: wandb is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    run = wandb.init(project="eoss", dir=str(tmp_path))
    run.log({"own": 1.0})
    monitor = monitored(data, log="wandb")
    run.log({"own": 2.0})
    values = dict(run.summary)
    run.finish()
    last = {one.quantity: one for step, one in monitor.history if step == 6}
    assert values["own"] == 2.0 and values["eoss/step"] == 6
    for name, one in last.items():
        assert values[f"eoss/{name}"] == pytest.approx(one.value)
    assert values["eoss/fullbs error"] == pytest.approx(last["fullbs"].error)
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))


def test_what_is_no_logger_is_refused(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(run=None))
    for log, words in [("tensorbord", "allowed"), (3, "allowed"), ("wandb", "wandb.init")]:
        with pytest.raises(eoss.EossError, match=words):
            eoss.Monitor(nn.Linear(6, 4), nn.CrossEntropyLoss(), data, log=log, lr=0.1, batch_size=8, measure="loss")


def test_a_figure_has_all_that_was_measured(data):
    pytest.importorskip("matplotlib", reason="skipped: matplotlib is not installed")
    monitor = monitored(data)
    # 2/η, for what is of the Hessian.
    assert {one.threshold for _, one in monitor.history if one.quantity == "fullbs"} == {4.0}
    assert {one.threshold for _, one in monitor.history if one.quantity == "loss"} == {None}
    sharpness, loss = monitor.figure().axes
    lines = {container.get_label(): container.lines[0] for container in sharpness.containers}
    assert lines.keys() == {"fullbs", "minibs"}
    assert list(lines["fullbs"].get_xdata()) == [0, 2, 4, 6]
    assert [one.value for _, one in monitor.history if one.quantity == "fullbs"] == list(lines["fullbs"].get_ydata())
    assert any(list(line.get_ydata()) == [4.0] * 4 for line in sharpness.lines)
    assert loss.containers[0].get_label() == "loss"
    assert all(math.isfinite(one.value) for one in monitor.last)
    assert "<td>fullbs</td>" in monitor._repr_html_()


def test_a_live_figure_needs_a_notebook(data, monkeypatch):
    shown = []
    handle = types.SimpleNamespace(update=shown.append)
    display = types.SimpleNamespace(HTML=lambda text: text, display=lambda one, display_id: shown.append(one) or handle)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    pytest.importorskip("matplotlib", reason="skipped: matplotlib is not installed")
    monitored(data, live=True)
    assert len(shown) == 5 and all(hasattr(one, "savefig") for one in shown[1:])
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(eoss.EossError, match="needs a notebook"):
        eoss.Monitor(nn.Linear(6, 4), nn.CrossEntropyLoss(), data, live=True, lr=0.1, measure="loss")
