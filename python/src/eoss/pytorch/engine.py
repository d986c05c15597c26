"""A user's PyTorch model, loss and data as something that eoss measures."""

from __future__ import annotations

import functools
from contextlib import contextmanager, nullcontext
from typing import Any, Callable

import torch
import torch.nn.functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from .._differences import differs
from .._errors import EossError
from .._memory import checked_memory
from .._verify import Report
from .data import Samples
from .double import in_double_precision
from .loss import CHUNK, TorchProblem
from .memory import room_for
from .optimizer import Rule
from .parameters import Parameters
from .targets import is_cross_entropy, rows_of
from .undisturbed import Buffers, dense_gradients, twice_differentiable, undisturbed
from .verify import verified

#: Wrappers that spread parameters over ranks: FSDP, FSDP2, and those of DeepSpeed.
_SHARDED = ("FullyShardedDataParallel", "FSDPModule", "DeepSpeedEngine")
#: Losses that are -log p in natural parameters whatever their options, and the options that spoil it.
_LIKELIHOODS = (F.mse_loss, F.cross_entropy, F.binary_cross_entropy_with_logits)


class TorchEngine:
    """One model, loss and data set; the problem is made anew for each measurement."""

    framework = f"PyTorch {torch.__version__}"

    def __init__(
        self,
        model: torch.nn.Module,
        loss_fn: "Callable | None",
        data: Any,
        *,
        loss: "Callable | None" = None,
        optimizer: Any = None,
        lr: "float | Callable[[], float] | None" = None,
        batch_size: "int | None" = None,
        held_out: Any = None,
        coupled: "bool | None" = None,
        likelihood: "bool | None" = None,
        chunk: int = CHUNK,
        second_derivative: str = "autograd",
        memory: "float | None" = None,
        seed: int = 0,
    ):
        if not isinstance(model, torch.nn.Module):
            raise EossError(f"the model must be a torch.nn.Module, not {type(model).__name__}")
        if (loss_fn is None) == (loss is None):
            raise EossError("give either loss_fn, called as loss_fn(model(x), y), or loss=lambda model, batch: …")
        self.model, self.loss_fn, self.loss = _plain(model), loss_fn, loss
        _refuse_sharded(self.model)
        #: All that a forward pass may change.
        self._modules = [self.model, *(f for f in (loss_fn, loss) if isinstance(f, torch.nn.Module))]
        #: The other processes that train the model, if there are some.
        self.ranks = _ranks_of(model)
        self.optimizer, self.lr = optimizer, lr
        self.coupled, self.chunk, self.seed = coupled, chunk, seed
        self.differences = differs(second_derivative)
        #: Bytes that a search may take; None for what is free.
        self.memory = checked_memory(memory)
        self.likelihood = _is_likelihood(loss_fn) if likelihood is None else likelihood
        first = self._problem_parts(Samples(data, _device(model)), held_out)
        self.samples, self.held_out = first
        self.batch_size = batch_size
        if batch_size is None and isinstance(data, DataLoader):
            self.batch_size = data.batch_size
            if self.batch_size is not None and self.ranks is not None:
                # An update is made of the batches of all ranks.
                self.batch_size *= self.ranks.count
        if self.batch_size is not None and not 1 <= self.batch_size <= self.samples.size:
            raise EossError(f"batch_size is {self.batch_size}; allowed: 1 to {self.samples.size}, the samples")
        self.initial: "torch.Tensor | None" = None
        self.problem: "TorchProblem | None" = None
        self._refuse_parameters()
        self._refuse_weights()
        precision = torch.float64 if self.differences else torch.float32
        room_for(self.size, precision, _device(self.model), self.memory).warn()

    def _problem_parts(self, samples, held_out):
        return samples, None if held_out is None else Samples(held_out, samples.device)

    # What the run folder says of it.

    @property
    def model_name(self) -> str:
        return type(self.model).__name__

    @property
    def loss_name(self) -> str:
        return _name_of(self.loss_fn if self.loss is None else self.loss)

    @property
    def optimizer_name(self) -> str:
        return "unknown" if self.optimizer is None else type(self.optimizer).__name__

    @property
    def device(self) -> str:
        device = str(_device(self.model))
        return device if self.ranks is None else f"{device}, {self.ranks.count} ranks of DistributedDataParallel"

    @property
    def size(self) -> int:
        return self._new_problem().parameters.size

    def vectors(self):
        """The vectors that the commands work with."""
        problem = self._new_problem()
        with self._precision(problem):
            return problem.vectors

    def wait(self) -> None:
        """Until the device has done what it was given: its time is then the loop's."""
        if _device(self.model).type == "cuda":
            torch.cuda.synchronize(_device(self.model))

    def keep_start(self) -> None:
        """Notes θ₀, for the distance from it."""
        self.initial = self._new_problem().parameters.vector().cpu()

    @contextmanager
    def measuring(self):
        """Sets PyTorch up to measure at the present parameters, and puts everything back after it.

        :return: the problem
        """
        modules = self._modules
        with twice_differentiable(_device(self.model)), dense_gradients(*modules), undisturbed(*modules) as buffers:
            self.problem = self._new_problem(buffers)
            try:
                with self._precision(self.problem):
                    yield self.problem
            finally:
                self.problem = None

    def _precision(self, problem: TorchProblem):
        if self.differences and self.ranks is not None:
            raise EossError(
                'second_derivative="differences" is for one process: measure model.module on one of the ranks, or on each'
            )
        return in_double_precision(problem) if self.differences else nullcontext()

    def together(self, lead: "Callable[[TorchProblem], Any]") -> Any:
        """What is made of the problem; with several ranks by the first of them, with the help of the others."""
        with self.measuring() as problem:
            return lead(problem) if self.ranks is None else self.ranks.together(problem, lead)

    def verify(self) -> Report:
        is_mean = self.coupled is False
        return self.together(lambda problem: verified(getattr(problem, "alone", problem), is_mean))

    def describe(self, problem: TorchProblem) -> dict:
        """The problem as the protocol has it; inside of ``measuring``."""
        parameters = problem.parameters
        described = {
            "problem": 1,
            "samples": self.samples.size,
            "batchSize": self.batch_size or self.samples.size,
            "dimension": parameters.size,
            "precision": problem.vectors.precision,
            "coupled": problem.coupled,
            **({"differences": True} if self.differences else {}),
            "layers": [{"name": n, "size": s} for n, s in zip(parameters.names, parameters.sizes)],
            "lacks": self._lacks(problem),
        }
        basis = room_for(parameters.size, problem.vectors.dtype, problem.vectors.device, self.memory).basis
        if basis is not None:
            described["basisSize"] = basis
        if self.held_out is not None:
            described["heldOut"] = self.held_out.size
        update = self._update(problem)
        if update is not None:
            described["update"] = update
        return described

    def rule(self) -> "Rule | None":
        if self.optimizer is None:
            return None
        return Rule(self.optimizer, self._new_problem().parameters.tensors)

    def learning_rate(self) -> "float | None":
        """η of the next step, if it is known."""
        if self.lr is not None:
            return float(self.lr() if callable(self.lr) else self.lr)
        rule = self.rule()
        return None if rule is None else rule.learning_rate

    def _update(self, problem: TorchProblem) -> "dict | None":
        rate = self.learning_rate()
        if rate is None:
            return None
        rule = problem.optimizer
        if rule is None or rule.reason is not None:
            return {"learningRate": rate, "preconditioner": "identity"}
        # The threshold is the Node side's to know.
        return {
            "learningRate": rate,
            "optimizer": {"name": rule.name, **rule.options},
            "preconditioner": rule.state(),
        }

    def _lacks(self, problem: TorchProblem) -> dict:
        lacks = {}
        if self.loss_fn is None:
            lacks["outputs"] = "with loss=… eoss does not see the model's outputs; give loss_fn and batches (x, y)"
        else:
            reason = _without_outputs(problem)
            if reason is not None:
                lacks["outputs"] = reason
        if self.initial is None:
            lacks["initial-params"] = "only a Monitor with distance in its measure knows where training began"
        rule = problem.optimizer
        if rule is None:
            lacks["update"] = "no optimizer was given"
        elif rule.reason is not None:
            lacks["update"] = rule.reason
        return lacks

    def _new_problem(self, buffers: "Buffers | None" = None) -> TorchProblem:
        problem = TorchProblem(
            self.model,
            samples=self.samples,
            held_out=self.held_out,
            loss_fn=self.loss_fn,
            loss=self.loss,
            coupled=_has_batch_norm(self.model) if self.coupled is None else self.coupled,
            likelihood=self.likelihood,
            chunk=self.chunk,
            seed=self.seed,
            initial=self.initial,
            differences=self.differences,
        )
        if self.optimizer is not None:
            problem.optimizer = Rule(self.optimizer, problem.parameters.tensors)
        if buffers is not None:
            problem.buffers = buffers
        return problem

    def _refuse_parameters(self) -> None:
        """:raises EossError: if the parameters that are trained are not those of the model, or not to be measured"""
        own = Parameters(self.model)
        known = {id(p) for p in self.model.parameters()}
        of_loss = [p for module in self._modules[1:] for p in module.parameters() if p.requires_grad and id(p) not in known]
        if of_loss:
            raise EossError(
                f"the loss {self.loss_name} has {len(of_loss)} parameters of its own, which the curvature would leave out: "
                "put it into the model, torch.nn.ModuleDict({'net': net, 'loss': criterion}), with loss=lambda model, "
                "batch: …; or freeze them (requires_grad_(False))"
            )
        groups = getattr(self.optimizer, "param_groups", [])
        others = sum(id(p) not in known for group in groups for p in group["params"] if p.requires_grad)
        if others:
            raise EossError(
                f"the optimizer trains {others} parameters that are not in the model of {own.size} numbers: give a module "
                "that holds all of them, with loss=lambda model, batch: …; or leave the optimizer out, and the curvature "
                "is that of this model alone"
            )

    def _refuse_weights(self) -> None:
        for module in self.model.modules():
            if module._backward_hooks or module._backward_pre_hooks:
                raise EossError(
                    f"module {type(module).__name__} has a backward hook: the gradient that is measured would be "
                    "what the hook makes of it. Remove the hook, or measure a copy of the model"
                )
        if self.coupled or not isinstance(self.loss_fn, torch.nn.Module):
            return
        if getattr(self.loss_fn, "reduction", "mean") == "sum":
            raise EossError(
                f'{self.loss_name} has reduction="sum": its loss grows with the batch, and so do its eigenvalues. '
                'Give reduction="mean", which is what a learning rate of a mean loss refers to'
            )
        if is_cross_entropy(self.loss_fn) and self.loss_fn.weight is not None:
            raise EossError(
                "cross-entropy with class weights is divided by the weights of the batch, so it is no mean over "
                "samples: say coupled=True, and all samples go through the model at once"
            )


