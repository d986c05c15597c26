/** `upload.py`, which stands beside what it uploads. */
export const UPLOAD = `"""Uploads the runs of this folder to Weights & Biases, each as one W&B run.

    pip install wandb
    python upload.py                         to the project "eoss", or to that of WANDB_PROJECT
    WANDB_MODE=offline python upload.py      into ./wandb, for "wandb sync" later

Ids belong to the runs: of a run that is there already, only later steps are added.
Written by "eoss export --to wandb".
"""

import json
import os
from pathlib import Path

import wandb

FOLDER = Path(__file__).resolve().parent
# Uploaded, but without a panel of their own.
HIDDEN = ("/standard_error", "/error_bound", "/samples", "/products", "/seconds", "/status")


def lines(file):
    with open(FOLDER / file, encoding="utf-8") as text:
        for line in text:
            yield json.loads(line)


def shown(value):
    """A density is stored as counts of eigenvalues between edges."""
    if isinstance(value, dict):
        return wandb.Histogram(np_histogram=(value["counts"], value["edges"]))
    return value


def upload(entry):
    project = os.environ.get("WANDB_PROJECT", "eoss")
    with wandb.init(
        project=project,
        id=entry["id"],
        name=entry["name"],
        config=entry["config"],
        allow_val_change=True,  # a run that was gone on with has more steps
        resume="allow",
    ) as run:
        for key in entry["keys"]:
            run.define_metric(key, hidden=key.endswith(HIDDEN))
        first = run.step  # behind what is there already
        for row in lines(entry["history"]):
            step = row.pop("_step")
            if step >= first:
                run.log({key: shown(value) for key, value in row.items()}, step=step)
        run.summary.update(entry["summary"])


for entry in lines("runs.jsonl"):
    upload(entry)
`;
