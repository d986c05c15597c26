"""Inner products of long vectors, against sums in double precision."""

import numpy
import pytest


def of_torch():
    torch = pytest.importorskip("torch", reason="skipped: PyTorch is not installed")
    from eoss.pytorch.vectors import TorchVectors

    return TorchVectors(torch.float32, torch.device("cpu")), torch.from_numpy


def of_jax():
    jax = pytest.importorskip("jax", reason="skipped: JAX is not installed")
    from eoss.jax.vectors import JaxVectors

    return JaxVectors("float32"), jax.numpy.asarray


@pytest.mark.parametrize("made", [of_torch, of_jax])
@pytest.mark.parametrize("n", [1, 4097, 65536, 3_000_001])
def test_inner_products_are_summed_rightly(made, n):
    vectors, vector = made()
    drawn = numpy.random.default_rng(n)
    # Entries that are all the same err in one direction where sums grow long.
    entries = [drawn.normal(size=n), numpy.full(n, 1 / 3), drawn.uniform(size=n) ** 4]
    entries = [one.astype(numpy.float32) for one in entries]
    wide = [one.astype(numpy.float64) for one in entries]
    xs = [vector(one) for one in entries]
    for y, exact in zip(xs, wide):
        for found, x in zip(vectors.dots(xs, y), wide):
            assert abs(found - x @ exact) <= 1e-6 * (abs(x) @ abs(exact))
