"""Outputs of a model, and what they are compared with, as rows of numbers."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from .._errors import EossError


def rows_of(f: torch.Tensor, y: Any, loss_fn: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs with their classes last, and targets of the same shape: class numbers become one-hot.

    :raises EossError: if the targets are neither
    """
    values = f.unsqueeze(-1) if f.dim() == 1 else f
    if isinstance(y, torch.Tensor):
        # PyTorch's own cross-entropy has the classes second.
        if is_cross_entropy(loss_fn) and values.dim() > 2:
            values = values.movedim(1, -1)
            y = y.movedim(1, -1) if y.dim() == values.dim() else y
        if y.shape == values.shape:
            return values, y
        if y.shape == f.shape:
            return values, y.reshape(values.shape)
        if not y.is_floating_point() and y.shape == values.shape[:-1]:
            known = y.clamp(0, values.shape[-1] - 1).long()
            return values, F.one_hot(known, values.shape[-1])
    raise EossError(
        f"outputs of the shape {tuple(f.shape)} have targets {shape_of(y)}, which are neither of the same shape "
        "nor class numbers"
    )


def is_cross_entropy(loss_fn: Any) -> bool:
    return loss_fn is F.cross_entropy or isinstance(loss_fn, torch.nn.CrossEntropyLoss)


def shape_of(value: Any) -> str:
    """The shape of something, in words."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of the shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
