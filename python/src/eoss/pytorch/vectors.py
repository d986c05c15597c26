"""Vectors as tensors on the device of the model."""

from __future__ import annotations

from array import array

import torch

from .._frames import Array

#: Entries whose products are summed in single precision at a time, before their sums are added in double. On a processor
#: a block stays in its cache; on other devices each call has a price.
BLOCK, BLOCK_OF_DEVICES = 1 << 16, 1 << 22

_TYPES = {torch.float32: "f4", torch.float64: "f8"}
_NAMES = {torch.float32: "float32", torch.float64: "float64"}


class TorchVectors:
    """Flat tensors of one precision on one device."""

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype, self.device = dtype, device
        self.precision = _NAMES[dtype]

    def from_entries(self, entries):
        return torch.tensor(entries.tolist(), dtype=self.dtype, device=self.device)

    def entries(self, x):
        return array_of(x)

    def normals(self, n, seed):
        return torch.randn(n, generator=self._generator(seed), dtype=self.dtype, device=self.device)

    def signs(self, n, seed):
        bits = torch.randint(0, 2, (n,), generator=self._generator(seed), device=self.device)
        return bits.to(self.dtype).mul_(2).sub_(1)

    def copy(self, x):
        return x.clone()

    def dot(self, x, y):
        return self.dots([x], y)[0]

    def dots(self, xs, y):
        """Σⱼ xⱼ·yⱼ for each x, in blocks that are added in double precision.

        PyTorch's own float32 product is off by 5e-4 in a norm over 5 million entries: a search for
        eigenvalues then finds the matrix not symmetric. Its sum adds in pairs, and is off by 1e-7.
        """
        if y.dtype == torch.float64:
            return torch.stack([x @ y for x in xs]).tolist()
        block = BLOCK if y.device.type == "cpu" else BLOCK_OF_DEVICES
        products = torch.empty(min(block, y.numel()), dtype=y.dtype, device=y.device)
        parts = y.split(block)
        sums = [
            torch.stack([torch.mul(a, b, out=products[: b.numel()]).sum() for a, b in zip(x.split(block), parts)])
            for x in xs
        ]
        return torch.stack(sums).double().sum(1).tolist()

    def axpy(self, a, x, y):
        return y.add_(x, alpha=a)

    def axpys(self, a, xs, y):
        for weight, x in zip(a, xs):
            y.add_(x, alpha=weight)
        return y

    def scale(self, a, x):
        return x.mul_(a)

    def rotate(self, xs, rows, k):
        weights = torch.tensor(rows, dtype=self.dtype, device=self.device)
        # A block of entries at a time, in place of the first vectors: beside them they would take their memory twice.
        for start in range(0, xs[0].numel(), 1 << 18):
            part = slice(start, start + (1 << 18))
            block = weights[:, :k].T @ torch.stack([x[part] for x in xs])
            for x, row in zip(xs, block):
                x[part] = row
        return xs[:k]

    def _generator(self, seed):
        return torch.Generator(device=self.device).manual_seed(seed)


def array_of(x: torch.Tensor) -> Array:
    """The entries of a tensor as they go over the pipe."""
    flat = x.detach().reshape(-1)
    flat = flat if flat.dtype in _TYPES else flat.to(torch.float32)
    flat = flat.cpu().contiguous()
    try:
        return Array(flat.numpy(), _TYPES[flat.dtype])
    except RuntimeError:  # PyTorch without NumPy
        return Array(array({"f4": "f", "f8": "d"}[_TYPES[flat.dtype]], flat.tolist()), _TYPES[flat.dtype])
