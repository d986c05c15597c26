"""Measuring with all ranks of a data-parallel training: each multiplies with its share of the samples.

The first rank has the Node process, all vectors and all decisions. The others help: they get what to do as small messages,
and vectors where a product needs one, and all add up what they made of their samples.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Callable

import torch
import torch.distributed as dist

from .._errors import EossError
from .loss import TorchProblem, TorchView

#: After which a rank that says nothing is given up. One that has died is noticed at once.
TIMEOUT = timedelta(minutes=10)
#: Samples whose loss must be the same on all ranks, and how nearly.
COMPARED, SAME = 8, 1e-3


class RankLost(EossError):
    """Another rank does not answer any more."""


class Ranks:
    """The ranks that train a model together.

    :param model: wrapped in ``DistributedDataParallel``
    :raises EossError: if the others do not come
    """

    def __init__(self, model: torch.nn.parallel.DistributedDataParallel):
        everyone = dist.get_process_group_ranks(model.process_group)
        self.count, self.first = len(everyone), everyone[0]
        self.own = everyone.index(dist.get_rank())
        self._lost: "str | None" = None
        self._dropped: list[int] = []
        self._views = 0
        local = {} if len(everyone) == dist.get_world_size() else {"use_local_synchronization": True}
        with self._heard():
            # Groups of our own: what the training still has on its way is not met.
            self._talk = dist.new_group(everyone, backend="gloo", timeout=TIMEOUT, **local)
            self._sums = dist.new_group(everyone, backend=dist.get_backend(model.process_group), timeout=TIMEOUT, **local)

    @property
    def leads(self) -> bool:
        return self.own == 0

    def share(self, indices: list) -> list:
        """The samples of a batch that are this rank's."""
        return indices[self.own :: self.count]

    def together(self, problem: TorchProblem, lead: "Callable[[TorchProblem], Any]") -> Any:
        """What the first rank makes of the problem, on every rank; the others help it.

        :raises EossError: on every rank, if it failed on one; the own error where it was raised
        """
        self._compare(problem)
        if not self.leads:
            return self._follow(problem)
        shared = problem if problem.coupled else SharedProblem(problem, self)
        try:
            answer = lead(shared)
        except RankLost:
            raise
        except BaseException as error:
            with suppress(RankLost):
                self.tell("failed", f"{type(error).__name__}: {error}")
            raise
        self.tell("done", answer)
        return answer

    # What the first rank tells the others.

    def tell(self, *message: Any) -> None:
        dropped, self._dropped = self._dropped, []
        self._broadcast((dropped, message))

    def send(self, x: torch.Tensor) -> torch.Tensor:
        """A vector of the first rank, on all."""
        with self._heard():
            dist.broadcast(x, src=self.first, group=self._sums)
        return x

    def total(self, make: "Callable[[], torch.Tensor]") -> torch.Tensor:
        """The sum of what the ranks make; an error of one is an error of all."""
        part, failure = None, None
        try:
            part = make()
        except Exception as error:
            failure = error
        self._agree(failure)
        with self._heard():
            dist.all_reduce(part, group=self._sums)
        return part

    def named(self, view: "SharedView") -> int:
        """A name for a view, which the others forget when it is gone."""
        self._views += 1
        weakref.finalize(view, self._dropped_later, self._views)
        return self._views

    def _dropped_later(self, name: int) -> None:
        self._dropped.append(name)

    # What the others do.

    def _follow(self, problem: TorchProblem) -> Any:
        views: "dict[int, TorchView]" = {}
        failure: "Exception | None" = None
        while True:
            dropped, (what, *rest) = self._broadcast(None)
            for name in dropped:
                views.pop(name, None)
            if what == "done":
                return rest[0]
            if what == "failed":
                raise failure or EossError(f"rank {self.first} could not measure: {rest[0]}")
            try:
                if what == "open":
                    name, indices, which = rest
                    views[name] = TorchView(problem, self.share(indices), which, None)
                elif what == "shift":
                    name, of, a = rest
                    views[name] = views[of].shifted(self.send(self._empty(problem)), a)
                else:
                    name, samples, *kind = rest
                    x = self.send(self._empty(problem)) if what == "product" else None
                    self.total(lambda: part_of(views[name], what, samples, *kind, x))
            except RankLost:
                raise
            except Exception as error:
                # The first rank has been told, and ends the measurement.
                failure = failure or error

    @staticmethod
    def _empty(problem: TorchProblem) -> torch.Tensor:
        return torch.empty(problem.parameters.size, dtype=problem.vectors.dtype, device=problem.parameters.device)

    # What must be the same everywhere.

    def _compare(self, problem: TorchProblem) -> None:
        """:raises EossError: on every rank, if they have different models or data: their sum would be of none of them"""
        wrong = None
        model, samples = problem.model, problem.sets["training"]
        facts = (
            samples.size,
            problem.parameters.names,
            problem.parameters.sizes,
            problem.coupled,
            [module.training for module in model.modules()],
        )
        if len({repr(one) for one in self._gathered(facts)}) > 1:
            wrong = "have data sets of different sizes, different parameters, or different modes (train, eval)"
        if wrong is None and not self._is_same(problem.parameters.tensors):
            wrong = "have different parameters: was a rank changed by itself?"
        if wrong is None and not problem.coupled and not self._is_same(list(model.buffers())):
            wrong = "have different buffers: send those of one to the others before, with torch.distributed.broadcast"
        if wrong is None:
            indices = list(range(min(COMPARED, samples.size)))
            try:
                loss: Any = problem.view(indices, "training").loss()
            except Exception as error:
                loss = f"{type(error).__name__}: {error}"
            losses = self._gathered(loss)
            failed = [f"rank {rank}: {one}" for rank, one in enumerate(losses) if isinstance(one, str)]
            if failed:
                raise EossError(f"the loss fails ({failed[0]})")
            if max(losses) - min(losses) > SAME * max(map(abs, losses)):
                wrong = "have different losses of the same samples: give each the whole data set, in the same order"
        if wrong is not None:
            raise EossError(f"the ranks {wrong}; eoss measures what is the same on all of them")

    def _is_same(self, tensors: list) -> bool:
        same = True
        for tensor in tensors:
            flat = tensor.detach().reshape(-1)
            bits = flat.view(torch.int32) if flat.element_size() % 4 == 0 else flat.view(torch.uint8).to(torch.int32)
            least, most = bits.clone(), bits.clone()
            with self._heard():
                dist.all_reduce(least, op=dist.ReduceOp.MIN, group=self._sums)
                dist.all_reduce(most, op=dist.ReduceOp.MAX, group=self._sums)
            same = same and torch.equal(least, most)
        return same

    def _agree(self, failure: "Exception | None") -> None:
        flag = torch.tensor([failure is not None], dtype=torch.int32)
        with self._heard():
            dist.all_reduce(flag, op=dist.ReduceOp.MAX, group=self._talk)
        if not flag.item():
            return
        texts = self._gathered(None if failure is None else f"{type(failure).__name__}: {failure}")
        if failure is not None:
            raise failure
        raise EossError(next(f"rank {rank}: {text}" for rank, text in enumerate(texts) if text is not None))

    def _gathered(self, value: Any) -> list:
        values = [None] * self.count
        with self._heard():
            dist.all_gather_object(values, value, group=self._talk)
        return values

    def _broadcast(self, message: Any) -> Any:
        box = [message]
        with self._heard():
            dist.broadcast_object_list(box, src=self.first, group=self._talk)
        return box[0]

    @contextmanager
    def _heard(self):
        if self._lost is not None:
            raise RankLost(self._lost)
        try:
            yield
        except RuntimeError as error:
            self._lost = (
                f"another rank of the training does not answer any more ({str(error).splitlines()[0][:200]}): nothing "
                "more is measured. Every rank makes the same Monitor and calls step() at the same steps"
            )
            raise RankLost(self._lost) from error


