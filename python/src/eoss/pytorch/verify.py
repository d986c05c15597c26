"""The checks of ``eoss.verify``, for losses of PyTorch."""

from __future__ import annotations

from contextlib import contextmanager

import torch

from .._errors import EossError
from .._verify import FEW, SAMPLES, Report, checked, mean_defect, precision_defect
from .double import in_double_precision
from .loss import TorchProblem
from .refusals import ONCE_DIFFERENTIABLE


def verified(problem: TorchProblem, is_mean: bool = False) -> Report:
    """Looks at the first samples of a problem; to be called inside of ``undisturbed``.

    In double precision, where differences have digits; a model that cannot be converted, in its own.

    :param is_mean: whether the user has said that the loss is a mean over samples
    """
    try:
        with in_double_precision(problem):
            report = _looked_at(problem, SAMPLES, is_mean)
        # Of a loss that is no number nothing was looked at.
        if report.ok and report.defects and not problem.differences:
            report.defects.update(_precision_defect(problem))
        return report
    except (RuntimeError, TypeError, NotImplementedError) as error:
        if problem.differences:
            raise EossError(
                'second_derivative="differences" works in double precision, in which this model or its loss fails: '
                f"{error}. Write what fails so that it takes the type of its inputs"
            ) from error
        # Some op met two types. If it was something else, it comes again.
        return _looked_at(problem, FEW, is_mean)


def _looked_at(problem: TorchProblem, samples: int, is_mean: bool) -> Report:
    view = problem.view(_first(problem, samples), "training")
    mean = None
    if not problem.coupled and len(view.indices) > 1:
        mean = _mean_defect(problem, view.indices, is_mean)
    if not problem.differences:
        _refuse_broken_graph(view)
    return checked(problem, view, mean)


def _first(problem: TorchProblem, samples: int) -> list:
    return list(range(min(samples, problem.sets["training"].size)))


def _mean_defect(problem: TorchProblem, indices: list, is_mean: bool) -> "float | None":
    """None where it cannot be tried, and the user has said what it is."""
    with _without_draws(problem, indices) as is_function:
        if is_function:
            return mean_defect(problem, indices)
    if is_mean:
        return None
    raise EossError(
        "the model draws random numbers in eval mode too, as the noise of a variational autoencoder, so it cannot be tested "
        "whether its loss is a mean over samples: say coupled=False if it is, and coupled=True if samples of a batch "
        "depend on one another"
    )


def _precision_defect(problem: TorchProblem) -> "dict[str, float]":
    """Empty where it cannot be tried."""
    indices = _first(problem, SAMPLES)
    x = problem.vectors.normals(problem.parameters.size, 2)
    with _without_draws(problem, indices) as is_function:
        if not is_function:
            return {}
        own = problem.view(indices, "training").product("hessian", x).double()
        with in_double_precision(problem):
            view, x = problem.view(indices, "training"), x.double()
            exact = view.product("hessian", x)
            defect = precision_defect(problem.vectors, own, exact, x, view.gradient(), view.parameters())
    return {"precision": defect}


@contextmanager
def _without_draws(problem: TorchProblem, indices: list):
    """The model without dropout, if it draws at random; gives whether it draws no more."""
    modes = [(module, module.training) for module in problem.model.modules()]
    try:
        draws = _draws(problem, indices)
        if draws:
            problem.model.eval()
            draws = _draws(problem, indices)
        yield not draws
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
