// The setting of the paper's first figure as a program in PyTorch.
import type { TrainConfig } from "@eoss/run";
import { measurementsIn } from "@eoss/run/internal";
import { loadRecipes } from "./recipes/load.js";
import type { ScaleName } from "./recipes/recipe.js";

/** The data that a script can be on, and the scale of the recipe whose settings it has. */
const SCALES = { digits: "digits", cifar10: "paper" } as const satisfies Record<string, ScaleName>;
export type TorchData = keyof typeof SCALES;
export const torchData = Object.keys(SCALES) as [TorchData, ...TorchData[]];

/** The distance of as many measurements as a run makes, if they were at equal distances: that is what a Monitor takes. */
function spacingOf({ every, steps, measure }: TrainConfig): number {
  return typeof every === "number"
    ? every
    : Math.round(steps / measurementsIn(every, measure[0]!, 0, steps));
}

/**
 * A program in Python that trains the paper's MLP with PyTorch, at the settings of figure 1, and measures it
 * with `eoss.Monitor`.
 *
 * @param data cifar10 as in the paper, from the files that `eoss data cifar10` places; or scikit-learn's digits
 */
export function torchScript(data: TorchData): string {
  const [recipe] = loadRecipes("1", SCALES[data]);
  const [config] = recipe!.runs.values();
  const { samples, batch, lr, steps, tolerance, measure, seed } = config!;
  const { width, init = "kaiming-normal", "init-scale": scale } = config!;
  const { inits, weights } = START[init as keyof typeof START];
  const { title, load } = DATA[data];
  return `"""${title}: an MLP, squared error, SGD with batches of ${batch} (figure 1).

    pip install eoss torch${data === "digits" ? " scikit-learn" : ""}
    python THIS_FILE
    eoss report runs/torch-${data}
"""

import os
from pathlib import Path

import torch
from torch import nn

import eoss

WIDTHS = ${JSON.stringify(width).replaceAll(",", ", ")}
INIT_SCALE = ${scale}
SAMPLES = ${samples}
BATCH = ${batch}
LEARNING_RATE = ${lr}
STEPS = int(os.environ.get("STEPS", ${steps}))
EVERY = ${spacingOf(config!)}  # steps between measurements
TOLERANCE = ${tolerance}  # relative error of a measured mean
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
OUT = "runs/torch-${data}"


def load():
    """Samples as rows, and targets with a one for the class."""
${load}
    return x.to(DEVICE), nn.functional.one_hot(y, 10).float().to(DEVICE)


def network(inputs, outputs):
    """Dense layers with ReLU between them; ${inits}, times INIT_SCALE."""
    sizes = [inputs, *WIDTHS, outputs]
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        dense = nn.Linear(fan_in, fan_out)
        with torch.no_grad():
${weights}
        layers += [dense, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def squared_error(f, y):
    """Summed over outputs, averaged over samples, as in the paper."""
    return ((f - y) ** 2).sum(-1).mean()


def main():
    torch.manual_seed(${seed})
    x, y = load()
    model = network(x.shape[1], y.shape[1]).to(DEVICE)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    with eoss.Monitor(
        model, squared_error, (x, y), optimizer=optimizer, batch_size=BATCH, every=EVERY, tolerance=TOLERANCE,
        measure=${JSON.stringify(measure).replaceAll(",", ", ")}, out=OUT,
        on_measured=lambda step, measured: print(step, measured, flush=True),
    ) as monitor:
        for _ in range(STEPS):
            monitor.step()  # measures before the update, if it is due
            batch = torch.randperm(len(x), device=DEVICE)[:BATCH]
            loss = squared_error(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        monitor.measure_now(STEPS)
    print(f"2/η is {2 / LEARNING_RATE:g}. Next: eoss report {OUT}")


if __name__ == "__main__":
    main()
`;
}

/** How the layers of the recipes start. */
const START = {
  "kaiming-normal": {
    inits: "normal weights of variance 2/fan-in, zero biases",
    weights: `            dense.weight.normal_(0, INIT_SCALE * (2 / fan_in) ** 0.5)
            dense.bias.zero_()`,
  },
  "uniform-fan-in": {
    inits: "PyTorch's own start",
    weights: `            dense.weight.mul_(INIT_SCALE)
            dense.bias.mul_(INIT_SCALE)`,
  },
};

const DATA: Readonly<Record<TorchData, { readonly title: string; readonly load: string }>> = {
  digits: {
    title: "The setting of the paper on scikit-learn's digits",
    load: `    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = torch.tensor((x[:SAMPLES] / 16 - 0.305) / 0.376, dtype=torch.float32)
    y = torch.tensor(y[:SAMPLES])`,
  },
  cifar10: {
    title: "The setting of the paper on CIFAR-10",
    load: `    folder = Path(os.environ.get("CIFAR10", "cifar10"))  # where eoss data cifar10 placed the files
    files = sorted(folder.glob("data_batch_*.bin"))
    if not files:
        raise SystemExit(f"{folder} has no data_batch_*.bin: eoss data cifar10 --data-dir {folder} downloads them")
    rows = torch.cat([torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.uint8).view(-1, 3073) for file in files])
    rows = rows[:SAMPLES]
    y = rows[:, 0].long()
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2023, 0.1994, 0.201])
    x = ((rows[:, 1:].view(-1, 3, 1024) / 255 - mean[:, None]) / std[:, None]).flatten(1)`,
  },
};
