"""The monitor of a training loop."""

from __future__ import annotations

import platform
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Iterable

from ._cadence import Cadence
from ._commands import Commands
from ._errors import EossError
from ._figure import Live, drawn, table
from ._logs import Log, loggers
from ._measurement import Measurement, measurement_of
from ._measuring import check as checked
from ._measuring import engine_of, measured, options_of, refuse_unknown
from ._process import Process

DEFAULT_QUANTITIES = ("fullbs", "minibs", "batch-sharpness", "loss")


class Monitor:
    """Measures a model in the user's own training loop, and keeps what it measured in a run folder.

    ::

        with eoss.Monitor(model, loss_fn, train_set, optimizer=opt, batch_size=16, every=200,
                          measure=["minibs", "fullbs", "batch-sharpness"], out="runs/mine") as monitor:
            for x, y in loader:
                monitor.step()
                loss = loss_fn(model(x), y); opt.zero_grad(); loss.backward(); opt.step()

    :param every: steps between measurements
    :param budget: share of the loop's time that measuring may take, e.g. 0.2 or "20%"; ``every`` is then the smallest
        spacing, and sharpness near its threshold is measured up to four times as often
    :param measure: names of quantities
    :param out: folder of the run, for ``eoss report`` and all other commands; None keeps no records
    :param resume: whether the run in ``out`` is gone on with; records of later steps are made again
    :param on_measured: called with the step and each measurement as soon as it is there
    :param on_plateau: called with ``self.plateau`` once it is reached
    :param log: where values go as they come: "tensorboard" (into ``out``), "wandb" (the present run), a
        ``SummaryWriter``, a run of wandb, or several of these
    :param live: whether a notebook shows a figure that follows
    :param plateau: the test behind ``self.plateau``, as the setting of ``eoss train``
    :param others: as those of ``measure``
    """

    def __init__(
        self,
        model: Any = None,
        loss_fn: "Callable | None" = None,
        data: Any = None,
        *,
        every: int = 200,
        budget: "float | str | None" = None,
        measure: "Iterable[str]" = DEFAULT_QUANTITIES,
        out: "str | Path | None" = None,
        resume: bool = False,
        on_measured: "Callable[[int, Measurement], None] | None" = None,
        on_plateau: "Callable[[dict], None] | None" = None,
        log: "Log | Iterable[Log]" = (),
        live: bool = False,
        plateau: str = "",
        tolerance: float = 0.02,
        max_batches: int = 256,
        seed: int = 0,
        top: int = 1,
        per_layer: bool = False,
        certify: str = "auto",
        seconds: "float | None" = None,
        check: bool = True,
        **engine: Any,
    ):
        self._cadence, self.every = Cadence(every, budget), every
        self.names = [measure] if isinstance(measure, str) else list(measure)
        self.out = None if out is None else str(out)
        self.on_measured, self.on_plateau = on_measured, on_plateau
        #: The plateau that was reached, if one was: a dict with ``step``, ``quantity``, ``since``.
        self.plateau: "dict | None" = None
        #: The measurements of the last step that was measured.
        self.last: "list[Measurement]" = []
        #: All measurements, with their steps.
        self.history: "list[tuple[int, Measurement]]" = []
        self._options = options_of(tolerance, max_batches, seed, top, per_layer, certify, seconds)
        self._plateau_rule, self._resume, self._check = plateau, resume, check
        self._engine = engine_of(model, loss_fn, data, seed=seed, **engine)
        if self.out is not None and self._engine.learning_rate() is None:
            raise EossError("a run needs a learning rate: give optimizer=… or lr=…")
        if plateau and self.out is None:
            raise EossError("a plateau is looked for among the records of a run: give out=…")
        if "distance" in self.names:
            self._engine.keep_start()
        self._process: "Process | None" = None
        self._begun = False
        self._next = 0
        self._closed = False
        if check:
            checked(self._engine)
        # What cannot be measured is said before the first step.
        self._engine.together(lambda problem: refuse_unknown(self._started(), self._engine, self.names))
        self._logs = loggers(log, self.out) if self._leads else []
        self._live = Live(self) if live and self._leads else None

    def step(self, step: "int | None" = None) -> "list[Measurement] | None":
        """To be called before each update; measures if it is due.

        :param step: updates made before; by default the calls are counted
        :return: the measurements, if some were made
        """
        if self._closed:
            raise EossError("the monitor was closed")
        now = self._next if step is None else int(step)
        self._next = now + 1
        if self._cadence.budget is not None:
            self._engine.wait()
        try:
            return self.measure_now(now) if self._cadence.due(now) else None
        finally:
            self._cadence.leave(now)

    def measure_now(self, step: "int | None" = None) -> "list[Measurement]":
        """Measures, whether it is due or not."""
        now = max(0, self._next - 1) if step is None else step
        answer = self._engine.together(lambda problem: self._measured(now, problem))
        self.last = answer["measurements"]
        self.history += [(now, one) for one in self.last]
        self._cadence.next = answer["next"]
        reached = answer.get("plateau")
        if reached is not None and self.plateau is None and self.on_plateau is not None:
            self.on_plateau(reached)
        self.plateau = reached or self.plateau
        if self._live is not None:
            self._live.update()
        return self.last

    def figure(self) -> Any:
        """What was measured over the steps, as a figure of matplotlib: a panel for each unit, with errors."""
        return drawn(self.history, self._engine.model_name)

    def _repr_html_(self) -> str:
        return table(self.last, self.plateau, self._next)

    @property
    def _leads(self) -> bool:
        return self._engine.ranks is None or self._engine.ranks.leads

    def _measured(self, now: int, problem: Any) -> dict:
        began = self._cadence.now()
        process = self._started()
        if self.out is not None and not self._begun:
            process.request("begin", self._description(now))
            self._begun, self._resume = True, True

        def told(message: dict) -> None:
            one = measurement_of(message)
            for use in [*([self.on_measured] if self.on_measured else []), *self._logs]:
                use(now, one)

        options = {**self._options, "remember": True}
        answer = measured(process, self._engine, problem, self.names, now, options, told)
        self._cadence.measured(now, began, lambda state: process.request("next", state)["step"])
        return {**answer, "next": self._cadence.next}

    def close(self, message: str = "the training loop ended", reason: str = "completed") -> None:
        """Closes the run and ends the Node process."""
        self._closed = True
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if self._begun and process.is_alive:
                process.request("end", {"reason": reason, "message": message, "step": self._next})
        finally:
            process.close()

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(self, kind: Any, error: Any, _: Any) -> None:
        if kind is None:
            self.close()
            return
        reason = "failed" if issubclass(kind, Exception) else "interrupted"
        self.close(f"{kind.__name__}: {error}".splitlines()[0][:300], reason)

    def _started(self) -> Process:
        if self._process is None or not self._process.is_alive:
            if self._process is not None:
                warnings.warn("the eoss process ended, and a new one goes on from here", stacklevel=4)
                self._process.close()
            self._process = Process(Commands(self._engine.vectors()))
            self._begun = False
        return self._process

    def _description(self, step: int) -> dict:
        engine = self._engine
        rule = engine.rule()
        known = rule is not None and rule.reason is None
        script = Path(sys.argv[0] or "python").name or "python"
        rate = engine.learning_rate()
        options = self._options
        config = {
            "data": engine.samples.name,
            "model": engine.model_name,
            "loss": engine.loss_name,
            "optimizer": engine.optimizer_name,
            "lr": rate,
            "batch": engine.batch_size or engine.samples.size,
            "samples": engine.samples.size,
            "every": self.every,
            **({} if self._cadence.budget is None else {"budget": self._cadence.budget}),
            "measure": self.names,
            "tolerance": options["tolerance"],
            "max-batches": options["maxBatches"],
            "certify": options["certify"],
            "seed": options["seed"],
        }
        return {
            "directory": self.out,
            "resume": self._resume,
            "step": step,
            "samples": engine.samples.size,
            "batchSize": config["batch"],
            "learningRate": rate,
            **({"optimizer": {"name": rule.name, **rule.options}} if known else {}),
            "seed": options["seed"],
            "config": config,
            "model": {"name": engine.model_name, "parameters": engine.size},
            "dataset": engine.samples.name,
            "command": " ".join(["python", *sys.argv]),
            "versions": {"python": platform.python_version()},
            "backend": f"{engine.framework} on {engine.device}",
            "measured": {
                "framework": engine.framework,
                "device": engine.device,
                "loss": engine.loss_name,
                "optimizer": engine.optimizer_name,
                "source": script,
            },
            "plateau": self._plateau_rule,
        }


