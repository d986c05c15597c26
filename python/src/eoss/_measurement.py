"""What was measured, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_NAMES = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True)
class Measurement:
    """A number with its error and its cost.

    :ivar quantity: its name, e.g. ``fullbs``
    :ivar error: half width of the 95 % interval of a mean over batches, plus the bound on the numerical error; None
        where neither is known
    :ivar status: ``converged``, ``exact``, ``budget-spent`` (the error is larger than the tolerance) or
        ``not-finite``
    :ivar products: Hessian-vector products spent
    :ivar batches: values of the single batches behind a mean
    :ivar threshold: what the value is compared with, e.g. 2/η for SGD; None where there is nothing
    :ivar parts: further numbers by name
    """

    quantity: str
    value: float
    error: "float | None"
    status: str
    unit: str
    products: float
    samples: int
    seconds: float
    margin: "float | None" = None
    standard_error: "float | None" = None
    error_bound: "float | None" = None
    error_kind: "str | None" = None
    threshold: "float | None" = None
    batches: tuple = ()
    parts: dict = field(default_factory=dict)

    def __str__(self) -> str:
        error = "" if self.error is None else f" ± {self.error:.2g}"
        return f"{self.quantity} = {self.value:.6g}{error} ({self.status})"


def measurement_of(message: dict) -> Measurement:
    """A measurement as Node tells it."""
    read = _read(message)
    return Measurement(
        quantity=read["quantity"],
        value=read["value"],
        error=read.get("error"),
        status=read["status"],
        unit=read["unit"],
        products=read["products"],
        samples=read["samples"],
        seconds=read["seconds"],
        margin=read.get("margin"),
        standard_error=read.get("standardError"),
        error_bound=read.get("errorBound"),
        error_kind=read.get("errorKind"),
        threshold=read.get("threshold"),
        batches=tuple(read.get("batches", ())),
        parts=read.get("parts", {}),
    )


def _read(value: Any) -> Any:
    """What was no finite number stands as its name."""
    if isinstance(value, dict):
        return {key: _read(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_read(one) for one in value]
    return _NAMES.get(value, value) if isinstance(value, str) else value
