"""At which steps a loop is measured, by what steps and measurements take."""

from __future__ import annotations

import time
from typing import Callable

from ._errors import EossError


class Cadence:
    """Every so many steps, or less often where a budget wants it.

    :param budget: the share of the loop's time that measuring may take, 0.2 or "20%"; ``every`` is then the smallest
        spacing
    """

    def __init__(self, every: int, budget: "float | str | None", now: Callable[[], float] = time.perf_counter):
        if not (isinstance(every, int) and every >= 1):
            raise EossError(f"every is {every}; allowed: a whole number from 1 on")
        self.every, self.budget = every, None if budget is None else _share(budget)
        self._now = now
        #: The step of the next measurement, with a budget.
        self.next = 0
        self._training = self._measuring = self._step = 0.0
        #: When the last call ended, and at which step.
        self._left: "tuple[float, int] | None" = None

    def due(self, step: int) -> bool:
        """Whether to measure at a step. The time since the last call is the loop's."""
        if self._left is not None and step > self._left[1]:
            seconds = self._now() - self._left[0]
            one = seconds / (step - self._left[1])
            self._training += seconds
            # Of the last ten steps or so: the first ones are slower.
            self._step += (one - self._step) / (10 if self._step else 1)
        return step % self.every == 0 if self.budget is None else step >= self.next

    def leave(self, step: int) -> None:
        """The loop goes on."""
        self._left = (self._now(), step)

    def measured(self, step: int, began: float, ask: "Callable[[dict], int]") -> None:
        """:param ask: the step of the next measurement by the state of the cadence, which the Node side knows"""
        seconds = self._now() - began
        self._measuring += seconds
        if self.budget is not None:
            timings = {
                "training": self._training,
                "measuring": self._measuring,
                "step": self._step,
                "measurement": seconds,
            }
            self.next = ask({"step": step, "every": self.every, "budget": self.budget, "timings": timings})

    def now(self) -> float:
        return self._now()


def _share(budget: "float | str") -> float:
    try:
        share = float(budget[:-1]) / 100 if isinstance(budget, str) and budget.endswith("%") else float(budget)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 < share < 1:
        raise EossError(
            f'budget is {budget!r}; allowed: the share of the time that measuring may take, e.g. 0.2 or "20%". A limit '
            "in seconds for a single measurement is seconds=…"
        )
    return share
