"""The update rule of PyTorch's optimizers: what a step will do, read from their state."""

from __future__ import annotations

from typing import Any

import torch

from .._errors import EossError


class Rule:
    """A torch optimizer as it stands before its next step, under the names of eoss.

    ``name`` and ``options`` are those of @eoss/sgd, which declares thresholds; ``reason`` says why the rule
    is not known, and is None where it is.
    """

    def __init__(self, optimizer: Any, parameters: list):
        self.optimizer, self.parameters = optimizer, parameters
        self.called = type(optimizer).__name__
        self.name: "str | None" = None
        self.options: dict = {}
        self.reason: "str | None" = None
        try:
            self._group = self._one_group()
            self._read()
        except EossError as error:
            self.reason = str(error)
            self.name = None

    @property
    def learning_rate(self) -> float:
        """η of the next step, of the first group of parameters."""
        return float(self.optimizer.param_groups[0]["lr"])

    def state(self) -> str:
        """What P is: ``identity``, ``diagonal``, or ``not yet`` before the first update."""
        if self.name not in ("adam", "adamw", "rmsprop"):
            return "identity"
        return "diagonal" if all(self.optimizer.state.get(p) for p in self.parameters) else "not yet"

    def preconditioner(self) -> list:
        """P by which the rule divides its step, a tensor for each parameter."""
        return [self._denominator(self.optimizer.state[p]) for p in self.parameters]

    def direction(self, gradients: list) -> list:
        """p for a gradient: the step is η·p. A tensor for each parameter, in double precision."""
        return [
            self._step(p.data.double(), g.double(), self.optimizer.state.get(p) or {})
            for p, g in zip(self.parameters, gradients)
        ]

    def _one_group(self) -> dict:
        groups = self.optimizer.param_groups
        same = [{k: v for k, v in group.items() if k not in ("params", "initial_lr")} for group in groups]
        differing = sorted({k for g in same for k in g if g.get(k) != same[0].get(k)})
        if differing:
            raise EossError(
                f"the optimizer has groups of parameters with different {', '.join(differing)}; eoss knows "
                "rules that are the same for all parameters"
            )
        optimized = {id(p) for group in groups for p in group["params"]}
        missing = sum(id(p) not in optimized for p in self.parameters)
        if missing:
            raise EossError(
                f"{missing} parameters of the model are not those of the optimizer: freeze them "
                "(requires_grad=False) or add them"
            )
        return groups[0]

    def _read(self) -> None:
        group, kind = self._group, type(self.optimizer)
        known = {
            torch.optim.SGD: self._sgd,
            torch.optim.Adam: self._adam,
            torch.optim.AdamW: self._adam,
            torch.optim.RMSprop: self._rmsprop,
        }
        if kind not in known:
            raise EossError(
                f"the update rule of {kind.__name__} is not known; known are SGD, Adam, AdamW and RMSprop of "
                "torch.optim"
            )
        if group.get("maximize"):
            raise EossError("the optimizer has maximize=True, and a loss is minimized")
        known[kind](group)

    def _sgd(self, group: dict) -> None:
        momentum = group["momentum"]
        self.options = {"weightDecay": group["weight_decay"]}
        if momentum == 0:
            self.name = "sgd"
            return
        if group["dampening"] != 0:
            raise EossError("SGD with dampening is not known; known is dampening=0")
        self.name = "nesterov" if group["nesterov"] else "heavy-ball"
        self.options["momentum"] = momentum

    def _adam(self, group: dict) -> None:
        if group.get("amsgrad"):
            raise EossError(f"{self.called} with amsgrad=True is not known")
        # AdamW is an Adam whose decay is decoupled, in newer versions by an option.
        decoupled = isinstance(self.optimizer, torch.optim.AdamW) or group.get("decoupled_weight_decay")
        self.name = "adamw" if decoupled else "adam"
        self.options = {
            "betas": [float(beta) for beta in group["betas"]],
            "epsilon": group["eps"],
            "weightDecay": group["weight_decay"],
        }

    def _rmsprop(self, group: dict) -> None:
        if group["centered"] or group["momentum"] != 0:
            raise EossError("RMSprop with centered=True or a momentum is not known")
        self.name = "rmsprop"
        self.options = {
            "alpha": group["alpha"],
            "epsilon": group["eps"],
            "weightDecay": group["weight_decay"],
        }

    def _denominator(self, state: dict) -> torch.Tensor:
        """P: see the rules of @eoss/sgd."""
        group = self._group
        if self.name == "rmsprop":
            return state["square_avg"].double().sqrt() + group["eps"]
        beta1, beta2 = group["betas"]
        updates = float(state["step"])
        mean = state["exp_avg_sq"].double() / (1 - beta2**updates)
        return (mean.sqrt() + group["eps"]) * (1 - beta1**updates)

    def _step(self, theta: torch.Tensor, g: torch.Tensor, state: dict) -> torch.Tensor:
        group, name = self._group, self.name
        decay = group["weight_decay"]
        if decay and name != "adamw":
            g = g + decay * theta
        if name == "sgd":
            return -g
        if name in ("heavy-ball", "nesterov"):
            before = state.get("momentum_buffer")
            velocity = g if before is None else group["momentum"] * before.double() + g
            return -(g + group["momentum"] * velocity) if name == "nesterov" else -velocity
        if name == "rmsprop":
            alpha = group["alpha"]
            before = state["square_avg"].double() if state else torch.zeros_like(g)
            return -g / ((alpha * before + (1 - alpha) * g**2).sqrt() + group["eps"])
        beta1, beta2 = group["betas"]
        updates = float(state["step"]) + 1 if state else 1.0
        mean = beta1 * (state["exp_avg"].double() if state else 0) + (1 - beta1) * g
        square = beta2 * (state["exp_avg_sq"].double() if state else 0) + (1 - beta2) * g**2
        corrected = (square / (1 - beta2**updates)).sqrt() + group["eps"]
        step = -(mean / (1 - beta1**updates)) / corrected
        return step - decay * theta if name == "adamw" else step
