"""Compares exported runs, as the programs that they are for read them, with the records of the runs.

    exchange_readback.py RUNS EXPORTS
"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet
import tensorboard
import wandb
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto.wandb_internal_pb2 import Record
from wandb.sdk.internal.datastore import DataStore

RUNS, EXPORTS = (Path(argument) for argument in sys.argv[1:])
TABLE_ONLY = ["unit", "batch", "lr", "threshold"]
MEASURED = ["value", "error", "standard_error", "error_bound", "samples", "products", "seconds", "status"]


def parsed(text):
    """JSON as its writer meant it, whose numbers are all doubles."""
    return json.loads(text, parse_int=float)


def manifests():
    """run.json by the name of the run, its path below RUNS."""
    files = sorted(RUNS.glob("**/run.json"))
    return {str(file.parent.relative_to(RUNS)): parsed(file.read_text()) for file in files}


def records(run):
    """The records of a run; of those measured twice, the later one."""
    lines = [parsed(line) for line in (RUNS / run / "metrics.jsonl").read_text().splitlines()]
    return {(line["step"], line["quantity"]): line for line in lines}.values()


def threshold_of(manifest, record):
    """Of the runs made here: 2/η for a curvature of H, and nothing for Adam, which preconditions."""
    # Records of older versions, and of other programs, have none: a sharpness is of H.
    matrix = "hessian" if record.get("unit") == "sharpness" else "none"
    preconditions = "adam" in str(manifest["config"].get("optimizer"))
    compares = record.get("matrix", matrix) == "hessian" and not preconditions
    return manifest["stabilityThreshold"] if compares else None


def expected(columns, absent=None, rounded=lambda value: value):
    """What (run, step, quantity, column) holds; no entry, or `absent` for a value, where that is null."""
    entries = {}
    for run, manifest in manifests().items():
        for record in records(run):
            bound, standard = record.get("errorBound"), record.get("standardError")
            known = bound is not None or standard is not None
            # A bare standard error is taken for one of eight values: Student's quantile with seven degrees.
            margin = record.get("margin", 2.364624251592786 * (standard or 0))
            row = {
                **record,
                "value": absent if record["value"] is None else record["value"],
                "error": margin + (bound or 0) if known else None,
                "standard_error": standard,
                "error_bound": bound,
                "batch": manifest["batchSize"],
                "lr": manifest["config"]["lr"],
                "threshold": threshold_of(manifest, record),
            }
            for column in columns:
                if row[column] is not None:
                    entries[run, row["step"], row["quantity"], column] = rounded(row[column])
    return entries


def from_rows(rows):
    """Pairs of (run, step, quantity, column) and what a table holds there."""
    for row in rows:
        run = str(Path(row["run"]).relative_to(RUNS))
        for column in [*MEASURED, *TABLE_ONLY]:
            if row[column] is not None:
                yield (run, row["step"], row["quantity"], column), row[column]


def from_parquet():
    table = pyarrow.parquet.read_table(EXPORTS / "parquet")
    assert table.schema.field("step").type == pyarrow.int64()
    assert table.schema.field("value").type == pyarrow.float64()
    yield from from_rows(table.to_pylist())


def from_csv():
    def typed(name, text):
        if name not in ("step", *MEASURED, *TABLE_ONLY) or name in ("unit", "status"):
            return text
        return None if text == "" else int(text) if name == "step" else float(text)

    with open(EXPORTS / "csv", newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        yield from from_rows({name: typed(name, text) for name, text in row.items()} for row in rows)


def from_tensorboard():
    for file in (EXPORTS / "tensorboard").glob("**/events.out.tfevents.*"):
        run = str(file.parent.relative_to(EXPORTS / "tensorboard"))
        events = EventAccumulator(str(file.parent), size_guidance={"scalars": 0}).Reload()
        for tag in events.Tags()["scalars"]:
            if "/threshold" in tag:  # compared in the tables
                continue
            quantity, column = parts_of(tag)
            for event in events.Scalars(tag):
                yield (run, event.step, quantity, column), event.value


def from_wandb():
    for file in EXPORTS.glob("wandb/offline-run-*/*.wandb"):
        store = DataStore()
        store.open_for_scan(str(file))
        for data in iter(store.scan_data, None):
            record = Record.FromString(data)
            if record.WhichOneof("record_type") == "run":
                run = record.run.display_name
            if record.WhichOneof("record_type") != "history":
                continue
            items = record.history.item
            row = {item.key or "/".join(item.nested_key): parsed(item.value_json) for item in items}
            for key in row:
                if not key.startswith("_") and "/threshold" not in key:
                    yield (run, row["_step"], *parts_of(key)), row[key]


def parts_of(tag):
    """QUANTITY, or QUANTITY/COLUMN: quantities may have a slash too."""
    quantity, _, column = tag.rpartition("/")
    return (quantity, column) if column in MEASURED else (tag, "value")


def differences(wanted, pairs):
    found = dict(pairs)
    texts = [f"{len(pairs) - len(found)} entries stand there twice"] if len(found) < len(pairs) else []
    for key in sorted(wanted.keys() | found.keys()):
        a, b = wanted.get(key), found.get(key)
        if a != b and not (a is not None and b is not None and a != a and b != b):  # NaN is NaN
            texts.append(f"{key}: expected {a!r}, found {b!r}")
    return texts


def one_off(wanted, next_after):
    """The same with one number that is off by the last digit, and one that is not there."""
    numbers = [key for key, value in wanted.items() if key[3] == "value" and math.isfinite(value)]
    last, first = numbers[-1], numbers[0]
    changed = {**wanted, last: next_after(wanted[last], math.inf)}
    del changed[first]
    return changed


def single(value):
    with numpy.errstate(over="ignore"):
        return numpy.float32(value)


tables = expected([*MEASURED, *TABLE_ONLY])
READ = {
    f"pyarrow {pyarrow.__version__}": (tables, from_parquet, math.nextafter),
    "csv of Python": (tables, from_csv, math.nextafter),
    f"TensorBoard {tensorboard.__version__}": (
        expected(["value", "error"], absent=math.nan, rounded=single),
        from_tensorboard,
        lambda value, towards: numpy.nextafter(value, single(towards)),
    ),
    f"wandb {wandb.__version__}, offline": (expected(MEASURED), from_wandb, math.nextafter),
}
passed = failed = 0


def check(text, problems):
    global passed, failed
    passed, failed = (passed, failed + 1) if problems else (passed + 1, failed)
    print(f"{'failed' if problems else 'ok'}: {text}", *problems[:5], sep="\n    ")


for program, (wanted, read, next_after) in READ.items():
    pairs = list(read())
    runs = len({key[0] for key in wanted})
    check(f"{program} reads {len(wanted)} numbers of {runs} runs", differences(wanted, pairs))
    noticed = differences(one_off(wanted, next_after), pairs)
    problems = [] if len(noticed) == 2 else [f"{len(noticed)} differences were found"]
    check("  and two that are made wrong are noticed", problems)
print(f"exports read back: {passed} passed, {failed} failed")
sys.exit(failed > 0)
