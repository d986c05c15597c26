"""Steps of PyTorch's optimizers in float64, as references for packages/sgd.

    pip install torch==2.13.0
    python bench/sgd/make_references.py

Writes packages/sgd/test/pytorch.json. Parameters and gradients are multiples of 1/1024, hence the
same numbers in float32; the gradients are given and do not depend on the parameters, so that only
the update is compared. Their sizes run from 2^-10 to 1, where epsilon matters; entry 0 of the bias
is zero for the first three steps. The learning rate falls to a quarter after five steps.
"""

import json
from pathlib import Path

import torch

STEPS = 8
SHAPES = {"kernel": (3, 2), "bias": (2,)}

CASES = [
    {"optimizer": "sgd", "options": {}},
    {"optimizer": "sgd", "options": {"weightDecay": 0.25}},
    {"optimizer": "heavy-ball", "options": {"momentum": 0.9}},
    {"optimizer": "heavy-ball", "options": {"momentum": 0.5, "weightDecay": 0.25}},
    {"optimizer": "nesterov", "options": {"momentum": 0.9}},
    {"optimizer": "nesterov", "options": {"momentum": 0.5, "weightDecay": 0.25}},
    {"optimizer": "rmsprop", "options": {}},
    {"optimizer": "rmsprop", "options": {"alpha": 0.25, "epsilon": 0.001, "weightDecay": 0.25}},
    {"optimizer": "adam", "options": {}},
    {"optimizer": "adam", "options": {"betas": [0.25, 0.75], "epsilon": 0.001, "weightDecay": 0.25}},
    {"optimizer": "adamw", "options": {}},
    {"optimizer": "adamw", "options": {"betas": [0.0, 0.75], "epsilon": 0.001, "weightDecay": 0.25}},
]

# The class, its fixed arguments, and the name of each of our slots in its state.
PYTORCH = {
    "sgd": (torch.optim.SGD, {}, {}),
    "heavy-ball": (torch.optim.SGD, {}, {"velocity": "momentum_buffer"}),
    "nesterov": (torch.optim.SGD, {"nesterov": True}, {"velocity": "momentum_buffer"}),
    "rmsprop": (torch.optim.RMSprop, {}, {"meanSquare": "square_avg"}),
    "adam": (torch.optim.Adam, {}, {"mean": "exp_avg", "meanSquare": "exp_avg_sq"}),
    "adamw": (torch.optim.AdamW, {}, {"mean": "exp_avg", "meanSquare": "exp_avg_sq"}),
}
ARGUMENTS = {"weightDecay": "weight_decay", "epsilon": "eps"}


def multiples(generator, shape, lowest_exponent):
    """Signed multiples of 1/1024 whose sizes spread over powers of two up to 1."""
    exponent = torch.randint(lowest_exponent, 1, shape, generator=generator)
    mantissa = torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1
    return torch.round(mantissa * 2.0**exponent * 1024) / 1024


def problem():
    generator = torch.Generator().manual_seed(20)
    initial = {name: multiples(generator, shape, 0) for name, shape in SHAPES.items()}
    gradients = []
    for step in range(STEPS):
        gradient = {name: multiples(generator, shape, -9) for name, shape in SHAPES.items()}
        if step < 3:
            gradient["bias"][0] = 0
        gradients.append(gradient)
    rates = [0.125 if step < 5 else 0.03125 for step in range(STEPS)]
    return initial, gradients, rates


def flat(tensors):
    return {name: value.detach().flatten().tolist() for name, value in tensors.items()}


def run(case, initial, gradients, rates):
    kind, fixed, slots = PYTORCH[case["optimizer"]]
    params = {name: value.clone().requires_grad_() for name, value in initial.items()}
    options = {ARGUMENTS.get(key, key): value for key, value in case["options"].items()}
    optimizer = kind(params.values(), lr=rates[0], foreach=False, **fixed, **options)
    after = []
    for gradient, rate in zip(gradients, rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, value in params.items():
            value.grad = gradient[name].clone()
        optimizer.step()
        after.append(flat(params))
    states = {name: optimizer.state[value] for name, value in params.items()}
    final = {
        slot: {name: state[key].flatten().tolist() for name, state in states.items()}
        for slot, key in slots.items()
    }
    return {**case, "params": after, "slots": final}


def main():
    initial, gradients, rates = problem()
    content = {
        "source": f"PyTorch {torch.__version__.split('+')[0]}, float64, bench/sgd/make_references.py",
        "shapes": SHAPES,
        "initial": flat(initial),
        "gradients": [flat(gradient) for gradient in gradients],
        "learningRates": rates,
        "cases": [run(case, initial, gradients, rates) for case in CASES],
    }
    target = Path(__file__).parents[2] / "packages/sgd/test/pytorch.json"
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
