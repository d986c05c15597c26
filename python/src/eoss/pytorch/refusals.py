"""What PyTorch refuses to differentiate twice, in words: which op, and what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager

from .._errors import EossError

#: What helps wherever the first derivative is right.
OR_DIFFERENCES = (
    'or give second_derivative="differences": differences of gradients in double precision, with their error in each result'
)

ONCE_DIFFERENTIABLE = (
    "a torch.autograd.Function of the model is marked @once_differentiable, so it has no second derivative: write its "
    f"backward with differentiable ops and remove the mark, {OR_DIFFERENCES}"
)

#: What PyTorch says, and what helps.
_REMEDIES = (
    (
        r"derivative for '?(?:aten::)?([\w.]+)'? is not implemented",
        "{0} has no second derivative in PyTorch. Write it with ops that have one (for embedding_bag: "
        "embedding and a mean; for ctc_loss: the loss by logsumexp; for attention: "
        f"torch.nn.attention.sdpa_kernel(SDPBackend.MATH) around your own call), {OR_DIFFERENCES}",
    ),
    (
        r"(?s)trying to differentiate twice a function that was marked with @once_differentiable",
        ONCE_DIFFERENTIABLE,
    ),
    (
        r"(?s)(?:Checkpointing is not compatible with|torch\.utils\.checkpoint is incompatible with)",
        "gradient checkpointing with use_reentrant=True has no second derivative: use checkpoint(…, "
        "use_reentrant=False)",
    ),
    (
        r"(?s)(?:torch\.compile with aot_autograd does not currently support double backward)",
        "a part of the model was compiled in a way that cannot be undone from outside: measure the model that "
        "was given to torch.compile",
    ),
    (
        r"(?s)Double backwards is not supported for CuDNN RNNs",
        "cuDNN's recurrent network has no second derivative: wrap the call in "
        "torch.backends.cudnn.flags(enabled=False)",
    ),
)


@contextmanager
def explained():
    """Errors of PyTorch that have a known remedy become ones that say it."""
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:
        for pattern, remedy in _REMEDIES:
            found = re.search(pattern, str(error))
            if found:
                text = remedy.format(*found.groups()) if found.groups() else remedy
                raise EossError(f"this loss cannot be measured: {text}") from error
        raise
