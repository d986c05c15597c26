"""One of the ranks of ``test_ranks.py``: ``python ranks_program.py WHAT OUT``, with RANK and WORLD_SIZE set."""

import json
import os
import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import eoss

NAMES = ["fullbs", "minibs", "batch-sharpness", "loss", "gradient-norm", "full-gauss-newton"]


def model(norm=False):
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8) if norm else nn.Identity(), nn.Tanh(), nn.Linear(8, 4))


def data():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(25, 6, generator=generator)
    return x, torch.randint(0, 4, (25,), generator=generator)


def values(net, **options):
    found = eoss.measure(net, nn.CrossEntropyLoss(), data(), NAMES, batch_size=5, max_batches=8, **options)
    return [[one.quantity, one.value, one.error] for one in found]


def refusal(make):
    try:
        make()
    except eoss.EossError as error:
        return str(error)
    return "measured"


def main(what, out):
    rank = int(os.environ["RANK"])
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    said = {}
    if what == "values":
        net = DistributedDataParallel(model())
        said["plain"] = values(net)
        said["chunked"] = values(net, chunk=3)
        said["norm"] = values(DistributedDataParallel(model(norm=True)))
        # Each rank by itself, in double precision: the hooks of the wrapper must stay.
        assert eoss.verify(net.module, nn.CrossEntropyLoss(), data()).looked_in == "float64"
        by_differences = lambda given: eoss.measure(  # noqa: E731
            given, nn.CrossEntropyLoss(), data(), "fullbs", second_derivative="differences"
        )
        said["differences"] = refusal(lambda: by_differences(net))
        said["alone"] = by_differences(net.module).value
        optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
        x, y = data()
        with eoss.Monitor(
            net, nn.CrossEntropyLoss(), (x, y), optimizer=optimizer, batch_size=8, every=2, budget=0.9,
            measure=["fullbs", "loss"], out=f"{out}/run",
        ) as monitor:
            steps = [step for step in range(7) if train(monitor, net, optimizer, x[rank::2], y[rank::2])]
        said["steps"], said["last"] = steps, [str(one) for one in monitor.last]
        # Still averaged over the ranks.
        said["trained"] = [float(p.detach().sum()) for p in net.parameters()]
    elif what == "refusals":
        net = DistributedDataParallel(model())
        loss = nn.CrossEntropyLoss()
        x, y = data()
        own = (x[rank::2][:12], y[rank::2][:12])
        said["data"] = refusal(lambda: eoss.measure(net, loss, own, "fullbs"))
        said["unknown"] = refusal(lambda: eoss.measure(net, loss, (x, y), "fulbs"))

        def fails(f, target):
            if rank == 1 and len(f) == 4:  # its share of a batch
                raise KeyError("mine")
            return loss(f, target)

        def measured():
            try:
                eoss.measure(net, fails, (x, y), "minibs", batch_size=8, check=False)
            except KeyError:
                raise eoss.EossError("own KeyError") from None

        said["error"] = refusal(measured)
        said["after"] = refusal(lambda: eoss.measure(net, loss, (x, y), "loss"))
        with torch.no_grad():
            net.module[0].weight[0, 0] += rank * 1e-6
        said["parameters"] = refusal(lambda: eoss.measure(net, loss, (x, y), "fullbs"))
    else:
        net = DistributedDataParallel(model())
        loss = nn.CrossEntropyLoss()
        calls = []

        def dies(f, target):
            calls.append(1)
            if len(calls) == 20 and rank == int(what[-1]):
                os._exit(9)
            return loss(f, target)

        said["error"] = refusal(
            lambda: eoss.measure(net, dies, data(), "minibs", batch_size=8, max_batches=64, tolerance=1e-4, check=False)
        )
    with open(f"{out}/{what}-{rank}.json", "w") as file:
        json.dump(said, file)
    if what in ("values", "refusals"):
        dist.destroy_process_group()
    else:
        os._exit(0)


def train(monitor, net, optimizer, x, y):
    measured = monitor.step()
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return measured is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
