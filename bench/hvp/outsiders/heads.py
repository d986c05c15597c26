"""Losses of the outputs of a small network: the counterpart of heads.ts."""

import math

import torch
import torch.nn.functional as F

from values import case, data

x, y = data([6, 3], 51), data([6, 3], 52)
labels = torch.tensor([0, 1, 2, 1, 0, 2])
one_hot = F.one_hot(labels, 3).double()
positive = y.abs() + 0.25
binary = (y > 0).double()
signs = 2 * binary - 1
eye6, eye3 = torch.eye(6, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
same = one_hot @ one_hot.T - eye6
others = 1 - eye6
softplus = F.softplus


def unit(f):
    return f / f.norm(dim=1, keepdim=True)


def chosen(f):
    return f[torch.arange(6), labels]


def log_softmax(f):
    return torch.log_softmax(f, 1)


def kl(p, q):
    return (p * (p.log() - q.log())).sum(1).mean()


def distances(f):
    return ((f[None] - f[:, None]) ** 2).sum(2)


HEADS = {}


def head(name):
    def register(f):
        HEADS[name] = f
        return f

    return register


head("mean squared error")(lambda f: ((f - y) ** 2).mean())
head("mean absolute error")(lambda f: (f - y).abs().mean())
head("huber")(lambda f: F.huber_loss(f, y, delta=0.3))
head("log cosh")(lambda f: torch.log(torch.cosh(f - y)).mean())
head("quantile")(lambda f: torch.maximum(0.9 * (y - f), -0.1 * (y - f)).mean())
head("poisson")(lambda f: F.poisson_nll_loss(f, positive))
head("gamma")(lambda f: (f + positive * torch.exp(-f)).mean())
head("tweedie")(lambda f: (torch.exp(f) ** 0.5 / 0.5 - positive * torch.exp(f) ** -0.5 / -0.5).mean())
head("softmax cross-entropy")(lambda f: F.cross_entropy(f, labels))
head("sigmoid cross-entropy")(lambda f: F.binary_cross_entropy_with_logits(f, binary))
head("label smoothing")(lambda f: F.cross_entropy(f, labels, label_smoothing=0.1))


@head("log loss")
def _(f):
    p = torch.sigmoid(f)
    return -(binary * torch.log(p + 1e-7) + (1 - binary) * torch.log(1 - p + 1e-7)).mean()


head("class weights")(lambda f: F.cross_entropy(f, labels, weight=torch.tensor([1, 2, 0.5], dtype=torch.float64)))


@head("focal")
def _(f):
    p = chosen(torch.softmax(f, 1))
    return ((1 - p) ** 2 * -torch.log(p)).mean()


@head("binary focal")
def _(f):
    p = torch.sigmoid(f).clamp(1e-7, 1 - 1e-7)
    hit = torch.where(binary > 0, p, 1 - p)
    return (torch.where(binary > 0, 0.25, 0.75) * (1 - hit) ** 2 * -torch.log(hit)).mean()


@head("dice")
def _(f):
    p = torch.sigmoid(f)
    return 1 - (2 * (p * binary).sum() + 1) / (p.sum() + binary.sum() + 1)


@head("jaccard")
def _(f):
    p = torch.sigmoid(f)
    overlap = (p * binary).sum(0)
    return (1 - (overlap + 1) / (p.sum(0) + binary.sum(0) - overlap + 1)).mean()


@head("tversky")
def _(f):
    p = torch.sigmoid(f)
    hit, alarm, miss = (p * binary).sum(), (p * (1 - binary)).sum(), ((1 - p) * binary).sum()
    return (1 - hit / (hit + 0.3 * alarm + 0.7 * miss)) ** 0.75


head("hinge")(lambda f: torch.relu(1 - signs * f).mean())
head("squared hinge")(lambda f: (torch.relu(1 - signs * f) ** 2).mean())


@head("categorical hinge")
def _(f):
    wrong = ((1 - one_hot) * f).max(1).values
    return torch.relu(wrong - chosen(f) + 1).mean()


head("cosine distance")(lambda f: (1 - (unit(y) * unit(f)).sum(1)).mean())
head("cosine similarity")(lambda f: F.cosine_similarity(f, y).mean())
head("distillation")(lambda f: 16 * kl(torch.softmax(y / 4, 1), torch.softmax(f / 4, 1)))


@head("Jensen-Shannon")
def _(f):
    p, q = torch.softmax(f, 1), torch.softmax(y, 1)
    return 0.5 * kl(p, (p + q) / 2) + 0.5 * kl(q, (p + q) / 2)


@head("triplet")
def _(f):
    near, far = ((f[:2] - f[2:4]) ** 2).sum(1), ((f[:2] - f[4:]) ** 2).sum(1)
    return torch.relu(near - far + 1).mean()


@head("contrastive pairs")
def _(f):
    pair = torch.tensor([1.0, 0, 1], dtype=torch.float64)
    d = (f[:3] - f[3:]).norm(dim=1)
    return (pair * d**2 + (1 - pair) * torch.relu(2 - d) ** 2).mean()


@head("NT-Xent")
def _(f):
    z = unit(f)
    similar = (z @ z.T / 0.5).masked_fill(eye6 > 0, -1e9)
    return F.cross_entropy(similar, torch.tensor([3, 4, 5, 0, 1, 2]))


@head("supervised contrastive")
def _(f):
    z = unit(f)
    similar = z @ z.T / 0.25
    total = torch.logsumexp(similar.masked_fill(eye6 > 0, -math.inf), 1, keepdim=True)
    return -(same * (similar - total)).sum(1).mean()


head("in-batch softmax retrieval")(lambda f: F.cross_entropy(f[:3] @ f[3:].T, torch.arange(3)))


@head("ArcFace")
def _(f):
    cosine = 0.9 * unit(f)
    turned = torch.cos(torch.acos(cosine) + 0.3)
    return F.cross_entropy(4 * torch.where(one_hot > 0, turned, cosine), labels)


@head("center loss")
def _(f):
    centers = torch.stack([f[labels == k].mean(0) for k in range(3)])
    return ((f - centers[labels]) ** 2).mean()


@head("Barlow twins")
def _(f):
    def standard(z):
        return (z - z.mean(0)) / torch.sqrt(z.var(0, unbiased=False) + 1e-2)

    c = standard(f[:3]).T @ standard(f[3:]) / 3
    return ((0.9 * eye3 + 0.1) * (c - eye3) ** 2).sum()


@head("VICReg")
def _(f):
    c = torch.cov(f.T)
    spread = torch.relu(1 - torch.sqrt(torch.diagonal(c) + 1e-2)).mean()
    return spread + ((c * (1 - eye3)) ** 2).sum() / 3


@head("maximum mean discrepancy")
def _(f):
    k = torch.exp(-0.5 * distances(f))
    return k[:3, :3].sum() + k[3:, 3:].sum() - 2 * k[:3, 3:].sum()


@head("t-SNE")
def _(f):
    w = others / (1 + distances(f))
    q = w / w.sum() + 1e-6
    p = (same + 0.1) / (same + 0.1).sum()
    return (p * torch.log(p / q)).sum()


@head("Gaussian likelihood")
def _(f):
    return (0.5 * f[:, 1] + 0.5 * (y[:, 0] - f[:, 0]) ** 2 / torch.exp(f[:, 1])).mean()


@head("Student's t likelihood")
def _(f):
    scale = softplus(f[:, 1])
    z = (y[:, 0] - f[:, 0]) / scale
    return (torch.log(scale) + 2 * torch.log1p(z**2 / 3)).mean()


@head("Laplace likelihood")
def _(f):
    scale = softplus(f[:, 1]) + 0.1
    return (torch.log(scale) + (y[:, 0] - f[:, 0]).abs() / scale).mean()


@head("mixture density")
def _(f):
    means = torch.tensor([-0.5, 0, 0.5], dtype=torch.float64) + f
    return -torch.logsumexp(log_softmax(f) - 2 * (y[:, :1] - means) ** 2, 1).mean()


@head("CRPS")
def _(f):
    normal = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 1)
    sigma = torch.exp(f[:, 1])
    z = (y[:, 0] - f[:, 0]) / sigma
    density = torch.exp(normal.log_prob(z))
    return (sigma * (z * (2 * normal.cdf(z) - 1) + 2 * density - 1 / math.sqrt(math.pi))).mean()


