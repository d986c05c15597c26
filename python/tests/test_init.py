"""The program that ``eoss init torch`` writes runs as it is."""

import json
import os
import subprocess
import sys

import pytest
import torch

CLI = [sys.executable, "-c", "from eoss._process import main; raise SystemExit(main())"]


def written(folder, data):
    made = subprocess.run([*CLI, "init", "torch", "--data", data], cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder / f"torch_{data}.py"


def ran(program, steps, **environment):
    made = subprocess.run(
        [sys.executable, str(program)], cwd=program.parent, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "STEPS": str(steps), **environment},
    )
    assert made.returncode == 0, made.stderr
    (folder,) = (program.parent / "runs").iterdir()
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return json.loads((folder / "run.json").read_text()), lines


def test_on_digits(tmp_path):
    pytest.importorskip("sklearn", reason="skipped: scikit-learn is not installed")
    program = written(tmp_path, "digits")
    again = subprocess.run([*CLI, "init", "torch"], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 2 and "exists" in again.stderr
    run, lines = ran(program, 201)
    assert run["plan"]["learningRate"] == 0.2 and run["batchSize"] == 16 and run["end"]["reason"] == "completed"
    assert sorted({line["step"] for line in lines}) == [0, 200, 201]
    assert {line["quantity"] for line in lines} == {"fullbs", "minibs", "batch-sharpness", "loss"}
    losses = [line["value"] for line in lines if line["quantity"] == "loss"]
    assert losses[-1] < losses[0]


def test_on_files_of_cifar10(tmp_path):
    program = written(tmp_path, "cifar10")
    missing = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True)
    assert missing.returncode != 0 and "eoss data cifar10" in missing.stderr
    (tmp_path / "cifar10").mkdir()
    torch.manual_seed(0)
    records = torch.randint(0, 256, (48, 3073), dtype=torch.uint8)
    records[:, 0] = torch.randint(0, 10, (48,))
    (tmp_path / "cifar10/data_batch_1.bin").write_bytes(records.numpy().tobytes())
    # The network of the program is large: a smaller one here.
    program.write_text(program.read_text().replace("WIDTHS = [512, 512]", "WIDTHS = [8, 8]"))
    run, lines = ran(program, 1)
    assert run["plan"]["learningRate"] == 0.01 and run["model"]["parameters"] == 3072 * 8 + 8 + 72 + 90
    assert sorted({line["step"] for line in lines}) == [0, 1]
