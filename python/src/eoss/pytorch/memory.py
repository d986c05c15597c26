"""What a search for eigenvalues takes of the memory, said before it begins."""

from __future__ import annotations

import warnings

import torch

#: Vectors of a search that needs many products; most need 8 to 30, and keep as many.
VECTORS = 30


def warn_of_memory(size: int, precision: torch.dtype, device: torch.device) -> None:
    """A warning, where so many vectors would not fit into what is free."""
    free = free_memory(device)
    one = size * torch.finfo(precision).bits // 8
    if free is None or VECTORS * one <= free:
        return
    warnings.warn(
        f"a search for eigenvalues keeps up to {VECTORS} vectors of {size:,} numbers, {_gigabytes(one)} each: "
        f"{_gigabytes(VECTORS * one)}, and {_gigabytes(free)} are free on {device}. What needs few vectors (batch-sharpness, "
        "step-sharpness, loss) will do; else free memory, or measure fewer parameters (requires_grad=False)",
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


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.3g} GB"
