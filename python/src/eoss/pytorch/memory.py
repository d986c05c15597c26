"""What a search for eigenvalues takes of the memory, said before it begins."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from .._errors import EossError

#: Vectors that a search keeps at most, one for each product: 2k + 200 for k eigenvalues, and some more for large k.
WHOLE = 256
#: Most searches need 8 to 30 products. With fewer vectors they restart, which takes more products.
USUAL = 30
#: What a search with few vectors should have at least.
LEAST = 6
#: Beside the basis: the start, products and their sums, and what a second derivative keeps of parameters and gradients.
OTHERS = 10


def checked_memory(memory: Any) -> "float | None":
    """:raises EossError: unless it is None or a positive number of bytes"""
    if memory is None or (isinstance(memory, (int, float)) and not isinstance(memory, bool) and memory > 0):
        return memory
    raise EossError(f"memory is {memory!r}; allowed: a positive number of bytes, such as 8e9; None is what is free")


def basis_size(size: int, precision: torch.dtype, device: torch.device, memory: "float | None") -> "int | None":
    """Vectors that the basis of a search has room for; None where it has room for all.

    :param size: of a vector
    :param memory: bytes that a search may take; None for what is free
    """
    room = free_memory(device) if memory is None else memory
    one = _bytes_of(size, precision)
    if room is None or (WHOLE + OTHERS) * one <= room:
        return None
    return max(LEAST, int(room // one) - OTHERS)


def warn_of_memory(size: int, precision: torch.dtype, device: torch.device, memory: "float | None") -> None:
    """A warning, where a search has room for fewer vectors than most need, with the bytes that it will take."""
    basis = basis_size(size, precision, device, memory)
    if basis is None or basis >= USUAL:
        return
    one = _bytes_of(size, precision)
    room = free_memory(device) if memory is None else memory
    where = f"are free on {device}" if memory is None else "are given as memory"
    takes = (basis + OTHERS) * one
    if room is not None and takes > room:
        what = "too much. What needs few vectors (batch-sharpness, step-sharpness, loss) will do; else"
    else:
        what = f"with {USUAL} it would take fewer products. For that"
    warnings.warn(
        f"a search for eigenvalues keeps {basis} vectors of {size:,} numbers and up to {OTHERS} others, {_gigabytes(one)} "
        f"each: {_gigabytes(takes)}, and {_gigabytes(room or 0)} {where}; {what} free memory, or measure fewer "
        "parameters (requires_grad=False)",
        stacklevel=4,
    )


def free_memory(device: torch.device) -> "int | None":
    """Bytes that are free; None where it cannot be known."""
    if device.type == "cuda":
        # What PyTorch holds and does not use is free for it.
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device.type != "cpu":
        return None
    try:
        with open("/proc/meminfo") as lines:
            (line,) = [one for one in lines if one.startswith("MemAvailable:")]
        return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        return None


def _bytes_of(size: int, precision: torch.dtype) -> int:
    return size * torch.finfo(precision).bits // 8


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.3g} GB"
