"""What a measurement leaves exactly as it was, and how PyTorch must be set to make it."""

from __future__ import annotations

import random
import sys
from contextlib import ExitStack, contextmanager

import torch

from .attributes import Attributes


@contextmanager
def undisturbed(*roots: torch.nn.Module):
    """Buffers, attributes, gradients, random generators and modes of modules are afterwards what they were.

    Tensors are replaced by copies while it lasts, so that the user's own are not touched at all.
    """
    modules = list(dict.fromkeys(module for root in roots for module in root.modules()))
    parameters = [(p, p.grad, p.requires_grad) for root in roots for p in root.parameters()]
    modes = [(module, module.training) for module in modules]
    attributes, states = Attributes(modules), _generators()
    buffers = Buffers(modules, attributes)
    buffers.renew()
    try:
        yield buffers
    finally:
        buffers.restore()
        attributes.restore_generators()
        for parameter, gradient, trained in parameters:
            parameter.grad = gradient
            if parameter.requires_grad != trained:
                parameter.requires_grad_(trained)
        for module, training in modes:
            module.training = training
        for restore in states:
            restore()


class Buffers:
    """Buffers and attributes of modules, to be had afresh."""

    def __init__(self, modules=(), attributes: "Attributes | None" = None):
        self._attributes = attributes or Attributes([])
        buffers = [(module._buffers, name, tensor) for module in modules for name, tensor in module._buffers.items()]
        #: Where each tensor is kept, its name there, and itself.
        self._tensors = [entry for entry in buffers if entry[2] is not None] + self._attributes.tensors
        #: The type that numbers are converted to; None leaves them.
        self.cast: "torch.dtype | None" = None

    def renew(self) -> None:
        """New copies: what one forward pass makes of them is not seen by the next one."""
        self._attributes.restore()
        copies = {}
        for place, name, tensor in self._tensors:
            if id(tensor) not in copies:
                to = self.cast if self.cast is not None and tensor.is_floating_point() else tensor.dtype
                copies[id(tensor)] = tensor.detach().to(to, copy=True)
            place[name] = copies[id(tensor)]

    def restore(self) -> None:
        """The user's own again."""
        for place, name, tensor in self._tensors:
            place[name] = tensor
        self._attributes.restore()


def _generators():
    """Functions that put every random generator back to where it is now."""
    restores = []
    cpu = torch.get_rng_state()
    restores.append(lambda: torch.set_rng_state(cpu))
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        cuda = torch.cuda.get_rng_state_all()
        restores.append(lambda: torch.cuda.set_rng_state_all(cuda))
    mps = getattr(torch, "mps", None)
    if mps is not None and torch.backends.mps.is_available():
        state = mps.get_rng_state()
        restores.append(lambda: mps.set_rng_state(state))
    own = random.getstate()
    restores.append(lambda: random.setstate(own))
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        legacy = numpy.random.get_state()
        restores.append(lambda: numpy.random.set_state(legacy))
    return restores


@contextmanager
def dense_gradients(*roots: torch.nn.Module):
    """Embeddings with ``sparse=True`` have the same gradient as a dense tensor, which can be differentiated again."""
    sparse = [module for root in roots for module in root.modules() if module.__dict__.get("sparse") is True]
    try:
        for module in sparse:
            module.sparse = False
        yield
    finally:
        for module in sparse:
            module.sparse = True


@contextmanager
def twice_differentiable(device: torch.device):
    """Kernels that have second derivatives and full precision, whatever the training uses."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast(device_type=device.type, enabled=False))
        if device.type != "cpu":
            stack.enter_context(torch.autocast(device_type="cpu", enabled=False))
        stack.enter_context(_autocast_in_models_off())
        stack.enter_context(_math_attention())
        stack.enter_context(_setting(torch.backends.mha, "fastpath_enabled"))
        if hasattr(torch.compiler, "set_stance"):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        if device.type == "cuda":
            # cuDNN's recurrent networks have no second derivative, and TF32 keeps three digits.
            stack.enter_context(torch.backends.cudnn.flags(enabled=False))
            stack.enter_context(_matmul_in_full())
        yield


@contextmanager
def _autocast_in_models_off():
    """``with torch.autocast(…)`` in a forward pass does nothing for a while."""
    enter = torch.autocast.__enter__

    def enter_disabled(autocast):
        enabled, autocast._enabled = autocast._enabled, False
        try:
            return enter(autocast)
        finally:
            autocast._enabled = enabled

    torch.autocast.__enter__ = enter_disabled
    try:
        yield
    finally:
        torch.autocast.__enter__ = enter


def _math_attention():
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel

        return sdpa_kernel(SDPBackend.MATH)
    except ImportError:
        return torch.backends.cuda.sdp_kernel(
            enable_flash=False, enable_mem_efficient=False, enable_math=True
        )


@contextmanager
def _setting(module, name: str):
    """Turns a switch of PyTorch off, if this version has it."""
    get, put = getattr(module, f"get_{name}", None), getattr(module, f"set_{name}", None)
    before = get() if get is not None else None
    if put is not None and before is not None:
        put(False)
    try:
        yield
    finally:
        if put is not None and before is not None:
            put(before)


@contextmanager
def _matmul_in_full():
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
