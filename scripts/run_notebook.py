"""Runs the cells of examples/analysis/runs.ipynb in the current folder, and compares what they found.

    run_notebook.py NOTEBOOK
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
cells = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cells"]
names = {}
for cell in cells:
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)

metrics = names["metrics"]
compared = metrics[metrics.threshold.notna()].sort_values("step")
wanted = {
    (run, quantity): float((rows.value / rows.threshold).iloc[-1])
    for (run, quantity), rows in compared.groupby(["run", "quantity"])
}
for table in (names["by_duckdb"], names["by_polars"].to_pandas()):
    found = {(row.run, row.quantity): row.over_threshold for row in table.itertuples()}
    assert found == wanted, (found, wanted)
assert len(names["joined"]) == len(metrics)
assert names["joined"].state.notna().all()
for figure in ("sharpness.pdf", "density.pdf"):
    assert Path(figure).read_bytes().startswith(b"%PDF"), figure
print(f"the notebook runs: {len(metrics)} measurements, {len(wanted)} levels, two figures")
