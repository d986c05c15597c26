"""What a search for eigenvalues takes of the memory, said before it begins."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from ._errors import EossError

#: Vectors that a search keeps at most, one for each product: 2k + 200 for k eigenvalues, and some more for large k.
WHOLE = 256
#: Most searches need 8 to 30 products. With fewer vectors they restart, which takes more products.
USUAL = 30
#: What a search with few vectors should have at least.
LEAST = 6
#: Beside the basis: the start, products and their sums, and what a second derivative keeps of parameters and gradients.
OTHERS = 10


@dataclass(frozen=True)
class Room:
    """Room for the vectors of a search.

    :ivar size: entries of a vector
    :ivar one: bytes of a vector
    :ivar free: bytes that are free on the device; None where it cannot be known
    :ivar device: its name
    :ivar given: bytes that a search may take, as the user says; None for what is free
    :ivar copies: how often the vectors of the basis are there while it is made anew
    """

    size: int
    one: int
    free: "int | None"
    device: str
    given: "float | None" = None
    copies: int = 1

    @property
    def basis(self) -> "int | None":
        """Vectors that the basis of a search has room for; None where it has room for all."""
        room = self._room
        if room is None or (self.copies * WHOLE + OTHERS) * self.one <= room:
            return None
        return max(LEAST, int(room // self.one - OTHERS) // self.copies)

    def warn(self) -> None:
        """A warning, where a search has room for fewer vectors than most need, with the bytes that it will take."""
        basis = self.basis
        if basis is None or basis >= USUAL:
            return
        room = self._room or 0
        where = f"are free on {self.device}" if self.given is None else "are given as memory"
        takes = (self.copies * basis + OTHERS) * self.one
        if takes > room:
            what = "too much. What needs few vectors (batch-sharpness, step-sharpness, loss) will do; else"
        else:
            what = f"with {USUAL} it would take fewer products. For that"
        twice = "" if self.copies == 1 else ", and the first twice where it restarts"
        warnings.warn(
            f"a search for eigenvalues keeps {basis} vectors of {self.size:,} numbers and up to {OTHERS} others{twice}, "
            f"{_gigabytes(self.one)} each: {_gigabytes(takes)}, and {_gigabytes(room)} {where}; {what} free memory, or "
            "measure fewer parameters (in PyTorch, requires_grad=False)",
            stacklevel=5,  # who calls eoss.measure, or makes a monitor
        )

    @property
    def _room(self) -> "float | None":
        return self.free if self.given is None else self.given


def checked_memory(memory: Any) -> "float | None":
    """:raises EossError: unless it is None or a positive number of bytes"""
    if memory is None or (isinstance(memory, (int, float)) and not isinstance(memory, bool) and memory > 0):
        return memory
    raise EossError(f"memory is {memory!r}; allowed: a positive number of bytes, such as 8e9; None is what is free")


def free_on_host() -> "int | None":
    """Bytes that are free for a process; None where it cannot be known."""
    try:
        with open("/proc/meminfo") as lines:
            (line,) = [one for one in lines if one.startswith("MemAvailable:")]
        return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        return None


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.3g} GB"
