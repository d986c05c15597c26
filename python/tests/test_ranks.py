"""Data-parallel training: all ranks measure together what one process measures, or all are told why not."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch.distributed as dist
from torch import nn

import eoss

if not dist.is_available() or not dist.is_gloo_available():
    pytest.skip("PyTorch has no gloo here", allow_module_level=True)

PROGRAM = Path(__file__).with_name("ranks_program.py")
sys.path.insert(0, str(PROGRAM.parent))
import ranks_program  # noqa: E402


def ran(what, out, lost=()):
    """What two ranks wrote; those that are ``lost`` write nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1",
    }
    ranks = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), what, str(out)], env={**environment, "RANK": str(rank)},
            stderr=subprocess.PIPE, text=True,
        )
        for rank in (0, 1)
    ]
    try:
        errors = [one.communicate(timeout=240)[1] for one in ranks]
    finally:
        for one in ranks:
            one.kill()
    for rank in {0, 1} - set(lost):
        assert ranks[rank].returncode == 0, errors[rank]
    return [json.loads((out / f"{what}-{rank}.json").read_text()) for rank in (0, 1) if rank not in lost]


def test_two_ranks_measure_what_one_process_does(tmp_path):
    first, second = ran("values", tmp_path)
    assert first == second
    for name, net, options in [
        ("plain", ranks_program.model(), {}),
        ("chunked", ranks_program.model(), {"chunk": 3}),
        ("norm", ranks_program.model(norm=True), {}),
    ]:
        for (quantity, value, error), (_, alone, own) in zip(first[name], ranks_program.values(net, **options)):
            # The same batches and random vectors: what is left is rounding.
            assert value == pytest.approx(alone, rel=2e-5), (name, quantity)
            assert error == pytest.approx(own, rel=0.1, abs=1e-4 * abs(alone)), (name, quantity)
    assert "measure model.module" in first["differences"]
    assert first["alone"] == pytest.approx(first["plain"][0][1], rel=1e-3)
    assert first["steps"][0] == 0 and len(first["last"]) == 2
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert "2 ranks of DistributedDataParallel" in run["backend"] and run["end"]["reason"] == "completed"
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [step for step in first["steps"] for _ in "12"]


def test_what_differs_or_fails_is_said_on_every_rank(tmp_path):
    first, second = ran("refusals", tmp_path)
    for said in (first, second):
        assert "different losses of the same samples" in said["data"]
        assert "different parameters" in said["parameters"]
        assert said["after"] == "measured"
    assert "unknown quantity" in first["unknown"] and "unknown quantity" in second["unknown"]
    assert "rank 1: KeyError" in first["error"] and second["error"] == "own KeyError"


@pytest.mark.parametrize("dies", [0, 1] if os.environ.get("EOSS_FULL") == "1" else [1])
def test_a_rank_that_dies_ends_the_others_with_a_sentence(tmp_path, dies):
    began = time.monotonic()
    (left,) = ran(f"dies-{dies}", tmp_path, lost=[dies])
    assert "does not answer any more" in left["error"]
    assert time.monotonic() - began < 200


def test_sharded_models_are_refused_with_what_to_do(data, tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
        fully_shard(net, mesh=init_device_mesh("cpu", (1,)))
        with pytest.raises(eoss.EossError, match="FSDPModule.*full_state_dict"):
            eoss.measure(net, nn.CrossEntropyLoss(), data, "fullbs")
    finally:
        dist.destroy_process_group()
