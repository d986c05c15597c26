"""Compares exported runs, as the programs that they are for read them, with the records of the runs.

    exchange_readback.py RUNS EXPORTS
"""

import csv
import json
import math
import sys
from pathlib import Path
from urllib.parse import unquote

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
PART_COLUMNS = ["at_lambda", "value", "error", "standard_error", "error_bound"]
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


def numbers(part):
    """The numbers of a part, with their places in a list from 1 on, and each error that is known."""
    is_list = isinstance(part["value"], list)
    lists = {name: value if is_list else [value] for name, value in part.items()}
    for place, value in enumerate(lists["value"]):
        errors = {name: lists[name][place] for name in lists if name != "value"}
        bound, standard = errors.get("errorBound"), errors.get("standardError")
        known = any(error is not None for error in errors.values())
        margin = errors.get("margin")
        if margin is None:
            margin = 2.364624251592786 * (standard or 0)
        yield {
            "place": place + 1 if is_list else None,
            "value": value,
            "error": margin + (bound or 0) if known else None,
            "standard_error": standard,
            "error_bound": bound,
        }


def all_parts():
    """Pairs of (run, step, quantity, part) and its numbers; those of lambda stand beside a density."""
    for run in manifests():
        for record in records(run):
            parts = record.get("parts", {})
            for name, part in parts.items():
                if name == "lambda" and "density" in parts:
                    continue
                rows = list(numbers(part))
                if name == "density":
                    for row, at in zip(rows, parts["lambda"]["value"], strict=True):
                        row["at_lambda"] = at
                yield (run, record["step"], record["quantity"], name), rows


def expected_part_rows():
    """What (run, step, quantity/part/place, column) holds in the table of further numbers."""
    return {
        (run, step, f"{quantity}/{name}/{row['place']}", column): row[column]
        for (run, step, quantity, name), rows in all_parts()
        for row in rows
        for column in PART_COLUMNS
        if row.get(column) is not None
    }


def expected_series(columns, absent=None, rounded=lambda value: value):
    """What programs for series against steps hold of further numbers: singles and short lists."""
    entries = {}
    for (run, step, quantity, name), rows in all_parts():
        for row in rows if len(rows) <= 10 else []:
            key = f"{quantity}/{name}" + ("" if row["place"] is None else f"/{row['place']}")
            row = {**row, "value": absent if row["value"] is None else row["value"]}
            for column in columns:
                if row[column] is not None:
                    entries[run, step, key, column] = rounded(row[column])
    return entries


def expected_histograms():
    """Of each density, what (run, step, quantity, place) holds: upper edge and count of a bucket."""
    entries = {}
    for (run, step, quantity, name), rows in all_parts():
        if name != "density":
            continue
        d = manifests()[run]["model"]["parameters"]
        at = [row["at_lambda"] for row in rows]
        inner = [(a + b) / 2 for a, b in zip(at, at[1:])]
        edges = [at[0] - (at[1] - at[0]) / 2, *inner, at[-1] + (at[-1] - at[-2]) / 2]
        for i, row in enumerate(rows):
            entries[run, step, quantity, i] = (edges[i + 1], d * row["value"] * (edges[i + 1] - edges[i]))
    return entries


def part_rows(rows):
    for row in rows:
        run = str(Path(row["run"]).relative_to(RUNS))
        place = None if row["place"] is None else int(row["place"])
        for column in PART_COLUMNS:
            if row[column] is not None:
                key = f"{row['quantity']}/{row['part']}/{place}"
                yield (run, row["step"], key, column), row[column]


def parts_from_parquet():
    table = pyarrow.parquet.read_table(EXPORTS / "parquet.parts")
    assert table.schema.field("place").type == pyarrow.int64()
    yield from part_rows(table.to_pylist())


