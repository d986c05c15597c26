"""Samples of the user, each known by its index."""

from __future__ import annotations

from typing import Any

import jax
import numpy

from .._errors import EossError


class JaxSamples:
    """Batches of arrays with a row for each sample, or of a list of samples."""

    def __init__(self, data: Any):
        self._data = data
        if isinstance(data, (tuple, dict)):
            self.name = "arrays"
            leaves = jax.tree.leaves(data)
            sizes = {len(leaf) for leaf in leaves}
            if len(sizes) != 1:
                raise EossError(f"the arrays of the data have different numbers of rows: {sorted(sizes)}")
            self.size = sizes.pop()
            self._data = jax.tree.map(numpy.asarray, data)
        elif hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            self.name, self.size = type(data).__name__, len(data)
        else:
            raise EossError("data must be a tuple or dict of arrays, or a list of samples")
        if self.size == 0:
            raise EossError("the data set has no samples")

    def batch(self, indices: list) -> Any:
        if isinstance(self._data, (tuple, dict)):
            chosen = numpy.array(indices)
            return jax.tree.map(lambda column: column[chosen], self._data)
        samples = [self._data[index] for index in indices]
        return jax.tree.map(lambda *rows: numpy.stack([numpy.asarray(row) for row in rows]), *samples)
