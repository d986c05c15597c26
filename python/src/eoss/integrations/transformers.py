"""A callback for the Trainer of Hugging Face."""

from __future__ import annotations

from typing import Any

from .._errors import EossError
from ._callback import Watch

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise EossError(f"eoss.integrations.transformers needs transformers ({error}): pip install transformers") from error


class MonitorCallback(TrainerCallback):
    """Measures before updates of a training with the Trainer of Hugging Face.

    ::

        Trainer(model, args, train_dataset=data, callbacks=[MonitorCallback(every=200, out="runs/mine")]).train()

    The loss is ``model(**batch).loss``, unless ``loss`` is given; the data are those of the training, with its collator.
    It is the mean over samples only if each has as many targets, as in classification; where the loss is a mean over the
    tokens of a batch, say ``coupled=True``. A step is an update, also where gradients are accumulated. Of
    several processes the first one measures, and the others wait for it.

    :param options: those of ``eoss.Monitor``
    """

    def __init__(self, **options: Any):
        self._watch = Watch(options)

    @property
    def monitor(self):
        """The ``eoss.Monitor`` while training lasts; else None."""
        return self._watch.monitor

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not state.is_world_process_zero:
            return
        self._watch.begin(
            kwargs["model"],
            loss=_own_loss,
            data=kwargs["train_dataloader"],
            optimizer=_plain(kwargs["optimizer"]),
            batch_size=args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
        )

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            self._watch.step(state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._watch.end()


def _own_loss(model: Any, batch: Any) -> Any:
    return model(**batch).loss


def _plain(optimizer: Any) -> Any:
    """The optimizer inside of that of accelerate."""
    return getattr(optimizer, "optimizer", optimizer)
