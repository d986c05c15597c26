"""Whether a loss is what eoss takes it for: a function, a mean over samples, right to second order."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from .._errors import EossError
from .loss import TorchProblem
from .refusals import ONCE_DIFFERENTIABLE

#: Samples that are looked at.
SAMPLES = 8
#: Relative defects up to which a loss passes.
MOST = {"repeat": 1e-4, "mean": 1e-3, "gradient": 5e-2, "symmetry": 1e-2, "difference": 5e-2}
#: Steps of the differences, relative to ‖θ‖; the best of them counts: long ones meet kinks, short ones rounding.
STEPS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)

_TEXTS = {
    "repeat": "the loss of the same batch at the same parameters changes from call to call: something in it is "
    "drawn or counted outside of PyTorch's generators and the model's buffers",
    "mean": "the loss of a batch is not the mean of the losses of its samples. With reduction=\"sum\" divide by the "
    "batch size; if samples are meant to depend on one another (weights, ignored targets, contrastive "
    "losses), say coupled=True: all samples then go through the model at once",
    "gradient": "its gradient is not the slope of the loss: checkpointing with use_reentrant=True hides parameters (use "
    "use_reentrant=False), or a torch.autograd.Function has a backward that is not that of its forward",
    "symmetry": "its second derivative is not symmetric: a torch.autograd.Function gives a gradient that is not that of "
    "its forward pass, or an op of PyTorch itself is wrong to second order (as weight_norm in version 2.13)",
    "difference": "its second derivative is not the slope of its gradient: a part of the gradient was computed "
    "outside of PyTorch's graph, as by a torch.autograd.Function whose backward detaches, or an op of PyTorch "
    "itself is wrong to second order (as weight_norm in version 2.13)",
}


@dataclass
class Report:
    """Relative defects of a loss, and advice for those that are too large.

    :ivar defects: by name: ``repeat``, ``mean``, ``gradient``, ``symmetry``, ``difference``; what was not tried is missing
    """

    defects: "dict[str, float]" = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.advice

    @property
    def advice(self) -> "list[str]":
        # What is no number passes no test.
        return [_TEXTS[name] for name, defect in self.defects.items() if not defect <= MOST[name]]

    def __str__(self) -> str:
        lines = [
            f"{name:<10} {defect:.1e}  {'ok' if defect <= MOST[name] else 'WRONG'} (at most {MOST[name]:.0e})"
            for name, defect in self.defects.items()
        ]
        return "\n".join([*lines, *self.advice])


def verified(problem: TorchProblem) -> Report:
    """Looks at the first samples of a problem; to be called inside of ``undisturbed``."""
    samples = problem.sets["training"]
    view = problem.view(list(range(min(SAMPLES, samples.size))), "training")
    report = Report()
    first = view.loss()
    if first != first or abs(first) == float("inf"):
        return report  # nothing can be said; measurements are marked as not finite
    again = problem.view(view.indices, "training").loss()
    size = max(abs(first), 1e-30)
    report.defects["repeat"] = abs(again - first) / size
    if not problem.coupled and len(view.indices) > 1:
        report.defects["mean"] = _mean_defect(problem, view.indices)
    slope = _gradient_defect(problem, view, size)
    if slope is not None:
        report.defects["gradient"] = slope
    _refuse_broken_graph(view)
    report.defects.update(_second_order(problem, view))
    return report


def _gradient_defect(problem: TorchProblem, view, size: float) -> "float | None":
    """Σ|xᵀ∇L − slope of L along x| / Σ|slope| over some x; None where the loss is too flat to tell."""
    vectors = problem.vectors
    directions = [vectors.normals(problem.parameters.size, seed) for seed in (3, 4, 5)]
    gradient = view.gradient()
    theta = max(vectors.dot(view.parameters(), view.parameters()) ** 0.5, 1e-3)
    best = None
    for relative in STEPS:
        rest, total, change = 0.0, 0.0, 0.0
        for x in directions:
            step = relative * theta / vectors.dot(x, x) ** 0.5
            difference = view.shifted(x, step).loss() - view.shifted(x, -step).loss()
            rest += abs(difference / (2 * step) - vectors.dot(gradient, x))
            total += abs(difference / (2 * step))
            change += abs(difference)
        # Below this, rounding of the loss is all there is.
        if change > 1e-4 * size:
            best = rest / total if best is None else min(best, rest / total)
    return best


def _refuse_broken_graph(view) -> None:
    """:raises EossError: if the graph of the gradient ends in a function that must not be differentiated again

    PyTorch says so only where its engine passes that function, and leaves the part out elsewhere.
    """
    with view._at():
        _, gradients = view._differentiated(view._chunks[0], again=True)
    found = [g.grad_fn for g in gradients if g is not None and g.grad_fn is not None]
    seen = set(found)
    while found:
        node = found.pop()
        # Called so by PyTorch, whatever the reason.
        if node.name().endswith("::Error"):
            raise EossError(ONCE_DIFFERENTIABLE)
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                found.append(following)


def _mean_defect(problem: TorchProblem, indices: list) -> float:
    """|L − Σ weight·L(part)| / |L| over parts of different sizes."""
    modes = [(module, module.training) for module in problem.model.modules()]
    parts = [indices[:1], indices[1:]]
    if _draws(problem, indices):
        # Dropout masks differ from part to part: without them.
        problem.model.eval()
    try:
        whole = problem.view(indices, "training").loss()
        mean = sum(len(part) / len(indices) * problem.view(part, "training").loss() for part in parts)
    finally:
        for module, training in modes:
            module.training = training
    return abs(mean - whole) / max(abs(whole), 1e-30)


def _draws(problem: TorchProblem, indices: list) -> bool:
    """Whether a forward pass draws random numbers."""
    batch = problem.sets["training"].batch(indices)
    problem.buffers.renew()

    def states():
        states = [torch.get_rng_state()]
        if problem.parameters.device.type == "cuda":
            states.append(torch.cuda.get_rng_state(problem.parameters.device))
        return states

    before = states()
    with torch.no_grad():
        problem.loss_of(batch)
    return any(not torch.equal(a, b) for a, b in zip(before, states()))


def _second_order(problem: TorchProblem, view) -> dict:
    vectors = problem.vectors
    n = problem.parameters.size
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
    defects = {}
    asymmetry = abs(vectors.dot(u, hv) - vectors.dot(v, hu))
    defects["symmetry"] = asymmetry / max(norm(u) * norm(v) * scale, 1e-30)
    directions = [(v, hv)]
    if norm(gradient) > 0:
        directions.append((gradient, view.product("hessian", gradient)))
    defects["difference"] = max(
        _difference(problem, view, x, image, max(norm(image), 1e-3 * scale * norm(x)), theta)
        for x, image in directions
    )
    return defects


def _difference(problem: TorchProblem, view, x, image, size: float, theta: float) -> float:
    """The smallest of ‖(∇L(θ + εx) − ∇L(θ − εx))/2ε − Hx‖/size over some ε."""
    vectors = problem.vectors
    length = vectors.dot(x, x) ** 0.5
    best = float("inf")
    for relative in STEPS:
        step = relative * max(theta, 1e-3) / length
        slope = view.shifted(x, step).gradient().sub_(view.shifted(x, -step).gradient()).div_(2 * step)
        rest = slope.sub_(image)
        best = min(best, vectors.dot(rest, rest) ** 0.5 / max(size, 1e-30))
        if best <= 1e-3:
            break
    return best
