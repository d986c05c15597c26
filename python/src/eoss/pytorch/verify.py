"""The checks of ``eoss.verify``, for losses of PyTorch."""

from __future__ import annotations

import torch

from .._errors import EossError
from .._verify import FEW, SAMPLES, Report, checked, mean_defect
from .double import cuts_hooks, in_double_precision
from .loss import TorchProblem
from .refusals import ONCE_DIFFERENTIABLE


def verified(problem: TorchProblem) -> Report:
    """Looks at the first samples of a problem; to be called inside of ``undisturbed``.

    In double precision, where differences have digits; a model that cannot be converted, in its own.
    """
    if not problem.differences and cuts_hooks(problem):
        return _looked_at(problem, FEW)
    try:
        with in_double_precision(problem):
            return _looked_at(problem, SAMPLES)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        if problem.differences:
            raise EossError(
                'second_derivative="differences" works in double precision, in which this model or its loss fails: '
                f"{error}. Write what fails so that it takes the type of its inputs"
            ) from error
        # Some op met two types. If it was something else, it comes again.
        return _looked_at(problem, FEW)


def _looked_at(problem: TorchProblem, samples: int) -> Report:
    view = problem.view(list(range(min(samples, problem.sets["training"].size))), "training")
    mean = None
    if not problem.coupled and len(view.indices) > 1:
        mean = _mean_defect(problem, view.indices)
    if not problem.differences:
        _refuse_broken_graph(view)
    return checked(problem, view, mean)


def _mean_defect(problem: TorchProblem, indices: list) -> float:
    modes = [(module, module.training) for module in problem.model.modules()]
    if _draws(problem, indices):
        # Dropout masks differ from part to part: without them.
        problem.model.eval()
    try:
        return mean_defect(problem, indices)
    finally:
        for module, training in modes:
            module.training = training


def _draws(problem: TorchProblem, indices: list) -> bool:
    """Whether a forward pass draws random numbers."""
    batch = problem.batch(indices, "training")
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
