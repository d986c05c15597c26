"""Whether a loss is what eoss takes it for: a function, a mean over samples, right to second order."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import pack, unpack
from typing import Any

#: Samples that are looked at.
SAMPLES = 8
#: The same in single precision, where a step is long enough to meet the kinks of some of many.
FEW = 2
#: Relative defects up to which a loss passes, by the precision it is looked at in.
MOST = {
    "float64": {"repeat": 1e-4, "mean": 1e-3, "gradient": 1e-3, "symmetry": 1e-4, "difference": 2e-3, "precision": 2e-3},
    "float32": {"repeat": 1e-4, "mean": 1e-3, "gradient": 2e-2, "symmetry": 1e-2, "difference": 2e-2, "precision": 2e-3},
}
#: Steps of the differences, relative to ‖θ‖; the best of them counts: long ones meet kinks, short ones rounding.
STEPS = {
    "float64": (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8),
    "float32": (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5),
}

_OR_DIFFERENCES = (
    '. If the gradient itself is right, second_derivative="differences" measures it: differences of gradients, '
    "with their error in each result"
)

_TEXTS = {
    "repeat": "the loss of the same batch at the same parameters changes from call to call: something in it is "
    "drawn or counted outside of PyTorch's generators and the model's buffers",
    "mean": "the loss of a batch is not the mean of the losses of its samples. With reduction=\"sum\" divide by the "
    "batch size; if samples are meant to depend on one another (weights, ignored targets, contrastive "
    "losses), say coupled=True: all samples then go through the model at once",
    "gradient": "its gradient is not the slope of the loss. What can do that: checkpointing with use_reentrant=True (use "
    "use_reentrant=False); a torch.autograd.Function whose backward (in JAX, a custom_jvp or custom_vjp whose rule) is not "
    "that of its forward, as a straight-through estimator; detach or no_grad over parameters that are trained (freeze them, "
    "requires_grad_(False)); a hook that changes a gradient; nn.Embedding with padding_idx or scale_grad_by_freq; "
    "spectral_norm in training mode (measure model.eval()); bfloat16 or float16 inside of the model",
    "symmetry": "its second derivative is not symmetric: a torch.autograd.Function gives a gradient that is not that of "
    "its forward pass, or an op of PyTorch itself is wrong to second order (as weight_norm in version 2.13)"
    + _OR_DIFFERENCES,
    "difference": "its second derivative is not the slope of its gradient: a part of the gradient was computed "
    "outside of PyTorch's graph, as by a torch.autograd.Function whose backward detaches (in JAX, by stop_gradient in "
    "a custom rule) or by spectral_norm in training mode (measure model.eval()), or an op of PyTorch itself is wrong to "
    "second order (as weight_norm in version 2.13)" + _OR_DIFFERENCES,
    "precision": "its second derivative is another one in double precision: a part of it is computed in bfloat16 or float16, "
    "is too large or too small for float32, or comes from tensors that were made of parameters outside of forward. "
    "Compute that part in forward and in float32, or measure a float64 copy, copy.deepcopy(model).double()",
}


@dataclass
class Report:
    """Relative defects of a loss, and advice for those that are too large.

    :ivar looked_in: the precision that the loss has where it was looked at
    :ivar defects: by name: ``repeat``, ``mean``, ``gradient``, ``symmetry``, ``difference``, ``precision``; what was not
        tried is missing
    """

    looked_in: str = "float64"
    defects: "dict[str, float]" = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.advice

    @property
    def advice(self) -> "list[str]":
        # What is no number passes no test.
        return [_TEXTS[name] for name, defect in self.defects.items() if not defect <= self._most[name]]

    @property
    def _most(self) -> "dict[str, float]":
        return MOST[self.looked_in]

    def __str__(self) -> str:
        lines = [
            f"{name:<10} {defect:.1e}  {'ok' if defect <= self._most[name] else 'WRONG'} (at most {self._most[name]:.0e})"
            for name, defect in self.defects.items()
        ]
        return "\n".join([*lines, *self.advice])


def checked(problem: Any, view: Any, mean: "float | None" = None) -> Report:
    """Looks at a view of some samples.

    :param problem: what the engine has of the loss: ``vectors``, and ``view`` for the same samples once more
    :param mean: the defect of the mean, if it was tried
    """
    first = view.loss()
    # Whatever its parameters are, as where a model converts its outputs before the loss.
    is_single = unpack("f", pack("f", first))[0] == first if abs(first) < 1e38 else False
    report = Report("float32" if is_single else problem.vectors.precision)
    if first != first or abs(first) == float("inf"):
        return report  # nothing can be said; measurements are marked as not finite
    size = max(abs(first), 1e-30)
    report.defects["repeat"] = abs(problem.view(view.indices, "training").loss() - first) / size
    if mean is not None:
        report.defects["mean"] = mean
    slope = _gradient_defect(problem, view, size, report.looked_in)
    if slope is not None:
        report.defects["gradient"] = slope
    report.defects.update(_second_order(problem, view))
    return report


def mean_defect(problem: Any, indices: list) -> float:
    """|L − Σ weight·L(part)| / |L| over parts of different sizes."""
    whole = problem.view(indices, "training").loss()
    parts = [indices[:1], indices[1:]]
    mean = sum(len(part) / len(indices) * problem.view(part, "training").loss() for part in parts)
    return abs(mean - whole) / max(abs(whole), 1e-30)


def precision_defect(vectors: Any, own: Any, exact: Any, x: Any, gradient: Any, theta: Any) -> float:
    """‖Hx − H₆₄x‖/‖H₆₄x‖, where Hx is made in the precision of a model and H₆₄x in double; all vectors are doubles."""
    norm = lambda z: vectors.dot(z, z) ** 0.5  # noqa: E731
    # A Hessian that is zero next to its gradient has no digits to compare.
    least = 1e-5 * norm(gradient) * norm(x) / max(norm(theta), 1e-30)
    size = max(norm(exact), least, 1e-30)
    return norm(vectors.axpy(-1.0, exact, own)) / size


def _gradient_defect(problem: Any, view: Any, size: float, precision: str) -> "float | None":
    """|xᵀ∇L − slope of L along x| over the mean |slope|, the median of three x; None for a loss too flat to tell.

    The median, because a kink next to θ is seen along some x alone, and a gradient that is wrong along all.
    """
    vectors = problem.vectors
    gradient = view.gradient()
    theta = max(vectors.dot(view.parameters(), view.parameters()) ** 0.5, 1e-3)
    rounding = 1e-5 if precision == "float32" else 1e-13
    best = None
    for relative in STEPS[precision]:
        rests, slopes, change = [], [], 0.0
        for seed in (3, 4, 5):
            # Drawn anew each time: vectors may be gigabytes.
            x = vectors.normals(view.size, seed)
            step = relative * theta / vectors.dot(x, x) ** 0.5
            difference = view.shifted(x, step).loss() - view.shifted(x, -step).loss()
            slopes.append(abs(difference / (2 * step)))
            rests.append(abs(difference / (2 * step) - vectors.dot(gradient, x)))
            change += abs(difference)
        # Below this, rounding of the loss is all there is.
        if change > rounding * size:
            defect = sorted(rests)[1] * len(slopes) / sum(slopes)
            best = defect if best is None else min(best, defect)
    return best


def _second_order(problem: Any, view) -> dict:
    vectors = problem.vectors
    n = view.size
    norm = lambda x: vectors.dot(x, x) ** 0.5  # noqa: E731
    u, v = vectors.normals(n, 1), vectors.normals(n, 2)
    hu, hv = view.product("hessian", u), view.product("hessian", v)
    sizes = [norm(hu), norm(hv)]
    scale = max(sizes[0] / norm(u), sizes[1] / norm(v))
    gradient = view.gradient()
    theta = norm(view.parameters())
    # A Hessian that is zero next to its gradient, as of a loss that is linear, has no digits to compare.
    if scale * max(theta, 1e-30) < 1e-5 * norm(gradient):
        scale = 1e-5 * norm(gradient) / max(theta, 1e-30)
    asymmetry = abs(vectors.dot(u, hv) - vectors.dot(v, hu))
    defects = {"symmetry": asymmetry / max(norm(u) * norm(v) * scale, 1e-30)}
    # Vectors may be gigabytes: those that are not needed any more go.
    del u, hu

    def difference(x, image):
        return _difference(problem, view, x, image, max(norm(image), 1e-3 * scale * norm(x)), theta)

    defects["difference"] = difference(v, hv)
    del v, hv
    if norm(gradient) > 0:
        defects["difference"] = max(defects["difference"], difference(gradient, view.product("hessian", gradient)))
    return defects


def _difference(problem: Any, view, x, image, size: float, theta: float) -> float:
    """The smallest of ‖(∇L(θ + εx) − ∇L(θ − εx))/2ε − Hx‖/size over some ε."""
    vectors = problem.vectors
    length = vectors.dot(x, x) ** 0.5
    best = float("inf")
    for relative in STEPS[vectors.precision]:
        step = relative * max(theta, 1e-3) / length
        rise = vectors.axpy(-1.0, view.shifted(x, -step).gradient(), view.shifted(x, step).gradient())
        rest = vectors.axpy(-1.0, image, vectors.scale(1 / (2 * step), rise))
        best = min(best, vectors.dot(rest, rest) ** 0.5 / max(size, 1e-30))
        if best <= MOST[vectors.precision]["difference"] / 20:
            break
    return best