@head("Beta likelihood by its kernel")
def _(f):
    p, n, t = torch.sigmoid(f[:, 0]), 1 + torch.exp(f[:, 1]), y[:, 0].abs().clamp(0.05, 0.95)
    return -(n * p * torch.log(t) + n * (1 - p) * torch.log(1 - t)).mean()


@head("ordinal")
def _(f):
    below = torch.sigmoid(torch.cumsum(softplus(f), 1) - f[:, :1])
    t = (torch.arange(3)[None] >= labels[:, None]).double()
    return -(t * torch.log(below + 1e-7) + (1 - t) * torch.log(1 - below + 1e-7)).mean()


head("ListNet")(lambda f: -(torch.softmax(y, 1) * log_softmax(f)).sum(1).mean())


@head("RankNet")
def _(f):
    s, t = f[:, 0], y[:, 0]
    pairs = [softplus(s[j] - s[i]) for i in range(6) for j in range(6) if t[i] > t[j]]
    return torch.stack(pairs).mean()


head("Plackett-Luce")(lambda f: sum(torch.logsumexp(f[:, k:], 1) - f[:, k] for k in range(3)).mean())


@head("Cox partial likelihood")
def _(f):
    s = f[:, 0]
    return -sum(s[i] - torch.logsumexp(s[i:], 0) for i in (0, 2, 3, 5)) / 6


