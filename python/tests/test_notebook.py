"""A notebook as it is run by people: its figure is drawn anew in its place, and stays in the file."""

import base64
import json
import os
import sys
import textwrap
from pathlib import Path

import pytest

import eoss

nbformat = pytest.importorskip("nbformat", reason="skipped: nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="skipped: nbclient is not installed")
pytest.importorskip("ipykernel", reason="skipped: ipykernel is not installed")
pytest.importorskip("matplotlib", reason="skipped: matplotlib is not installed")

CELLS = (
    """
    import torch, eoss
    torch.manual_seed(0)
    x, y = torch.randn(24, 6), torch.randint(0, 4, (24,))
    net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
    loss_fn, opt = torch.nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.5)
    monitor = eoss.Monitor(net, loss_fn, (x, y), optimizer=opt, batch_size=8, every=2, measure=["fullbs", "loss"], live=True)
    for _ in range(5):
        monitor.step()
        opt.zero_grad(); loss_fn(net(x), y).backward(); opt.step()
    """,
    "monitor",
    "monitor.figure()",
    "monitor.close()",
)


def test_a_live_figure_in_a_notebook(tmp_path):
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    kernel = tmp_path / "kernels/eoss-test"
    kernel.mkdir(parents=True)
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    paths = os.pathsep.join([str(Path(eoss.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    spec = {"argv": words, "display_name": "eoss", "language": "python", "env": {"PYTHONPATH": paths}}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(tmp_path)
    drawn = []

    class Watching(nbclient.NotebookClient):
        def process_message(self, message, cell, cell_index):
            if message["msg_type"] == "update_display_data":
                drawn.append(message["content"]["data"])
            return super().process_message(message, cell, cell_index)

    try:
        Watching(notebook, timeout=300, kernel_name="eoss-test", resources={"metadata": {"path": str(tmp_path)}}).execute()
    finally:
        os.environ.pop("JUPYTER_PATH")
        if before is not None:
            os.environ["JUPYTER_PATH"] = before
    # Steps 0, 2 and 4, each in the place of the one before.
    assert len(drawn) == 3
    pictures = [output for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    assert len(pictures) == 1
    png = pictures[0].data["image/png"]
    assert base64.b64decode(png)[:8] == b"\x89PNG\r\n\x1a\n" and png == drawn[-1]["image/png"]
    assert drawn[0]["image/png"] != drawn[-1]["image/png"]
    assert "image/png" in notebook.cells[2].outputs[0].data
    (table,) = [output.data["text/html"] for output in notebook.cells[1].outputs]
    assert "<td>fullbs</td>" in table and "5 steps" in table
