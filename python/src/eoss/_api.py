"""What users call: measure once, verify, and the monitor of a training loop."""

from __future__ import annotations

import platform
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Iterable, Union

from ._cadence import Cadence
from ._commands import Commands
from ._errors import EossError
from ._measurement import Measurement, measurement_of
from ._process import Process

DEFAULT_QUANTITIES = ("fullbs", "minibs", "batch-sharpness", "loss")

#: Processes by the precision and device of their vectors, for single measurements.
_processes: dict = {}


def measure(
    model: Any = None,
    loss_fn: "Callable | None" = None,
    data: Any = None,
    quantities: "Union[str, Iterable[str]]" = "fullbs",
    *,
    tolerance: float = 0.02,
    max_batches: int = 256,
    seed: int = 0,
    step: int = 0,
    top: int = 1,
    per_layer: bool = False,
    certify: str = "all",
    seconds: "float | None" = None,
    check: bool = True,
    **engine: Any,
) -> "Union[Measurement, list[Measurement]]":
    """Measures quantities of a model at its present parameters; the model and all around it stay as they are.

    :param model: a ``torch.nn.Module``; with JAX leave it out and give ``loss=f, params=params``
    :param loss_fn: ``loss_fn(model(x), y)``, a mean over samples; or give ``loss=lambda model, batch: …``
    :param data: a map-style data set, a ``DataLoader`` of one, a tuple (x, y) of arrays, or a list of samples
    :param quantities: names, e.g. "fullbs", "minibs", "batch-sharpness"; a wrong one lists them
    :param tolerance: relative error that is good enough
    :param max_batches: batches that a mean may use at most
    :param seed: of the batches and random vectors; with ``step`` the same as in a run
    :param top: eigenvalues wanted of the full-batch matrices
    :param per_layer: whether eigenvalues of each parameter tensor's block are given too
    :param certify: "all", "auto" or "off": which eigenvalues have bounds with a known probability
    :param seconds: after which the measurement is given up
    :param check: whether the loss is verified first, see ``verify``
    :param engine: ``batch_size``, ``optimizer``, ``lr``, ``held_out``, ``coupled``, ``likelihood``, ``chunk``, ``loss``,
        ``params``; ``second_derivative="differences"`` for models whose gradient PyTorch does not differentiate again
    :return: one measurement for a single name, else a list in the order of the names
    :raises EossError: if something cannot be measured: what, and what to do
    """
    names = [quantities] if isinstance(quantities, str) else list(quantities)
    made = _engine(model, loss_fn, data, seed=seed, **engine)
    if check:
        _check(made)
    process = _process_for(made)
    options = _options(tolerance, max_batches, seed, top, per_layer, certify, seconds)
    measured = _measure(process, made, names, step, options)["measurements"]
    return measured[0] if isinstance(quantities, str) else measured


def verify(model: Any = None, loss_fn: "Callable | None" = None, data: Any = None, **engine: Any):
    """Looks whether a loss is what eoss takes it for, on eight samples.

    Whether it is the same from call to call, a mean over samples, and whether its second derivative is symmetric and the
    slope of its gradient, by central differences.

    :return: a report: ``ok``, ``defects`` by name, ``advice``; printed, it is a table
    """
    return _engine(model, loss_fn, data, **engine).verify()


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
        self.on_measured = on_measured
        #: The plateau that was reached, if one was: a dict with ``step``, ``quantity``, ``since``.
        self.plateau: "dict | None" = None
        #: The measurements of the last step that was measured.
        self.last: "list[Measurement]" = []
        self._options = _options(tolerance, max_batches, seed, top, per_layer, certify, seconds)
        self._plateau_rule, self._resume, self._check = plateau, resume, check
        self._engine = _engine(model, loss_fn, data, seed=seed, **engine)
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
            _check(self._engine)
        # What cannot be measured is said before the first step.
        _unknown(self._started(), self._engine, self.names)

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
        began = self._cadence.now()
        process = self._started()
        if self.out is not None and not self._begun:
            process.request("begin", self._description(now))
            self._begun, self._resume = True, True

        def told(message: dict) -> None:
            if self.on_measured is not None:
                self.on_measured(now, measurement_of(message))

        options = {**self._options, "remember": True}
        answer = _measure(process, self._engine, self.names, now, options, told)
        self.last = answer["measurements"]
        self.plateau = answer.get("plateau", self.plateau)
        self._cadence.measured(now, began, lambda state: process.request("next", state)["step"])
        return self.last

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


def _engine(model: Any, loss_fn: Any, data: Any, params: Any = None, **options: Any):
    if data is None:
        raise EossError("give the data, e.g. a map-style data set or a tuple (x, y) of arrays")
    if params is not None:
        from .jax.engine import JaxEngine

        return JaxEngine(params, data, model=model, loss_fn=loss_fn, **options)
    try:
        from .pytorch.engine import TorchEngine
    except ImportError as error:
        raise EossError(f"PyTorch cannot be imported ({error}); for JAX give loss=f, params=params") from error
    return TorchEngine(model, loss_fn, data, **options)


def _options(tolerance, max_batches, seed, top, per_layer, certify, seconds) -> dict:
    options = {
        "tolerance": tolerance,
        "maxBatches": max_batches,
        "seed": seed,
        "top": top,
        "perLayer": per_layer,
        "certify": certify,
    }
    if certify not in ("all", "auto", "off"):
        raise EossError(f'certify is {certify!r}; allowed: "all", "auto", "off"')
    return {**options, "seconds": seconds} if seconds is not None else options


def _process_for(engine: Any) -> Process:
    """A process for single measurements: one for each kind of vectors, used again."""
    vectors = engine.vectors()
    key = (type(vectors).__name__, vectors.precision, engine.device)
    process = _processes.get(key)
    if process is None or not process.is_alive:
        process = Process(Commands(vectors))
        _processes[key] = process
    return process


def _check(engine: Any) -> None:
    report = engine.verify()
    if not report.ok:
        raise EossError(
            f"this loss cannot be measured: {report.advice[0]}. eoss.verify(…) shows all that was tried; "
            "check=False measures all the same"
        )


def _unknown(process: Process, engine: Any, names: "list[str]") -> None:
    """:raises EossError: for names that are none, and for means over batches of no known size"""
    for name in names:
        if name not in process.quantities:
            known = ", ".join(process.quantities)
            raise EossError(f'unknown quantity "{name}"; allowed: {known}')
    batches = [name for name in names if process.quantities[name] == "batches"]
    if batches and engine.batch_size is None:
        raise EossError(f"{', '.join(batches)} is a mean over batches: give batch_size")


def _measure(
    process: Process,
    engine: Any,
    names: "list[str]",
    step: int,
    options: dict,
    told: "Callable[[dict], None] | None" = None,
) -> dict:
    if not names:
        raise EossError("give at least one quantity to measure")
    _unknown(process, engine, names)
    with engine.measuring() as problem:
        process.commands.problems[1] = problem
        fields = {**engine.describe(problem), **options, "step": step, "quantities": names}
        try:
            answer = process.request("measure", fields, told)
        finally:
            process.commands.problems.clear()
    measured = [measurement_of(message) for message in answer["measurements"]]
    return {**answer, "measurements": measured}