@head("REINFORCE")
def _(f):
    policy = torch.distributions.Categorical(logits=f)
    return -(policy.log_prob(labels) * y[:, 0] + 0.01 * policy.entropy()).mean()


@head("PPO, clipped")
def _(f):
    ratio = torch.exp(chosen(log_softmax(f)) - chosen(log_softmax(y)))
    return -torch.minimum(ratio * y[:, 0], ratio.clamp(0.8, 1.2) * y[:, 0]).mean()


head("deep Q")(lambda f: F.smooth_l1_loss(chosen(f), y[:, 0] + 0.9))


@head("dueling values")
def _(f):
    q = f[:, :1] + f - f.mean(1, keepdim=True)
    return ((chosen(q) - torch.logsumexp(q, 1)) ** 2).mean()


head("GAN, not saturating")(lambda f: softplus(-f[:3]).mean() + softplus(f[3:]).mean())
head("least squares GAN")(lambda f: ((f[:3] - 1) ** 2).mean() + (f[3:] ** 2).mean())
head("relativistic GAN")(lambda f: -F.logsigmoid(f[:3] - f[3:].mean()).mean())


@head("energy margin")
def _(f):
    energy = -torch.logsumexp(f, 1)
    return (torch.relu(energy[:3] + 1.5) ** 2).sum() / 6 + (torch.relu(-1 - energy[3:]) ** 2).sum() / 6


head("elastic net")(lambda f: f.abs().mean() + 0.5 * (f**2).mean())
head("total variation")(lambda f: torch.sqrt((f[1:] - f[:-1]) ** 2 + 1e-2).mean())
head("symmetric mean absolute percentage error")(lambda f: ((f - y).abs() / (f.abs() + y.abs() + 0.5)).mean())


@head("log-determinant divergence")
def _(f):
    c = f.T @ f + eye3
    return torch.trace(c) - torch.logdet(c)


def network(p):
    return torch.tanh(x @ (2 * p["w1"]) + p["b1"]) @ (4 * p["w2"]) + p["b2"]


for name, loss in HEADS.items():
    case(f"head: {name}", w1=[3, 4], b1=[4], w2=[4, 3], b2=[3])(lambda p, loss=loss: loss(network(p)))
