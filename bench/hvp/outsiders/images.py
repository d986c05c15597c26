"""Convolutional networks: the counterpart of images.ts, in PyTorch's order of axes inside."""

import torch
import torch.nn.functional as F

from values import case, data

x, labels = data([2, 6, 6, 1], 81).permute(0, 3, 1, 2), torch.tensor([0, 1])
series = data([2, 6, 2], 82)
mask = (data([2, 6, 6, 1], 83) > 0).double().permute(0, 3, 1, 2)
tanh, relu = torch.tanh, torch.relu


def image(name, **shapes):
    return lambda f: case(f"image: {name}", **shapes)(lambda p: f(**p))


def conv(a, w, padding="same", stride=1, dilation=1, groups=1):
    return F.conv2d(a, w.permute(3, 2, 0, 1), padding=padding, stride=stride, dilation=dilation, groups=groups)


def depthwise(a, w):
    return F.conv2d(a, w.permute(2, 3, 0, 1), padding="same", groups=a.shape[1])


def classified(f):
    return F.cross_entropy(f, labels)


def flat(a):
    return a.permute(0, 2, 3, 1).reshape(2, -1)


def mean(a):
    return a.mean((2, 3))


def bias(b):
    return b[None, :, None, None]


image("LeNet with max pooling", w1=[3, 3, 1, 2], b1=[2], w2=[18, 2])(
    lambda w1, b1, w2: classified(flat(F.max_pool2d(relu(conv(x, w1) + bias(b1)), 2)) @ w2)
)
image("average pooling and tanh", w1=[3, 3, 1, 2], b1=[2], w2=[18, 2])(
    lambda w1, b1, w2: classified(flat(F.avg_pool2d(tanh(conv(x, w1) + bias(b1)), 2)) @ w2)
)
image("global average pooling", w1=[3, 3, 1, 3], w2=[3, 2])(
    lambda w1, w2: classified(mean(F.elu(conv(x, w1))) @ w2)
)
image("strides and no padding", w1=[3, 3, 1, 2], w2=[2, 2, 2, 2])(
    lambda w1, w2: classified(mean(conv(tanh(conv(x, w1, "valid", 2)), w2, "valid")))
)
image("dilated convolutions", w1=[2, 2, 1, 2], w2=[2, 2, 2, 2])(
    lambda w1, w2: classified(mean(conv(tanh(conv(x, w1, "valid", 1, 2)), w2, "valid", 1, 2)))
)
image("separable convolutions", w0=[1, 1, 1, 3], w1=[3, 3, 3, 1], w2=[1, 1, 3, 2])(
    lambda w0, w1, w2: classified(mean(conv(F.relu6(4 * depthwise(tanh(conv(x, w0)), w1)), w2)))
)


@image("tf.separableConv2d", w1=[3, 3, 1, 2], w2=[1, 1, 2, 2])
def _(w1, w2):
    return classified(mean(tanh(conv(conv(x, w1), w2))))


@image("residual block with batch normalisation", w1=[3, 3, 1, 2], w2=[3, 3, 2, 2], gamma=[2], beta=[2])
def _(w1, w2, gamma, beta):
    a = conv(x, w1)
    return classified(mean(relu(a + F.batch_norm(conv(relu(a), w2), None, None, gamma, beta, True, eps=1e-3))))


image("instance normalisation", w1=[3, 3, 1, 2], w2=[2, 2])(
    lambda w1, w2: classified(mean(F.leaky_relu(F.instance_norm(conv(x, w1), eps=1e-3), 0.2)) @ w2)
)


@image("squeeze and excitation", w1=[3, 3, 1, 3], down=[3, 2], up=[2, 3], w2=[3, 2])
def _(w1, down, up, w2):
    a = tanh(conv(x, w1))
    return classified(mean((a * bias_of(torch.sigmoid(relu(mean(a) @ down) @ up))) ** 2) @ w2)


def bias_of(gates):
    return gates[:, :, None, None]


image("dense connections", w1=[3, 3, 1, 2], w2=[3, 3, 3, 2])(
    lambda w1, w2: classified(mean(tanh(conv(torch.cat([x, tanh(conv(x, w1))], 1), w2))))
)


