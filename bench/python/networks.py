"""Networks that people have, some steps into training on made data, and one batch of each.

Data are the digits of scikit-learn, enlarged and in three colours, and a Markov chain (text): nothing is downloaded.
"""

import functools

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

CLASSES = 10
WORDS, LENGTH = 64, 32


class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(3072, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class Cnn(nn.Sequential):
    def __init__(self):
        super().__init__(
            *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(2304, 256), nn.ReLU(), nn.Linear(256, 10)),
        )


class Block(nn.Module):
    """Two convolutions and a shortcut; with batch norm, its statistics are those that were seen before."""

    def __init__(self, inputs, outputs, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=not norm)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=not norm)
        self.norm1 = nn.BatchNorm2d(outputs) if norm else nn.Identity()
        self.norm2 = nn.BatchNorm2d(outputs) if norm else nn.Identity()
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        hidden = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(hidden)) + self.shortcut(x))


class Resnet(nn.Sequential):
    def __init__(self, widths, blocks, norm):
        stages, inputs = [], widths[0]
        for k, width in enumerate(widths):
            for block in range(blocks):
                stages.append(Block(inputs, width, 2 if k > 0 and block == 0 else 1, norm))
                inputs = width
        stem = [nn.Conv2d(3, widths[0], 3, padding=1), nn.ReLU()]
        super().__init__(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10))


class Layer(nn.Module):
    """Causal attention and a network of two layers, each after a layer norm."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        n, length, width = x.shape
        heads = (n, length, self.heads, width // self.heads)
        q, k, v = (part.view(heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(n, length, width))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self, width=128, layers=4, heads=4):
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, width), nn.Parameter(0.02 * torch.randn(LENGTH, width))
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, WORDS, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.layers(self.words(x) + self.places))).flatten(0, 1)


def squared(f, y):
    """Summed over outputs, averaged over samples."""
    return ((f - y) ** 2).sum(1).mean()


def next_word(f, y):
    return F.cross_entropy(f, y.flatten())


#: Model, loss, steps of training before, and their learning rate.
NETWORKS = {
    "mlp": (Mlp, squared, 100, 0.02),
    "cnn": (Cnn, squared, 60, 0.02),
    "resnet10": (lambda: Resnet((16, 32, 64), 2, norm=False), squared, 60, 0.01),
    "resnet18": (lambda: Resnet((64, 128, 256, 512), 2, norm=True), squared, 8, 0.005),
    "gpt": (Gpt, next_word, 60, 0.1),
}


def samples(network, n, seed):
    made = torch.Generator().manual_seed(seed)
    if network == "gpt":
        chain = torch.randn(WORDS, WORDS, generator=torch.Generator().manual_seed(0)).mul(3).softmax(-1)
        text = [torch.randint(0, WORDS, (n,), generator=made)]
        for _ in range(LENGTH):
            text.append(torch.multinomial(chain[text[-1]], 1, generator=made)[:, 0])
        text = torch.stack(text, 1)
        return text[:, :-1].contiguous(), text[:, 1:].contiguous()
    images, labels = digits()
    chosen = torch.randperm(len(images), generator=made)[:n]
    return images[chosen], F.one_hot(labels[chosen], CLASSES).float()


@functools.cache
def digits():
    found = load_digits()
    images = torch.tensor(found.images, dtype=torch.float32)[:, None]
    images = F.interpolate(images, size=(32, 32), mode="bilinear").expand(-1, 3, -1, -1)
    return ((images - images.mean()) / images.std()).contiguous(), torch.tensor(found.target)


def trained(network):
    """The model after its steps of SGD, in eval mode, and its loss."""
    make, loss_fn, steps, rate = NETWORKS[network]
    torch.manual_seed(0)
    model = make()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for step in range(steps):
        x, y = samples(network, 16, 1000 + step)
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
    optimizer.zero_grad()
    return model.eval(), loss_fn
