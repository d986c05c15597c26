"""The networks in PyTorch's own layouts, with parameters from the work folder."""

import torch
from torch import nn
from torch.nn import functional

from work_folder import arguments

torch.set_num_threads(arguments().threads)
# Some peers draw their start from the global generator.
torch.manual_seed(0)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1 = nn.Linear(3072, 512)
        self.dense2 = nn.Linear(512, 512)
        self.dense3 = nn.Linear(512, 10)

    def forward(self, x):
        hidden = functional.relu(self.dense1(x.flatten(1)))
        return self.dense3(functional.relu(self.dense2(hidden)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3)
        self.conv2 = nn.Conv2d(64, 64, 3)
        self.conv3 = nn.Conv2d(64, 128, 3)
        self.dense1 = nn.Linear(4608, 512)
        self.dense2 = nn.Linear(512, 10)

    def forward(self, x):
        hidden = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        hidden = functional.max_pool2d(hidden, 2)
        hidden = functional.max_pool2d(functional.relu(self.conv3(hidden)), 2)
        return self.dense2(functional.relu(self.dense1(hidden.flatten(1))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.stride = stride
        self.missing = outputs - inputs

    def forward(self, x):
        hidden = self.conv2(functional.relu(self.conv1(x)))
        # The shortcut has no parameters: every second row and column, and channels of zeros.
        shortcut = x[:, :, :: self.stride, :: self.stride]
        return functional.relu(hidden + functional.pad(shortcut, (0, 0, 0, 0, 0, self.missing)))


class Resnet10(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)

        def stage(inputs, outputs, stride):
            return nn.ModuleDict(
                {"block1": Block(inputs, outputs, stride), "block2": Block(outputs, outputs, 1)}
            )

        self.stage1 = stage(16, 16, 1)
        self.stage2 = stage(16, 32, 2)
        self.stage3 = stage(32, 64, 2)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        hidden = functional.relu(self.stem(x))
        for stage in (self.stage1, self.stage2, self.stage3):
            for block in stage.values():
                hidden = block(hidden)
        return self.head(hidden.mean((2, 3)))


NETWORKS = {"mlp": Mlp, "cnn": Cnn, "resnet10": Resnet10}


def mse(outputs, targets):
    """Summed over outputs, averaged over samples."""
    return ((outputs - targets) ** 2).sum(1).mean()


def torch_layout(network, name, kernel):
    """[in, out] and [height, width, in, out] of the work folder as PyTorch keeps them."""
    if kernel.ndim == 4:
        return kernel.transpose(3, 2, 0, 1)
    if network == "cnn" and name == "dense1.kernel":
        # The rows follow height, width, channels; here the features are flattened channels first.
        kernel = kernel.reshape(6, 6, 128, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    return kernel.T


class Problem:
    """A network at its parameters, and its samples as tensors."""

    def __init__(self, network, unit):
        self.model = NETWORKS[network]()
        state = {}
        for name, array in unit.params.items():
            if name.endswith(".kernel"):
                array = torch_layout(network, name, array)
            name = name.replace(".kernel", ".weight")
            state[name] = torch.tensor(array.copy())
        self.model.load_state_dict(state)
        channels_first = network != "mlp"
        self.chunks = [
            (torch.tensor(x.transpose(0, 3, 1, 2).copy() if channels_first else x), torch.tensor(y))
            for x, y in unit.chunks
        ]

    @property
    def params(self):
        return list(self.model.parameters())

    @property
    def size(self):
        return sum(p.numel() for p in self.params)

    @property
    def samples(self):
        return sum(len(x) for x, _ in self.chunks)


def loss_of(problem):
    [(x, y)] = problem.chunks
    with torch.no_grad():
        return mse(problem.model(x), y)


def double_backward(problem):
    """v -> Hv of the mean loss on flat vectors, the graph of the gradient made anew for each."""
    params = problem.params

    def product(v):
        parts = v.split([p.numel() for p in params])
        v_tree = [part.view_as(p) for part, p in zip(parts, params)]
        total = torch.zeros_like(v)
        for x, y in problem.chunks:
            gradient = torch.autograd.grad(mse(problem.model(x), y), params, create_graph=True)
            hv = torch.autograd.grad(gradient, params, v_tree)
            total.add_(torch.cat([h.reshape(-1) for h in hv]), alpha=len(x) / problem.samples)
        return total

    return product
