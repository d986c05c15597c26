"""Products with the Hessian as differences of gradients, for losses that have no second derivative."""

from __future__ import annotations

from typing import Any

from ._errors import EossError

#: The step of differences, relative to ‖θ‖. Long ones meet the kinks of networks, and short ones rounding: that of
#: float64 gradients is some 1e-16·‖∇L‖, so a billionth of ‖∇L‖/‖θ‖ is left of it.
SHORT_STEP = 1e-7


def differs(second_derivative: Any) -> bool:
    """Whether second derivatives are wanted as differences.

    :raises EossError: for another word than those that are known
    """
    if second_derivative not in ("autograd", "differences"):
        raise EossError(f'second_derivative is {second_derivative!r}; allowed: "autograd", "differences"')
    return second_derivative == "differences"


def product_by_differences(view: Any, kind: str, x: Any) -> Any:
    """H·x ≈ D(h) = (∇L(θ + hx) − ∇L(θ − hx))/2h at the shorter of two steps.

    Its error is taken to be at most ‖D(4h) − D(h)‖: what is of third order is 15 times as large in the difference, and
    rounding is larger in D(h) than in D(4h). It is added to ``view.squared_error``, and the largest sum of all views
    is ``view.problem.product_error``.

    :raises EossError: for another matrix than the Hessian
    """
    if kind != "hessian":
        raise EossError(f'with second_derivative="differences" there is no matrix "{kind}", only the Hessian')
    vectors, problem = view.problem.vectors, view.problem
    norm = lambda z: vectors.dot(z, z) ** 0.5  # noqa: E731
    length = norm(x)
    if length == 0:
        return vectors.scale(0.0, vectors.copy(x))
    h = SHORT_STEP * max(norm(view.parameters()), 1e-3) / length

    def slope(step):
        rise = vectors.axpy(-1.0, view.shifted(x, -step).gradient(), view.shifted(x, step).gradient())
        return vectors.scale(1 / (2 * step), rise)

    short = slope(h)
    rest = vectors.axpy(-1.0, short, slope(4 * h))
    view.squared_error += (norm(rest) / length) ** 2
    problem.product_error = max(problem.product_error, view.squared_error**0.5)
    return short
