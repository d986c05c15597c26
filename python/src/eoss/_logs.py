"""Values as they come, to the loggers that people have."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterable, Union

from ._errors import EossError
from ._measurement import Measurement

#: A name, a ``SummaryWriter`` (it has ``add_scalar``) or a run of Weights & Biases (it has ``log``).
Log = Union[str, Any]
Use = Callable[[int, Measurement], None]


def loggers(wanted: "Log | Iterable[Log]", out: "str | None") -> "list[Use]":
    """What is called with a step and a measurement, for each logger.

    :param out: the folder of the run, where TensorBoard finds its file too
    :raises EossError: for what is no logger, or is not installed
    """
    listed = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    return [_logger(one, out) for one in listed]


def _logger(log: Log, out: "str | None") -> Use:
    if log == "tensorboard":
        return _to_tensorboard(_writer(out))
    if log == "wandb":
        return _to_wandb(_run())
    if hasattr(log, "add_scalar"):
        return _to_tensorboard(log)
    if hasattr(log, "log") and hasattr(log, "define_metric"):
        return _to_wandb(log)
    raise EossError(
        f'log is {log!r}; allowed: "tensorboard", "wandb", a SummaryWriter, a run of wandb, or a list of these. Any '
        "other logger: on_measured=lambda step, measured: …"
    )


def _scalars(measured: Measurement) -> "dict[str, float]":
    values = {measured.quantity: measured.value, f"{measured.quantity} error": measured.error}
    return {f"eoss/{name}": value for name, value in values.items() if value is not None and math.isfinite(value)}


def _to_tensorboard(writer: Any) -> Use:
    def use(step: int, measured: Measurement) -> None:
        for name, value in _scalars(measured).items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return use


def _to_wandb(run: Any) -> Use:
    # The steps of wandb count calls of log, which are the user's: values have an axis of their own.
    run.define_metric("eoss/*", step_metric="eoss/step")

    def use(step: int, measured: Measurement) -> None:
        run.log({**_scalars(measured), "eoss/step": step})

    return use


def _writer(out: "str | None") -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise EossError(f'log="tensorboard" needs the package tensorboard ({error})') from error
    if out is None:
        raise EossError('log="tensorboard" writes into the folder of the run: give out=…, or a SummaryWriter of your own')
    return SummaryWriter(f"{out}/tensorboard")


def _run() -> Any:
    try:
        import wandb
    except ImportError as error:
        raise EossError(f'log="wandb" needs the package wandb ({error})') from error
    if wandb.run is None:
        raise EossError('log="wandb" logs to the present run: call wandb.init(…) before')
    return wandb.run