def strided_same(a, w):
    """Padding "same" of TensorFlow with stride 2 and window 3 of an even size: one at the end."""
    return conv(F.pad(a, (0, 1, 0, 1)), w, "valid", 2)


def transposed(a, w):
    """Of window 3 and stride 2 from 3 to 6: the adjoint of `strided_same`, w [h, w, out, in]."""
    full = F.conv_transpose2d(a, w.permute(3, 2, 0, 1), stride=2)
    return full[:, :, :6, :6]


@image("convolutional autoencoder", w1=[3, 3, 1, 2], w2=[3, 3, 1, 2])
def _(w1, w2):
    return F.mse_loss(transposed(tanh(strided_same(x, w1)), w2), x)


@image("U-Net with transposed convolutions", down=[3, 3, 1, 2], deep=[3, 3, 2, 2], up=[2, 2, 2, 2], out=[1, 1, 4, 1])
def _(down, deep, up, out):
    a = relu(conv(x, down))
    b = relu(conv(F.max_pool2d(a, 2), deep))
    joined = torch.cat([a, F.conv_transpose2d(b, up.permute(3, 2, 0, 1), stride=2)], 1)
    return F.binary_cross_entropy_with_logits(conv(joined, out), mask)


@image("U-Net by repetition, with the dice loss", down=[3, 3, 1, 2], deep=[3, 3, 2, 2], out=[1, 1, 4, 1])
def _(down, deep, out):
    a = F.elu(conv(x, down))
    b = F.interpolate(F.elu(conv(F.avg_pool2d(a, 2), deep)), scale_factor=2, mode="nearest")
    f = torch.sigmoid(conv(torch.cat([a, b], 1), out))
    return 1 - (2 * (f * mask).sum() + 1) / (f.sum() + mask.sum() + 1)


@image("temporal convolution, causal", w1=[2, 2, 3], w2=[2, 3, 1])
def _(w1, w2):
    def causal(a, w, dilation):
        return F.conv1d(F.pad(a, (dilation, 0)), w.permute(2, 1, 0), dilation=dilation)

    f = causal(tanh(causal(series.transpose(1, 2), w1, 1)), w2, 2)
    return F.mse_loss(f[:, 0], series[:, :, 0])


@image("patches, as in a vision transformer", w=[9, 3], q=[3, 3], k=[3, 3], v=[3, 2])
def _(w, q, k, v):
    tokens = F.unfold(x, 3, stride=3).transpose(1, 2) @ w
    weights = torch.softmax((tokens @ q) @ (tokens @ k).mT, -1)
    return classified((weights @ (tokens @ v)).mean(1))


@image("capsules with routing", w=[3, 4, 6], w1=[3, 3, 1, 3])
def _(w, w1):
    def squash(s):
        n = (s**2).sum(-1, keepdim=True)
        return torch.sqrt(n + 1e-3) / (1 + n) * s

    a = F.max_pool2d(F.max_pool2d(conv(x, w1), 2), 2)[:, :, 0, 0]
    votes = torch.einsum("bc,cno->bco", a, w).reshape(2, 3, 2, 3)
    logits = torch.zeros(2, 3, 2, 1, dtype=torch.float64)
    for _round in range(2):
        v = squash((torch.softmax(logits, 2) * votes).sum(1, keepdim=True))
        logits = logits + (votes * v).sum(3, keepdim=True)
    lengths = torch.sqrt((v[:, 0] ** 2).sum(2) + 1e-3)
    return (relu(0.9 * F.one_hot(labels, 2) - lengths) ** 2).mean()


@image("style by Gram matrices, and total variation", image=[6, 6, 1])
def _(image):
    filters, picture = data([3, 3, 1, 3], 84), image.permute(2, 0, 1)[None]

    def gram(a):
        f = relu(conv(a, filters)).reshape(3, 36)
        return f @ f.T / 36

    return ((gram(picture) - gram(x[:1])) ** 2).sum() + 0.1 * (picture.diff(dim=3) ** 2).sum()
