"""The networks of the reference figures, and their data, where those files are there."""

import json
import math
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional as F

SHARED = Path(__file__).parents[3] / "shared"
GOLDEN = SHARED / "golden"
#: The largest relative error of each quantity and precision, for the table at the end of a test run.
WORST: "dict[tuple[str, str], tuple[float, str]]" = {}


def note(quantity, precision, error, name):
    """Keeps an error for the table, and gives it back."""
    if error >= WORST.get((quantity, precision), (-1.0, ""))[0]:
        WORST[quantity, precision] = (error, name)
    return error


class Golden(nn.Module):
    """Parameters in the order and layout of the file: dense [in, out], convolutions [h, w, in, out]."""

    def __init__(self, content, tensors):
        super().__init__()
        self.kind = content["model"]
        self.names = [tensor["name"] for tensor in content["tensors"]]
        self.all = nn.ParameterList(tensors)

    def forward(self, x):
        p = dict(zip(self.names, self.all))
        if "mlp" in self.kind:
            return self.dense_layers(x.flatten(1))
        x = x.permute(0, 3, 1, 2) if x.dim() == 4 else x
        if "resnet" in self.kind:
            return self.resnet(x, p)
        if self.kind == "cnn":
            return self.cnn(x)
        if "cnn" in self.kind:
            q = list(self.all)
            x = F.max_pool2d(F.relu(conv(x, q[0], q[1], 0)), 2)
            return F.relu(conv(x, q[2], q[3], 1)).mean((2, 3)) @ q[4] + q[5]
        return self.attention(x, p)

    def dense_layers(self, x):
        p = list(self.all)
        act = torch.tanh if "tanh" in self.kind else F.relu
        for k in range(0, len(p) - 2, 2):
            x = act(x @ p[k] + p[k + 1])
        return x @ p[-2] + p[-1]

    def cnn(self, x):
        p = list(self.all)
        x = F.relu(conv(x, p[0], p[1], 0))
        x = F.max_pool2d(F.relu(conv(x, p[2], p[3], 0)), 2)
        x = F.max_pool2d(F.relu(conv(x, p[4], p[5], 0)), 2).permute(0, 2, 3, 1).flatten(1)
        return F.relu(x @ p[6] + p[7]) @ p[8] + p[9]

    def resnet(self, x, p):
        x = F.relu(conv(x, p["stem.kernel"], None, 1))
        blocks = dict.fromkeys(name.rsplit(".", 2)[0] for name in self.names if name.startswith("stage"))
        for block in blocks:
            one, two = p[f"{block}.conv1.kernel"], p[f"{block}.conv2.kernel"]
            more = one.shape[3] - one.shape[2]
            stride = 2 if more else 1
            # Channels of zeros after the others, or around them in the small one.
            sides = (more // 2, more // 2) if self.kind == "tiny_resnet" else (0, more)
            short = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, *sides))
            x = F.relu(conv(F.relu(conv(x, one, None, 1, stride)), two, None, 1) + short)
        return x.mean((2, 3)) @ p["head.kernel"] + p["head.bias"]

    def attention(self, x, p):
        dense = lambda name, z: z @ p[f"{name}.kernel"] + p[f"{name}.bias"]  # noqa: E731
        norm = lambda name, z: F.layer_norm(z, (6,), p[f"{name}.gamma"], p[f"{name}.beta"], 1e-5)  # noqa: E731
        heads = 2 if "h2" in self.kind else 1
        z = norm("ln1", x)
        split = lambda t: t.view(*t.shape[:2], heads, 6 // heads).transpose(1, 2)  # noqa: E731
        q, k, v = (split(dense(name, z)) for name in "qkv")
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        h = x + dense("o", mixed)
        out = h + dense("mlp2", torch.tanh(dense("mlp1", norm("ln2", h))))
        return dense("head", out.mean(1))


def conv(x, kernel, bias, padding, stride=1):
    return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride, padding)


def squared(f, y):
    return ((f - y) ** 2).sum(1).mean()


def load(name, dtype):
    """Content of the file, model, loss, data."""
    content = json.loads((GOLDEN / f"{name}.json").read_text())
    shapes = [tensor["shape"] for tensor in content["tensors"]]
    if "params" in content:
        flat = torch.tensor(content["params"], dtype=dtype)
        parts = flat.split([math.prod(shape) for shape in shapes])
        x = torch.tensor(content["inputs"], dtype=dtype).view(content["n"], *content["inputShape"])
        y = torch.tensor(content["labels"])
    else:
        parts = [torch.tensor(uniform(tensor), dtype=dtype) for tensor in content["tensors"]]
        x, y = cifar(dtype)
    model = Golden(content, [part.view(shape).clone() for part, shape in zip(parts, shapes)])
    if content["loss"] == "mse":
        return content, model, squared, (x, F.one_hot(y, content.get("classes", 10)).to(dtype))
    return content, model, F.cross_entropy, (x, y)


def uniform(tensor):
    """fround(scale·(2u - 1)) with the numbers u of mulberry32."""
    n = math.prod(tensor["shape"])
    u32 = numpy.uint32
    a = (tensor["seed"] + numpy.arange(1, n + 1, dtype=numpy.uint64) * 0x6D2B79F5).astype(u32)
    t = (a ^ (a >> u32(15))) * (a | u32(1))
    t ^= t + (t ^ (t >> u32(7))) * (t | u32(61))
    u = (t ^ (t >> u32(14))).astype(numpy.float64) / 2**32
    values = (math.sqrt(1 / tensor["fanIn"]) * (2 * u - 1)).astype(numpy.float32)
    assert values[:5].tolist() == tensor["first5"]
    return values


def cifar(dtype):
    """The first 2,048 images of CIFAR-10, [height, width, channel], as the figures have them, and their classes."""
    rows = numpy.fromfile(SHARED / "data/cifar10/data_batch_1.bin", numpy.uint8, 2048 * 3073).reshape(-1, 3073)
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) / 255
    known = json.loads((GOLDEN / "data.json").read_text())
    scaled = ((images - known["mean"]) / known["std"]).astype(numpy.float32)
    assert numpy.allclose(scaled[0].ravel()[:12], known["record0First12HWC"], rtol=1e-6)
    return torch.tensor(scaled, dtype=dtype), torch.tensor(rows[:, 0].astype(numpy.int64))


def relative(found, expected):
    """‖found - expected‖ / ‖expected‖."""
    expected = torch.tensor(expected, dtype=torch.float64)
    return float((torch.as_tensor(found, dtype=torch.float64) - expected).norm() / expected.norm())
