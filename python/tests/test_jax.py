"""Models in JAX: each part is measured right, or refused with advice.

The truth is that of losses alone: second differences in float64, with no derivative of JAX.
"""

import os
import warnings

import numpy
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed")
import jax.numpy as jnp  # noqa: E402
from jax.flatten_util import ravel_pytree  # noqa: E402
from jax_models import BAD, DENSE, N, REFUSED, RIGHT, X, Y, cross_entropy, dense, rule_of_numpy, weights  # noqa: E402

import eoss  # noqa: E402
from eoss import _memory  # noqa: E402
from eoss.jax import memory  # noqa: E402
from eoss.jax.engine import JaxEngine  # noqa: E402

# JAX compiles each anew: every third of them, all with EOSS_LONG=1.
EACH = 1 if os.environ.get("EOSS_LONG") == "1" else 3


def slope_of_slope(model, params, x, v):
    """vᵀHv by second differences of the loss in float64, and how far two steps of it are apart."""
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
        theta, unravel = ravel_pytree(wide)
        x = x.astype(numpy.float64) if x.dtype.kind == "f" else x
        loss = jax.jit(lambda step: cross_entropy(model(unravel(theta + step * v), x), Y))
        wide, close = (float(loss(h) - 2 * loss(0.0) + loss(-h)) / h**2 for h in (6e-5, 3e-5))
    return (4 * close - wide) / 3, abs(wide - close)


@pytest.mark.parametrize("name", list(RIGHT)[::EACH])
def test_right(name):
    model, params, x = RIGHT[name]
    engine = JaxEngine(params, (x, Y), model=model, loss_fn=cross_entropy)
    report = engine.verify()
    assert report.ok, str(report)
    with engine.measuring() as problem:
        view = problem.view(list(range(N)), "training")
        for seed in range(2):
            v = numpy.random.default_rng(seed).normal(size=view.size)
            image = numpy.asarray(view.product("hessian", jnp.asarray(v, jnp.float32)), numpy.float64)
            exact, apart = slope_of_slope(model, params, x, v)
            assert abs(v @ image - exact) <= apart + 1e-5 * numpy.linalg.norm(v) * numpy.linalg.norm(image)


@pytest.mark.parametrize("name", list(REFUSED)[::EACH])
def test_refused_in_words(name):
    model, params, x, words = REFUSED[name]
    with pytest.raises(eoss.EossError, match=f"(?s){words}"):
        eoss.measure(model, cross_entropy, (x, Y), "fullbs", params=params)


def test_a_matrix_that_needs_a_rule_forward():
    given = {"params": BAD, "data": (X, Y), "check": False}
    with pytest.raises(eoss.EossError, match="custom_jvp"):
        eoss.measure(dense(rule_of_numpy), cross_entropy, quantities="full-gauss-newton", **given)


def test_differences_where_there_is_no_second_derivative():
    """The same network with a rule that JAX differentiates has the same curvature."""
    given = {"params": BAD, "data": (X, Y), "quantities": ["fullbs", "minibs"], "batch_size": 4, "tolerance": 1e-3, "max_batches": 8}
    exact = eoss.measure(dense(jnp.sin), cross_entropy, **given)
    found = eoss.measure(dense(rule_of_numpy), cross_entropy, second_derivative="differences", **given)
    assert [one.status for one in found] == [one.status for one in exact]
    assert abs(found[0].value - exact[0].value) <= found[0].error + exact[0].error
    assert 0 < found[0].error <= 1e-3 * found[0].value
    assert found[0].error_kind == "uncertified"
    with pytest.raises(eoss.EossError, match="gauss-newton"):
        eoss.measure(dense(jnp.sin), cross_entropy, (X, Y), "full-gauss-newton", params=BAD, second_derivative="differences")
    with pytest.raises(eoss.EossError, match="second_derivative is 'both'"):
        eoss.measure(dense(jnp.sin), cross_entropy, (X, Y), params=BAD, second_derivative="both")


def test_what_a_loss_takes_from_outside_is_that_of_now():
    """As running statistics, or a random key: a compiled function keeps those of when it was compiled."""
    outside = {"scale": 1.0}

    def loss(params, batch):
        return cross_entropy(outside["scale"] * dense(jnp.tanh)(params, batch[0]), batch[1])

    given = {"data": (X, Y), "loss": loss}
    with eoss.Monitor(params=lambda: BAD, measure="fullbs", every=1, lr=0.1, **given) as monitor:
        (first,) = monitor.step()
        outside["scale"] = 2.0
        (second,) = monitor.step()
    assert second.value == pytest.approx(eoss.measure(params=BAD, **given).value, rel=1e-3)
    assert second.value > 1.1 * first.value


def test_memory_bounds_a_search():
    one = 4 * sum(leaf.size for leaf in BAD.values())
    given = {"params": BAD, "data": (X, Y), "tolerance": 1e-3}
    whole = eoss.measure(dense(jnp.tanh), cross_entropy, **given)
    with pytest.warns(UserWarning, match="keeps 8 vectors.*twice where it restarts.*given as memory") as warned:
        few = eoss.measure(dense(jnp.tanh), cross_entropy, memory=(2 * 8 + _memory.OTHERS) * one, **given)
    assert warned[0].filename == __file__
    assert few.products > whole.products and few.status == whole.status == "converged"
    assert abs(few.value - whole.value) <= few.error + whole.error
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert eoss.measure(dense(jnp.tanh), cross_entropy, memory=1e9, **given).value == whole.value
    assert memory.free_memory() is None or memory.free_memory() > 2**20
    with pytest.raises(eoss.EossError, match="memory is"):
        eoss.measure(dense(jnp.tanh), cross_entropy, memory=0, **given)


def test_parameters_stay_as_they_are():
    params = {name: jnp.asarray(leaf) for name, leaf in weights(**DENSE).items()}
    before = {name: numpy.array(leaf) for name, leaf in params.items()}
    eoss.measure(dense(jnp.tanh), cross_entropy, (X, Y), params=params, second_derivative="differences")
    assert not jax.config.jax_enable_x64
    assert all(numpy.array_equal(before[name], leaf) and leaf.dtype == jnp.float32 for name, leaf in params.items())
