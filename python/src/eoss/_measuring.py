"""What a single measurement and a monitor have in common: the engine of a model, its process, and the request."""

from __future__ import annotations

from typing import Any, Callable

from ._commands import Commands
from ._errors import EossError
from ._measurement import measurement_of
from ._process import Process

#: Processes by the precision and device of their vectors, for single measurements.
_processes: dict = {}


def engine_of(model: Any, loss_fn: Any, data: Any, params: Any = None, **options: Any):
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


def options_of(tolerance, max_batches, seed, top, per_layer, certify, seconds) -> dict:
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


def process_for(engine: Any) -> Process:
    """A process for single measurements: one for each kind of vectors, used again."""
    vectors = engine.vectors()
    key = (type(vectors).__name__, vectors.precision, engine.device)
    process = _processes.get(key)
    if process is None or not process.is_alive:
        process = Process(Commands(vectors))
        _processes[key] = process
    return process


def check(engine: Any) -> None:
    report = engine.verify()
    if not report.ok:
        raise EossError(
            f"this loss cannot be measured: {report.advice[0]}. eoss.verify(…) shows all that was tried; "
            "check=False measures all the same"
        )


def refuse_unknown(process: Process, engine: Any, names: "list[str]") -> None:
    """:raises EossError: for names that are none, and for means over batches of no known size"""
    for name in names:
        if name not in process.quantities:
            known = ", ".join(process.quantities)
            raise EossError(f'unknown quantity "{name}"; allowed: {known}')
    batches = [name for name in names if process.quantities[name] == "batches"]
    if batches and engine.batch_size is None:
        raise EossError(f"{', '.join(batches)} is a mean over batches: give batch_size")


def measured(
    process: Process,
    engine: Any,
    problem: Any,
    names: "list[str]",
    step: int,
    options: dict,
    told: "Callable[[dict], None] | None" = None,
) -> dict:
    """What the process answers; to be called inside of ``engine.together``.

    :param told: called with each measurement as soon as it is there
    """
    if not names:
        raise EossError("give at least one quantity to measure")
    refuse_unknown(process, engine, names)
    process.commands.problems[1] = problem
    fields = {**engine.describe(problem), **options, "step": step, "quantities": names}
    try:
        answer = process.request("measure", fields, told)
    finally:
        process.commands.problems.clear()
    return {**answer, "measurements": [measurement_of(message) for message in answer["measurements"]]}
