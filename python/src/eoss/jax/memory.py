"""The memory of the device that JAX works on."""

from __future__ import annotations

from typing import Any

import jax

from .._memory import Room, free_on_host


def room_for(vector: Any, memory: "float | None") -> Room:
    """Room for vectors such as this one.

    :param memory: bytes that a search may take; None for what is free
    """
    # Arrays of JAX are not written to: a restart makes its basis beside the old one.
    return Room(vector.size, vector.nbytes, free_memory(), jax.default_backend(), memory, copies=2)


def free_memory() -> "int | None":
    """Bytes that are free; None where it cannot be known."""
    device = jax.devices()[0]
    if device.platform == "cpu":
        return free_on_host()
    known = device.memory_stats() or {}
    if "bytes_limit" not in known:
        return None
    return known["bytes_limit"] - known.get("bytes_in_use", 0)
