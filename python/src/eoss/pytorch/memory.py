"""The memory of the device that a model is on."""

from __future__ import annotations

import torch

from .._memory import Room, free_on_host


def room_for(size: int, precision: torch.dtype, device: torch.device, memory: "float | None") -> Room:
    """Room for vectors of a size.

    :param memory: bytes that a search may take; None for what is free
    """
    one = size * torch.finfo(precision).bits // 8
    return Room(size, one, free_memory(device), str(device), memory)


def free_memory(device: torch.device) -> "int | None":
    """Bytes that are free; None where it cannot be known."""
    if device.type == "cuda":
        # What PyTorch holds and does not use is free for it.
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free_on_host() if device.type == "cpu" else None
