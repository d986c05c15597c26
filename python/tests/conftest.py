"""What the tests share: a torch on one thread, and the Node side of this checkout."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
torch.set_num_threads(1)


@pytest.fixture
def data():
    """16 samples of 6 features, with class numbers."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(24, 6, generator=generator)
    return x, torch.randint(0, 4, (24,), generator=generator)


def pytest_terminal_summary(terminalreporter):
    """The largest errors against the reference figures, if those were tested."""
    from golden import WORST

    for (quantity, precision), (error, name) in sorted(WORST.items(), key=lambda entry: entry[0][::-1]):
        terminalreporter.write_line(f"{precision:<18}{quantity:<24}{error:.1e}  {name}")


def dense(model, loss_of):
    """The Hessian of a loss as a matrix, from differences of gradients in float64 of a copy."""
    import copy

    own = copy.deepcopy(model).double()
    parameters = [p for p in own.parameters() if p.requires_grad]
    sizes = [p.numel() for p in parameters]
    theta = torch.cat([p.detach().reshape(-1) for p in parameters])

    def gradient(at):
        for p, part in zip(parameters, at.split(sizes)):
            p.data = part.view(p.shape).clone()
        return torch.cat([g.reshape(-1) for g in _slopes(loss_of(own), parameters)])

    columns = []
    for i in range(len(theta)):
        step = torch.zeros_like(theta)
        step[i] = 1e-5
        columns.append((gradient(theta + step) - gradient(theta - step)) / 2e-5)
    matrix = torch.stack(columns)
    return (matrix + matrix.T) / 2


def _slopes(loss, parameters):
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found)]
