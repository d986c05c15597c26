"""What the largest eigenvalue of a batch's Hessian costs: eoss from PyTorch beside others, in one run.

  pip install -r bench/curvature/requirements.txt scikit-learn && pip install ./python
  python bench/python/run.py [mlp:16 cnn:16 …] [--rounds 3] [--out bench/python/results.json]

Processor seconds of one thread, Node's included, in turns; a peer is taken at the loosest of its tolerances 1e-2, 1e-3,
1e-4 whose value is within 1 % of the truth, a long Lanczos run. Without starting Node and without the checks of the loss,
which come once for a training run.
"""

import argparse
import json
import platform
import statistics
import warnings
from pathlib import Path

import torch
from networks import samples, trained
from peers import PEERS, Clock, by_eoss, by_eoss_uncertified, by_python, truth

MOST_ERROR = 0.01
TOLERANCES = (1e-2, 1e-3, 1e-4)
CASES = "mlp:16 mlp:128 cnn:16 cnn:128 resnet10:16 resnet10:128 resnet18:16 gpt:16 gpt:128".split()
RESULTS = Path(__file__).with_name("results.json")


def timed(way, *given):
    clock = Clock()
    value, products = way(*given)
    return {"seconds": clock.seconds(), "node": clock.node_seconds(), "value": value, "products": products}


def measured(case, rounds):
    network, b = case.split(":")
    model, loss_fn = trained(network)
    batch = samples(network, int(b), 1)
    exact, _ = truth(model, loss_fn, batch)
    error = lambda made: abs(made["value"] / exact - 1)  # noqa: E731
    by_eoss(model, loss_fn, tuple(column[:2] for column in batch), 0.5)  # starts Node
    ways = {"eoss": (by_eoss, 0.02), "eoss, uncertified": (by_eoss_uncertified, 0.01)}
    first = {name: timed(way, model, loss_fn, batch, tolerance) for name, (way, tolerance) in ways.items()}
    ways["Lanczos in Python"] = (by_python, first["eoss"]["products"])
    for name, way in PEERS.items():
        for tolerance in TOLERANCES:
            ways[name] = (way, tolerance)
            first[name] = timed(way, model, loss_fn, batch, tolerance)
            if error(first[name]) <= MOST_ERROR:
                break
    runs = {name: [first[name]] if name in first else [] for name in ways}
    for turn in range(rounds):
        order = list(ways)[turn % len(ways) :] + list(ways)[: turn % len(ways)]
        for name in order:
            if len(runs[name]) < rounds:
                way, option = ways[name]
                runs[name].append(timed(way, model, loss_fn, batch, option))
    rows = {}
    for name, made in runs.items():
        rows[name] = {
            **{key: statistics.median(one[key] for one in made) for key in ("seconds", "node", "products")},
            "error": error(made[0]),
            **({"tolerance": ways[name][1]} if isinstance(ways[name][1], float) else {}),
        }
    parameters = sum(p.numel() for p in model.parameters())
    return {"case": case, "parameters": parameters, "lambdaMax": exact, "rounds": rounds, "rows": rows}


def table(results):
    lines = [
        "| network | parameters | b | who | products | CPU s | of eoss | error |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for made in results["cases"]:
        network, b = made["case"].split(":")
        base = made["rows"]["eoss"]["seconds"]
        for name, row in made["rows"].items():
            who = f"{name}, tol {row['tolerance']:.0e}" if "tolerance" in row else name
            if name == "eoss":
                who += f" (Node {1000 * row['node']:.0f} ms)"
            error = f"{100 * row['error']:.2g} %"
            lines.append(
                f"| {network} | {made['parameters']:,} | {b} | {who} | {row['products']:.0f} | {row['seconds']:.3g} "
                f"| {row['seconds'] / base:.2f} | {error if row['error'] <= MOST_ERROR else f'**{error}**'} |"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    results = {"torch": torch.__version__, "python": platform.python_version(), "cases": []}
    if options.out.exists():
        results = json.loads(options.out.read_text())
    for case in options.cases:
        made = measured(case, options.rounds)
        results["cases"] = [one for one in results["cases"] if one["case"] != case] + [made]
        results["cases"].sort(key=lambda one: CASES.index(one["case"]))
        options.out.write_text(json.dumps(results, indent=1) + "\n")
        print(table({"cases": [made]}), flush=True)


if __name__ == "__main__":
    main()