class SharedProblem(TorchProblem):
    """The problem on the first rank, whose views are those of all ranks."""

    def __init__(self, own: TorchProblem, ranks: Ranks):
        self.__dict__.update(own.__dict__)
        self.ranks, self.alone = ranks, own

    def view(self, indices: list, which: str) -> "SharedView":
        view = SharedView(self, indices, which, None)
        self.ranks.tell("open", view.name, indices, which)
        return view


class SharedView(TorchView):
    """The mean loss of some samples, of which each rank has its share. What is no sum, the first rank makes alone."""

    def __init__(self, problem: SharedProblem, indices: list, which: str, theta):
        super().__init__(problem, indices, which, theta)
        self.name = problem.ranks.named(self)
        self._part = TorchView(problem, problem.ranks.share(indices), which, theta)

    def loss(self) -> float:
        if self._loss is None:
            self._loss = float(self._total("loss"))
        return self._loss

    def gradient(self) -> torch.Tensor:
        if self._gradient is None:
            self._gradient = self._total("gradient")
        return self._gradient.clone()

    def product(self, kind: str, x: torch.Tensor) -> torch.Tensor:
        # Differences are made of gradients, which are those of all ranks.
        return super().product(kind, x) if self.problem.differences else self._total("product", kind, x=x)

    def shifted(self, x: torch.Tensor, a: float) -> "SharedView":
        view = SharedView(self.problem, self.indices, self.which, self.parameters().add_(x, alpha=a))
        self.problem.ranks.tell("shift", view.name, self.name, a)
        self.problem.ranks.send(x)
        return view

    def _total(self, what: str, *kind: str, x: "torch.Tensor | None" = None) -> torch.Tensor:
        ranks, samples = self.problem.ranks, len(self.indices)
        ranks.tell(what, self.name, samples, *kind)
        if x is not None:
            ranks.send(x)
        return ranks.total(lambda: part_of(self._part, what, samples, *kind, x))


def part_of(view: TorchView, what: str, samples: int, *rest: Any) -> torch.Tensor:
    """The part of a mean over so many samples that is of these."""
    weight = len(view.indices) / samples
    device = view.problem.parameters.device
    if what == "loss":
        value = view.loss() if view.indices else 0.0
        return torch.tensor(weight * value, dtype=torch.float64, device=device)
    if not view.indices:
        return torch.zeros(view.size, dtype=view.problem.vectors.dtype, device=device)
    made = view.gradient() if what == "gradient" else view.product(*rest)
    return made.mul_(weight)
