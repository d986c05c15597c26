"""What modules keep outside of parameters and buffers: counters, hidden states, caches, logs, generators."""

from __future__ import annotations

import random
import sys
from collections import deque
from typing import Any, Callable

import torch

#: What every module has; all else in its ``__dict__`` is of its own.
_OF_EVERY_MODULE = frozenset(torch.nn.Module().__dict__) | {"training"}


class Attributes:
    """The attributes of modules as they are now, to be put back.

    Lists, dicts and sets are put back with their entries, other objects as the same object.

    :ivar tensors: those that are no part of a graph: where each is kept, its name there, and itself
    """

    def __init__(self, modules: list):
        self._own = [(module, _own(module)) for module in modules]
        entries = [value for _, own in self._own for value in own.values()]
        self.tensors = [
            (module.__dict__, name, value)
            for module, own in self._own
            for name, value in own.items()
            if isinstance(value, torch.Tensor) and not value.requires_grad
        ]
        self._contents = [restore for restore in map(_content, entries) if restore is not None]
        self._generators = [restore for restore in map(_generator, entries) if restore is not None]

    def restore(self) -> None:
        """Puts all back but generators: what one forward pass leaves is not seen by the next one."""
        for module, own in self._own:
            now = module.__dict__
            for name in [name for name in now if name not in _OF_EVERY_MODULE and name not in own]:
                del now[name]
            for name, value in own.items():
                if now.get(name) is not value:
                    now[name] = value
        for restore in self._contents:
            restore()

    def restore_generators(self) -> None:
        """Puts generators back.

        They go on during a measurement: a model that draws from one is no function of its parameters, and is refused.
        """
        for restore in self._generators:
            restore()


def _own(module: torch.nn.Module) -> "dict[str, Any]":
    return {name: value for name, value in module.__dict__.items() if name not in _OF_EVERY_MODULE}


def _content(value: Any) -> "Callable[[], None] | None":
    """A function that puts the entries of a container back, if it is one."""
    if isinstance(value, (list, deque)):
        entries = list(value)

        def refill():
            value.clear()
            value.extend(entries)

    elif isinstance(value, (dict, set)):
        entries = value.copy()

        def refill():
            value.clear()
            value.update(entries)

    else:
        return None

    return refill


def _generator(value: Any) -> "Callable[[], None] | None":
    """A function that puts a random generator back to where it is now, if it is one."""
    if isinstance(value, torch.Generator):
        state = value.get_state()
        return lambda: value.set_state(state)
    if isinstance(value, random.Random):
        own = value.getstate()
        return lambda: value.setstate(own)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.random.Generator):
        bits, before = value.bit_generator, value.bit_generator.state

        def restore():
            bits.state = before

        return restore
    if numpy is not None and isinstance(value, numpy.random.RandomState):
        legacy = value.get_state()
        return lambda: value.set_state(legacy)
    return None
