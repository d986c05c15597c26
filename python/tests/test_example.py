"""The example of the README, as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples/digits.py"


def test_the_example_prints_values_with_errors(tmp_path):
    pytest.importorskip("sklearn")
    made = subprocess.run(
        [sys.executable, str(EXAMPLE)], cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    for step in (0, 100, 200, 300):
        for name in ("fullbs", "minibs", "batch-sharpness"):
            (line,) = [one for one in lines if one.startswith(f"{step} {name} =")]
            value, error = line.split("=")[1].split("(")[0].split("±")
            assert 0 < float(error) < float(value)
    assert (tmp_path / "runs/digits/metrics.jsonl").is_file()
