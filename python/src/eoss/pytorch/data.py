"""Samples of the user, each known by its index."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset, default_collate

from .._errors import EossError


class Samples:
    """Batches of a data set by the indices of their samples; index i is the same sample every time.

    What a data set draws at random for a sample, such as an augmentation, is drawn from a stream of
    that sample's own.

    :param data: a map-style data set, a ``DataLoader`` of one (its collator is used), a tuple or a dict of
        arrays with a row for each sample, or a list of samples
    """

    def __init__(self, data: Any, device: torch.device):
        self.device = device
        self.name = "arrays" if isinstance(data, (tuple, dict)) else type(data).__name__
        self._collate = default_collate
        if isinstance(data, DataLoader):
            self._collate = data.collate_fn or default_collate
            data = data.dataset
            self.name = type(data).__name__
        if isinstance(data, IterableDataset):
            raise EossError(
                "an iterable data set has no samples to draw batches from: give a list of some thousand of "
                "its samples, e.g. data=list(itertools.islice(dataset, 4096)), or a tuple of tensors"
            )
        self._columns = _columns(data)
        self._rows = None if self._columns is not None else data
        if self._columns is not None:
            self.size = len(next(iter(self._values(self._columns))))
        elif hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            self.size = len(data)
        else:
            raise EossError(
                f"data must be a map-style data set, a DataLoader, a tuple (x, y) of arrays or a list of "
                f"samples, not {type(data).__name__}"
            )
        if self.size == 0:
            raise EossError("the data set has no samples")

    def batch(self, indices: list[int]) -> Any:
        """The samples of these indices as one batch, on the device of the model."""
        if self._columns is not None:
            return self._map(self._columns, lambda column: column[torch.tensor(indices)].to(self.device))
        batch = self._collate([self._sample(index) for index in indices])
        return converted(batch, lambda tensor: tensor.to(self.device))

    def _sample(self, index: int) -> Any:
        seed = zlib.crc32(index.to_bytes(8, "little"))
        torch.manual_seed(seed)
        random.seed(seed)
        numpy = _loaded("numpy")
        if numpy is not None:
            numpy.random.seed(seed)
        return self._rows[index]

    @staticmethod
    def _values(columns):
        return columns.values() if isinstance(columns, dict) else columns

    @staticmethod
    def _map(columns, use):
        if isinstance(columns, dict):
            return {name: use(column) for name, column in columns.items()}
        return tuple(use(column) for column in columns)


def _columns(data: Any):
    """Arrays with a row for each sample, if the data are that."""
    if isinstance(data, torch.utils.data.TensorDataset):
        return data.tensors
    if isinstance(data, list) and data and all(isinstance(one, torch.Tensor) for one in data):
        raise EossError("a list of tensors may be samples or columns: give a tuple (x, y) for columns")
    if not isinstance(data, (tuple, dict)):
        return None
    values = list(data.values() if isinstance(data, dict) else data)
    if not values or not all(hasattr(value, "shape") and len(value.shape) > 0 for value in values):
        raise EossError("a tuple of data must have arrays with a row for each sample, e.g. (x, y)")
    if len({len(value) for value in values}) != 1:
        sizes = ", ".join(str(len(value)) for value in values)
        raise EossError(f"the arrays of the data have different numbers of rows: {sizes}")
    tensors = [value if isinstance(value, torch.Tensor) else torch.as_tensor(value) for value in values]
    return dict(zip(data, tensors)) if isinstance(data, dict) else tuple(tensors)


def converted(batch: Any, use: Any) -> Any:
    """A batch with something done to each of its tensors."""
    if isinstance(batch, torch.Tensor):
        return use(batch)
    if isinstance(batch, Mapping):
        made = {key: converted(value, use) for key, value in batch.items()}
        # Batches of Hugging Face are mappings with attributes.
        return type(batch)(made) if type(batch) is not dict else made
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(converted(value, use) for value in batch))
    if isinstance(batch, Sequence) and not isinstance(batch, (str, bytes)):
        return type(batch)(converted(value, use) for value in batch)
    return batch


def _loaded(name: str):
    import sys

    return sys.modules.get(name)