def parts_from_csv():
    texts = ("run", "quantity", "part")
    with open(EXPORTS / "csv.parts", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            typed = {
                name: text if name in texts else None if text == "" else float(text)
                for name, text in row.items()
            }
            yield from part_rows([typed])


def tensorboard_runs(root, kind):
    """Pairs of a run and what TensorBoard has of it, read as it does: all files of a folder together."""
    for folder in sorted({file.parent for file in root.glob("**/events.out.tfevents.*")}):
        events = EventAccumulator(str(folder), size_guidance={kind: 0}).Reload()
        yield str(folder.relative_to(root)), events


def histograms_from_tensorboard(root):
    for run, events in tensorboard_runs(root, "histograms"):
        for tag in events.Tags()["histograms"]:
            for event in events.Histograms(tag):
                shown = event.histogram_value
                buckets = list(zip(shown.bucket_limit, shown.bucket, strict=True))
                assert buckets[0] == (shown.min, 0) and buckets[-1][0] == shown.max
                for i, bucket in enumerate(buckets[1:]):
                    yield (run, event.step, tag, i), bucket


def histograms_from_wandb():
    for run, row in wandb_rows():
        for key, value in row.items():
            if key.endswith("/histogram"):
                pairs = zip(value["bins"][1:], value["values"], strict=True)
                for i, pair in enumerate(pairs):
                    yield (run, row["_step"], key.removesuffix("/histogram"), i), pair


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


def from_tensorboard(root):
    for run, events in tensorboard_runs(root, "scalars"):
        for tag in events.Tags()["scalars"]:
            if "/threshold" in tag:  # compared in the tables
                continue
            quantity, column = parts_of(tag)
            for event in events.Scalars(tag):
                yield (run, event.step, quantity, column), event.value


def wandb_rows():
    """Pairs of a run and a line of its history."""
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
            pairs = [(item.key or "/".join(item.nested_key), parsed(item.value_json)) for item in items]
            yield run, with_histograms(pairs)


def with_histograms(pairs):
    """The client stores the fields of a histogram one by one: NAME/histogram/bins and so on."""
    row = {}
    for key, value in pairs:
        name, mark, field = key.rpartition("/histogram/")
        if mark:
            row.setdefault(f"{name}/histogram", {})[field] = value
        else:
            row[key] = value
    return row


def from_wandb():
    for run, row in wandb_rows():
        for key in row:
            if not key.startswith("_") and "/threshold" not in key and not key.endswith("/histogram"):
                yield (run, row["_step"], *parts_of(key)), row[key]


def parts_of(tag):
    """QUANTITY, or QUANTITY/COLUMN: quantities may have a slash too."""
    quantity, _, column = tag.rpartition("/")
    # What stands for itself in a name is written as in a web address.
    return (unquote(quantity), column) if column in MEASURED else (unquote(tag), "value")


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
    ends = [
        key
        for key, value in wanted.items()
        if isinstance(value, tuple) or (key[3] == "value" and math.isfinite(value))
    ]
    last, first = ends[-1], ends[0]
    changed = {**wanted, last: next_after(wanted[last], math.inf)}
    del changed[first]
    return changed


def other(bucket, _):
    return (bucket[0], math.nextafter(bucket[1], math.inf))


def single(value):
    with numpy.errstate(over="ignore"):
        return numpy.float32(value)


def logged(entries):
    """Without the run that nobody trained."""
    return {key: value for key, value in entries.items() if key[0] != "extremes"}


tables = expected([*MEASURED, *TABLE_ONLY])
scalars = expected(["value", "error"], absent=math.nan, rounded=single) | expected_series(
    ["value", "error"], absent=math.nan, rounded=single
)


def next_single(value, towards):
    return numpy.nextafter(value, single(towards))


READ = {
    f"pyarrow {pyarrow.__version__}": (tables, from_parquet, math.nextafter),
    "csv of Python": (tables, from_csv, math.nextafter),
    f"TensorBoard {tensorboard.__version__}": (
        scalars,
        lambda: from_tensorboard(EXPORTS / "tensorboard"),
        next_single,
    ),
    "TensorBoard, what runs logged": (logged(scalars), lambda: from_tensorboard(RUNS), next_single),
    f"wandb {wandb.__version__}, offline": (
        expected(MEASURED) | expected_series(["value", "error"]),
        from_wandb,
        math.nextafter,
    ),
    "pyarrow, further numbers": (expected_part_rows(), parts_from_parquet, math.nextafter),
    "csv of Python, further numbers": (expected_part_rows(), parts_from_csv, math.nextafter),
    "TensorBoard, histograms": (
        expected_histograms(),
        lambda: histograms_from_tensorboard(EXPORTS / "tensorboard"),
        other,
    ),
    "TensorBoard, histograms that runs logged": (
        logged(expected_histograms()),
        lambda: histograms_from_tensorboard(RUNS),
        other,
    ),
    "wandb, histograms": (expected_histograms(), histograms_from_wandb, other),
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