def _plain(model: torch.nn.Module) -> torch.nn.Module:
    """The model inside of torch.compile and DataParallel, which share its parameters."""
    model = getattr(model, "_orig_mod", model)
    if isinstance(model, (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)):
        return _plain(model.module)
    return model


def _ranks_of(model: torch.nn.Module) -> "Any | None":
    model = getattr(model, "_orig_mod", model)
    if not isinstance(model, torch.nn.parallel.DistributedDataParallel):
        return None
    from .ranks import Ranks

    ranks = Ranks(model)
    return ranks if ranks.count > 1 else None


def _refuse_sharded(model: torch.nn.Module) -> None:
    """:raises EossError: for FSDP, whose ranks have parts of parameters; FSDP2 is known by its parameters, as DTensor"""
    for module in model.modules():
        name = next((base.__name__ for base in type(module).__mro__ if base.__name__ in _SHARDED), None)
        if name is not None:
            raise EossError(
                f"the model is sharded ({name}), and its parameters are spread over the ranks: measure a plain copy of it "
                "on one device. Its values come from torch.distributed.checkpoint.state_dict.get_model_state_dict(model, "
                "options=StateDictOptions(full_state_dict=True)), which every rank calls, and plain.load_state_dict(…)"
            )


def _device(model: torch.nn.Module) -> torch.device:
    parameter = next(model.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


def _has_batch_norm(model: torch.nn.Module) -> bool:
    """Whether samples of a batch see one another through its mean and variance."""
    return any(
        isinstance(module, _BatchNorm) and (module.training or not module.track_running_stats)
        for module in model.modules()
    )


def _is_likelihood(loss_fn: Any) -> bool:
    if loss_fn in _LIKELIHOODS or type(loss_fn) is torch.nn.MSELoss:
        return True
    if type(loss_fn) is torch.nn.CrossEntropyLoss:
        return loss_fn.weight is None and loss_fn.label_smoothing == 0
    if type(loss_fn) is torch.nn.BCEWithLogitsLoss:
        return loss_fn.weight is None and loss_fn.pos_weight is None
    return False


def _without_outputs(problem: TorchProblem) -> "str | None":
    """Why outputs and targets are not rows of numbers; None if they are."""
    batch = problem.sets["training"].batch([0])
    problem.buffers.renew()
    modes = [(module, module.training) for module in problem.model.modules()]
    problem.model.eval()  # batch norm refuses a batch of one
    try:
        f, y = problem.outputs_and_targets(batch)
        if not isinstance(f, torch.Tensor):
            return f"the model gives a {type(f).__name__} and not a tensor of outputs"
        if f.dim() == 0 or f.shape[0] != 1:
            return f"the model gives the shape {tuple(f.shape)} for one sample, and not a row of outputs"
        rows_of(f, y, problem.loss_fn)
    except EossError as error:
        return str(error)
    except Exception as error:
        # The loss itself will say what is wrong with the batch.
        return f"{type(error).__name__}: {error}"
    finally:
        for module, training in modes:
            module.training = training
    return None


def _name_of(function: Any) -> str:
    if isinstance(function, functools.partial):
        return _name_of(function.func)
    name = getattr(function, "__name__", type(function).__name__)
    return "a lambda" if name == "<lambda>" else name
