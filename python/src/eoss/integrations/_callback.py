"""What all callbacks do: make a monitor when training begins, and close it when it ends."""

from __future__ import annotations

from typing import Any

from .._errors import EossError
from .._monitor import Monitor


class Watch:
    """A monitor whose options are known before the model is.

    :param options: those of ``eoss.Monitor``; ``step`` of the loop is counted in updates
    """

    def __init__(self, options: dict):
        self._options = options
        self.monitor: "Monitor | None" = None

    def begin(self, model: Any, **found: Any) -> None:
        """:param found: what the loop knows by itself; options that were given count before it"""
        if self.monitor is None:
            loss_fn = self._options.get("loss_fn")
            given = {name: value for name, value in self._options.items() if name != "loss_fn"}
            if loss_fn is not None:
                found.pop("loss", None)
            self.monitor = Monitor(model, loss_fn, **{**found, **given})

    def step(self, step: int) -> None:
        """Before the update of a step."""
        if self.monitor is None:
            raise EossError("the training begins without telling the callback: on_train_begin was not called")
        self.monitor.step(step)

    def end(self, error: "BaseException | None" = None) -> None:
        monitor, self.monitor = self.monitor, None
        if monitor is not None:
            monitor.__exit__(None if error is None else type(error), error, None)
