"""A callback for loops that call ``on_train_batch_begin`` and its like, as those of Keras do."""

from __future__ import annotations

from typing import Any

from ._callback import Watch


class MonitorCallback:
    """Measures before updates of a loop that calls what Keras calls; the model is one of PyTorch.

    ::

        callback = MonitorCallback(model, loss_fn=loss_fn, data=(x, y), optimizer=opt, batch_size=16, every=200)
        callback.on_train_begin()
        for batch, (x, y) in enumerate(loader):
            callback.on_train_batch_begin(batch)
            …
            callback.on_train_batch_end(batch)
        callback.on_train_end()

    Updates are counted from one epoch to the next: the number of a batch is not used.

    :param options: those of ``eoss.Monitor``
    """

    def __init__(self, model: Any = None, **options: Any):
        self._model, self._watch, self._updates = model, Watch(options), 0

    @property
    def monitor(self):
        """The ``eoss.Monitor`` while training lasts; else None."""
        return self._watch.monitor

    def set_model(self, model: Any) -> None:
        self._model = self._model or model

    def set_params(self, params: Any) -> None:
        pass

    def on_train_begin(self, logs: Any = None) -> None:
        self._watch.begin(self._model)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._watch.step(self._updates)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._updates += 1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        pass

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        pass

    def on_train_end(self, logs: Any = None) -> None:
        self._watch.end()
