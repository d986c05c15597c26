"""The monitor: records as they come, schedules, resume, errors of the user, and the death of either side."""

import json
import subprocess
import sys
import warnings

import pytest
import torch
from torch import nn

import eoss
from eoss._process import script


def model():
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))


def train(monitor, net, optimizer, data, first, last):
    x, y = data
    for step in range(first, last):
        monitor.step(step)
        generator = torch.Generator().manual_seed(step)
        i = torch.randint(0, len(x), (8,), generator=generator)
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def records(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def manifest(folder):
    return json.loads((folder / "run.json").read_text())


def options(**given):
    return {"batch_size": 8, "every": 5, "measure": ["fullbs", "loss"], **given}


def test_a_run_is_read_by_the_command_line(data, tmp_path):
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    told = []
    with eoss.Monitor(
        net, nn.CrossEntropyLoss(), data, optimizer=optimizer, out=tmp_path / "run",
        on_measured=lambda step, measured: told.append((step, measured.quantity)), **options(),
    ) as monitor:
        train(monitor, net, optimizer, data, 0, 6)
        optimizer.param_groups[0]["lr"] = 0.25
        train(monitor, net, optimizer, data, 6, 11)
    assert told == [(step, name) for step in (0, 5, 10) for name in ("fullbs", "loss")]
    assert [(r["step"], r["quantity"]) for r in records(tmp_path / "run")] == told
    run = manifest(tmp_path / "run")
    assert run["end"]["reason"] == "completed" and run["end"]["step"] == 11
    assert run["plan"]["optimizer"] == {"name": "heavy-ball", "weightDecay": 0, "momentum": 0.9}
    assert run["plan"]["learningRate"]["changes"] == [{"at": 10, "value": 0.25}]
    assert run["measured"]["loss"] == "CrossEntropyLoss"
    cli = [sys.executable, "-c", "from eoss._process import main; raise SystemExit(main())"]
    call = lambda *arguments: subprocess.run([*cli, *arguments], capture_output=True, text=True)  # noqa: E731
    assert "run" in call("table", str(tmp_path / "run")).stdout
    page = tmp_path / "report.html"
    assert call("report", str(tmp_path / "run"), "--out", str(page)).returncode == 0
    assert "CrossEntropyLoss" in page.read_text()
    refused = call("resume", str(tmp_path / "run"))
    assert refused.returncode != 0 and "resume=True" in refused.stderr
    with pytest.raises(eoss.EossError, match="already holds a run"):
        again = eoss.Monitor(
            net, nn.CrossEntropyLoss(), data, optimizer=optimizer, out=tmp_path / "run", **options()
        )
        again.step(0)


def test_an_unknown_optimizer_is_compared_with_nothing(data, tmp_path):
    net = model()
    optimizer = torch.optim.Adagrad(net.parameters(), lr=0.1)
    with eoss.Monitor(
        net, nn.CrossEntropyLoss(), data, optimizer=optimizer, out=tmp_path / "run", **options()
    ) as monitor:
        train(monitor, net, optimizer, data, 0, 1)
    run = manifest(tmp_path / "run")
    assert run["plan"]["optimizer"]["name"] == "unknown"
    assert run["measured"]["optimizer"] == "Adagrad"
    assert run["stabilityThreshold"] is None


def test_resume_makes_later_records_again(data, tmp_path):
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    made = dict(optimizer=optimizer, out=tmp_path / "run")
    monitor = eoss.Monitor(net, nn.CrossEntropyLoss(), data, **made, **options())
    train(monitor, net, optimizer, data, 0, 6)
    saved = {k: v.clone() for k, v in net.state_dict().items()}
    train(monitor, net, optimizer, data, 6, 16)
    # As a crash of the loop: the program ends without close.
    monitor._process.close()
    before = records(tmp_path / "run")
    assert manifest(tmp_path / "run")["end"]["reason"] == "interrupted"
    net.load_state_dict(saved)
    with eoss.Monitor(net, nn.CrossEntropyLoss(), data, resume=True, **made, **options()) as monitor:
        train(monitor, net, optimizer, data, 6, 16)
    after = records(tmp_path / "run")
    assert [(r["step"], r["quantity"]) for r in after] == [(r["step"], r["quantity"]) for r in before]
    for old, new in zip(before, after):
        assert new["value"] == pytest.approx(old["value"], rel=0.05)
    assert manifest(tmp_path / "run")["end"]["reason"] == "completed"
    assert len(manifest(tmp_path / "run")["resumes"]) == 1
    other = nn.Linear(6, 4)
    wrong = eoss.Monitor(other, nn.CrossEntropyLoss(), data, resume=True, lr=0.1, out=tmp_path / "run", **options())
    with pytest.raises(eoss.EossError, match="another run"):
        wrong.step(20)


def test_errors_of_the_user_come_with_their_own_traceback(data):
    calls = []

    def loss(f, y):
        calls.append(1)
        if len(calls) > 60:
            raise KeyError("mine")
        return nn.functional.cross_entropy(f, y)

    net = model()
    with pytest.raises(KeyError, match="mine") as caught:
        eoss.measure(net, loss, data, ["fullbs", "minibs"], batch_size=8, max_batches=64, tolerance=1e-3)
    assert any(entry.name == "loss" for entry in caught.traceback)
    calls.clear()
    assert eoss.measure(net, loss, data, "loss", check=False).status == "exact"


def test_an_interrupt_is_one_and_leaves_a_process_that_works(data):
    # Not the module's: what a model counts is put back after each look at it.
    calls = []

    class Slow(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model()

        def forward(self, x):
            calls.append(1)
            if len(calls) == 60:
                raise KeyboardInterrupt
            return self.inner(x)

    net = Slow()
    buffers = dict(net.named_buffers())
    with pytest.raises(KeyboardInterrupt):
        eoss.measure(net, nn.CrossEntropyLoss(), data, "minibs", batch_size=8, tolerance=1e-3, max_batches=64)
    assert dict(net.named_buffers()) == buffers
    assert eoss.measure(net, nn.CrossEntropyLoss(), data, "loss").status == "exact"


def test_losses_that_are_not_finite_are_marked(data):
    net = model()
    with torch.no_grad():
        net[2].weight.fill_(float("nan"))
    found = eoss.measure(net, nn.CrossEntropyLoss(), data, ["fullbs", "minibs", "loss"], batch_size=8)
    assert [measured.status for measured in found] == ["not-finite"] * 3


def test_what_is_no_quantity_or_has_no_batches_is_refused_at_once(data):
    for names, words in [(["fulbs"], "unknown quantity"), (["minibs"], "give batch_size"), ([], "at least one")]:
        with pytest.raises(eoss.EossError, match=words):
            eoss.measure(model(), nn.CrossEntropyLoss(), data, names)


def test_it_goes_on_when_node_is_killed(data, tmp_path):
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    with eoss.Monitor(
        net, nn.CrossEntropyLoss(), data, optimizer=optimizer, out=tmp_path / "run", **options()
    ) as monitor:
        train(monitor, net, optimizer, data, 0, 6)
        monitor._process._child.kill()
        monitor._process._child.wait()
        with pytest.warns(UserWarning, match="a new one goes on"):
            train(monitor, net, optimizer, data, 6, 11)
    assert [r["step"] for r in records(tmp_path / "run")] == [0, 0, 5, 5, 10, 10]


def test_the_node_side_is_there():
    with warnings.catch_warnings():
        assert script("bridge").is_file() and script("eoss").is_file()
