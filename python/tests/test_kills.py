"""Signals at random moments, to either side: the loop goes on or ends in a sentence, and its folder can be read and gone on with.

Some of each kind; all twenty with EOSS_LONG=1.
"""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("signals are those of POSIX", allow_module_level=True)

#: A training loop that says each step that it has reached.
LOOP = """
    import sys, torch, eoss
    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder, first, last, resume = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "resume"
    x, y = torch.randn(64, 6), torch.randint(0, 4, (64,))
    net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    def update():
        loss = torch.nn.functional.cross_entropy(net(x), y)
        opt.zero_grad(); loss.backward(); opt.step()

    for step in range(first):
        update()  # in place of a checkpoint
    with eoss.Monitor(net, torch.nn.CrossEntropyLoss(), (x, y), optimizer=opt, batch_size=8, every=1,
                      measure=["minibs", "fullbs"], out=folder, resume=resume) as monitor:
        print("node", monitor._process._child.pid, flush=True)
        for step in range(first, last):
            monitor.step(step)
            update()
            print("step", step, flush=True)
"""
CLI = [sys.executable, "-c", "from eoss._process import main; raise SystemExit(main())"]
ENDLESS = 10**6


class Loop:
    """A training loop in a process of its own, and the Node process that it has."""

    def __init__(self, folder, first=0, last=ENDLESS, resume=False, before=()):
        words = [str(folder), str(first), str(last), "resume" if resume else "new"]
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", textwrap.dedent(LOOP), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
        line = self.process.stdout.readline().split()
        assert line, self.process.communicate()[1]
        self.node = int(line[1])

    def reach(self, step):
        """Waits for a step."""
        for line in self.process.stdout:
            if line == f"step {step}\n":
                return
        raise AssertionError(self.process.communicate()[1])

    def end(self):
        """Waits for the end. Returns what it said of errors."""
        try:
            return self.process.communicate(timeout=120)[1]
        finally:
            self.process.kill()


def kill_python(loop):
    loop.process.kill()
    loop.end()


def terminate_python(loop):
    loop.process.terminate()
    loop.end()


def interrupt(loop):
    """As Ctrl-C, which goes to all processes of the terminal."""
    os.killpg(loop.process.pid, signal.SIGINT)
    assert "KeyboardInterrupt" in loop.end()


def interrupt_twice(loop):
    loop.process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    loop.process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in loop.end()


def kill_node(loop):
    os.kill(loop.node, signal.SIGKILL)
    time.sleep(0.5)
    if loop.process.poll() is None:
        loop.process.send_signal(signal.SIGINT)
    said = loop.end()
    # Between measurements a new process goes on; in one, the loop ends in a sentence.
    assert "nothing more is measured" in said or "a new one goes on" in said or "KeyboardInterrupt" in said, said


def terminate_node(loop):
    os.kill(loop.node, signal.SIGTERM)
    time.sleep(0.5)
    if loop.process.poll() is None:
        loop.process.send_signal(signal.SIGINT)
    said = loop.end()
    assert "nothing more is measured" in said or "a new one goes on" in said or "KeyboardInterrupt" in said, said


def stop_node_for_a_while(loop):
    go_on_after_a_stop(loop, loop.node)


def stop_python_for_a_while(loop):
    go_on_after_a_stop(loop, loop.process.pid)


def go_on_after_a_stop(loop, pid):
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.5)
    os.kill(pid, signal.SIGCONT)
    for _ in range(4):
        assert loop.process.stdout.readline().startswith("step")
    interrupt(loop)


def close_output(loop):
    loop.process.stdout.close()
    loop.process.wait(timeout=120)
    assert "BrokenPipeError" in loop.process.stderr.read()


KINDS = [
    *(kill_python, kill_node, interrupt, terminate_python, stop_node_for_a_while),
    *(close_output, terminate_node, interrupt_twice, stop_python_for_a_while),
]
CASES = 20 if os.environ.get("EOSS_LONG") == "1" else 3


@pytest.mark.parametrize("index", range(CASES))
def test_a_signal_at_a_random_moment(tmp_path, index):
    moments = random.Random(index)
    folder = tmp_path / "run"
    loop = Loop(folder)
    loop.reach(moments.randrange(4))
    time.sleep(0.1 * moments.random())
    KINDS[index % len(KINDS)](loop)
    assert ended(loop.node), "Node outlives its Python"
    before = records(folder)
    assert end_of(folder) in ("interrupted", "failed", "completed") or KINDS[index % len(KINDS)] in (kill_node, terminate_node)
    assert command("table", folder, "--json").returncode == 0
    page = tmp_path / "report.html"
    assert command("report", folder, "--out", page).returncode == 0 and page.stat().st_size > 10_000
    # Gone on with from the last step that is there.
    first = max((record["step"] for record in before), default=0)
    again = Loop(folder, first, first + 2, resume=True)
    said = again.end()
    assert "Error" not in said and ended(again.node), said
    assert end_of(folder) == "completed"
    after = {(record["step"], record["quantity"]): record["value"] for record in records(folder)}
    assert sorted(after) == [(step, name) for step in range(first + 2) for name in ("fullbs", "minibs")]
    for record in before:
        assert after[record["step"], record["quantity"]] == pytest.approx(record["value"], rel=0.05)


def test_a_full_disk_ends_the_loop_in_a_sentence(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    before = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    # The disk is there for these processes alone, so the folder is copied before they end.
    shell = f'mount -t tmpfs -o size=16k none {place} || exit 77; "$@"; cp -r {place}/run {tmp_path}/run'
    tried = subprocess.run([*before, f"mount -t tmpfs -o size=16k none {place}"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"no small disk can be made here: {tried.stderr.strip()}")
    loop = Loop(place / "run", before=[*before, shell, "sh"])
    _, said = loop.process.communicate(timeout=170)
    assert "EossError" in said and "ENOSPC" in said, said
    assert ended(loop.node)
    assert command("table", tmp_path / "run", "--json").returncode == 0


def ended(pid):
    """Whether a process is over, or will be within ten seconds."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def command(*words):
    return subprocess.run([*CLI, *map(str, words)], capture_output=True, text=True)


def records(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def end_of(folder):
    return (json.loads((folder / "run.json").read_text())["end"] or {}).get("reason")
