"""What users call once: measure, and verify."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Union

from ._measurement import Measurement
from ._measuring import check as checked
from ._measuring import engine_of, measured, options_of, process_for


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
        ``params``; ``memory``, the bytes that a search may take (default: what is free);
        ``second_derivative="differences"`` for models whose gradient is not differentiated again
    :return: one measurement for a single name, else a list in the order of the names
    :raises EossError: if something cannot be measured: what, and what to do
    """
    names = [quantities] if isinstance(quantities, str) else list(quantities)
    made = engine_of(model, loss_fn, data, seed=seed, **engine)
    if check:
        checked(made)
    options = options_of(tolerance, max_batches, seed, top, per_layer, certify, seconds)
    answer = made.together(lambda problem: measured(process_for(made), made, problem, names, step, options))
    return answer["measurements"][0] if isinstance(quantities, str) else answer["measurements"]


def verify(model: Any = None, loss_fn: "Callable | None" = None, data: Any = None, **engine: Any):
    """Looks whether a loss is what eoss takes it for, on eight samples.

    Whether it is the same from call to call, a mean over samples, and whether its second derivative is symmetric and the
    slope of its gradient, by central differences.

    :return: a report: ``ok``, ``defects`` by name, ``advice``; printed, it is a table
    """
    return engine_of(model, loss_fn, data, **engine).verify()
