"""A callback for the Trainer of Lightning."""

from __future__ import annotations

from typing import Any

from .._errors import EossError
from ._callback import Watch

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:
    try:
        from pytorch_lightning.callbacks import Callback  # the package's older name
    except ImportError as error:
        raise EossError(f"eoss.integrations.lightning needs Lightning ({error}): pip install lightning") from error


class MonitorCallback(Callback):
    """Measures before updates of a training with Lightning.

    ::

        callback = MonitorCallback(loss=lambda module, batch: F.cross_entropy(module(batch[0]), batch[1]),
                                   batch_size=16, every=200, out="runs/mine")
        Trainer(callbacks=[callback]).fit(module, loader)

    A step is an update, also where gradients of several batches are accumulated for it. The data are those of the
    training's loader, unless ``data`` is given. Measured are the parameters before the update; the module, its
    gradients and the scaler of mixed precision stay as they are.

    :param options: those of ``eoss.Monitor``; ``loss`` or ``loss_fn`` has to be given, as ``training_step`` also logs and
        counts
    """

    def __init__(self, **options: Any):
        super().__init__()
        if "loss" not in options and "loss_fn" not in options:
            raise EossError(
                "give loss=lambda module, batch: …, the mean loss of a batch, or loss_fn for batches (x, y): training_step "
                "also logs and counts, and cannot be asked for a loss alone"
            )
        self._watch = Watch(options)
        self._seen: "int | None" = None

    @property
    def monitor(self):
        """The ``eoss.Monitor`` while training lasts; else None."""
        return self._watch.monitor

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        if len(trainer.optimizers) != 1:
            raise EossError(f"the module has {len(trainer.optimizers)} optimizers; eoss measures the loss of one")
        loader = trainer.train_dataloader
        # With several ranks it is the module as it is wrapped.
        self._watch.begin(
            trainer.strategy.model,
            data=loader,
            optimizer=trainer.optimizers[0],
            # An update is made of all batches that are accumulated for it.
            **_batch_size(loader, trainer),
        )

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        # Closures of some optimizers come here several times for one update.
        if self._seen != trainer.global_step:
            self._seen = trainer.global_step
            self._watch.step(trainer.global_step)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._watch.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._watch.end(exception)


def _batch_size(loader: Any, trainer: Any) -> dict:
    size = getattr(loader, "batch_size", None)
    return {} if size is None else {"batch_size": size * trainer.accumulate_grad_batches * trainer.world_size}
