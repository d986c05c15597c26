"""Every quantity from dense matrices in float64, by JAX and LAPACK.

    python truth.py POINTS.json    prints a JSON list, one object of values a point

Means over batches are those over all batches there are. The Hessian of each sample, n × d × d, and the
Jacobian of its outputs, n × C × d, are made in full; everything follows from them.
"""

import itertools
import json
import sys

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize

run = json.load(open(sys.argv[1]))
settings = run["settings"]
shapes = [tuple(p["shape"]) for p in run["parameters"]]
names = [p["name"] for p in run["parameters"]]
act = {"relu": jax.nn.relu, "tanh": jnp.tanh}[settings["activation"]]
eta, b = settings["lr"], settings["batch"]
rule = {"momentum": 0.9, "betas": [0.9, 0.999], "epsilon": 1e-8, **settings["optimizer"]}
smooth = settings["activation"] == "tanh"


def images(part):
    x = np.array(part["images"], dtype=np.float32).astype(float)
    return x.reshape(part["size"], *run["inputShape"]), np.eye(run["classes"])[part["labels"]]


X, T = images(run["data"])
n = len(X)


def tree(w):
    parts, at = {}, 0
    for name, shape in zip(names, shapes):
        size = int(np.prod(shape))
        parts[name], at = w[at : at + size].reshape(shape), at + size
    return parts


def pool(h):
    return jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def outputs(w, x):
    """The network on one sample, as the models' documentation describes it."""
    p, h = tree(w), x[None]

    def conv(name, h):
        kernel, bias = p[f"{name}.kernel"], p[f"{name}.bias"]
        dims = ("NHWC", "HWIO", "NHWC")
        return act(jax.lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=dims) + bias)

    if "conv1.kernel" in p:
        h = pool(conv("conv2", conv("conv1", h)))
        h = pool(conv("conv3", h))
    h = h.reshape(1, -1)
    layers = sum(name.startswith("dense") for name in names) // 2
    for k in range(1, layers + 1):
        h = h @ p[f"dense{k}.kernel"] + p[f"dense{k}.bias"]
        h = act(h) if k < layers else h
    return h[0]


def head(f, t):
    if settings["loss"] == "ce":
        return -(jax.nn.log_softmax(f) * t).sum()
    return ((f - t) ** 2).sum()


def loss(w, x, t):
    return head(outputs(w, x), t)


each = lambda f, *axes: jax.jit(jax.vmap(f, in_axes=axes))
losses = each(loss, None, 0, 0)
gradients = each(jax.grad(loss), None, 0, 0)
hessians = each(jax.hessian(loss), None, 0, 0)
jacobians = each(jax.jacrev(outputs), None, 0)
all_outputs = each(outputs, None, 0)
curvatures = each(jax.hessian(head), 0, 0)
meanloss = jax.jit(lambda w: jax.vmap(loss, in_axes=(None, 0, 0))(w, X, T).mean())
along = lambda w, u: jax.jvp(jax.grad(meanloss), (w,), (u,))[1]
cubic = jax.jit(lambda w, u: jnp.vdot(u, jax.jvp(lambda v: along(v, u), (w,), (u,))[1]))
sharpness_slope = jax.jit(jax.grad(lambda w, u: jnp.vdot(u, along(w, u))))
batchloss = jax.jit(lambda w, x, t: jax.vmap(loss, in_axes=(None, 0, 0))(w, x, t).mean())


def top(A, k=1):
    """The k largest eigenvalues, descending, and their vectors."""
    d = len(A)
    values, vectors = scipy.linalg.eigh(A, subset_by_index=(d - k, d - 1))
    return values[::-1], vectors[:, ::-1]


def gram_top(R):
    """The largest eigenvalue of RᵀR."""
    return scipy.linalg.svdvals(R)[0] ** 2


def top_space(A):
    """The largest eigenvalue and a basis of its eigenspace, as columns."""
    values, vectors = top(A, min(len(A), 12))
    return values[0], vectors[:, values >= values[0] - 1e-9 * abs(values[0])]


def top_space_of_root(R):
    """The same of RᵀR, R with few rows."""
    values, vectors = scipy.linalg.eigh(R @ R.T)
    Q = R.T @ vectors[:, values >= values[-1] * (1 - 1e-9)]
    return values[-1], Q / np.linalg.norm(Q, axis=0)


def cos2(Q, R):
    """cos² between vectors of two spaces: the least and the most, equal where each is one direction."""
    most = scipy.linalg.svdvals(Q.T @ R)[0] ** 2
    return np.array([most if Q.shape[1] == R.shape[1] == 1 else 0, most])


def unit(v):
    return v[:, None] / np.linalg.norm(v)


def flat(parts):
    return np.concatenate([np.array(p, dtype=float).ravel() for p in parts])


def preconditioner(point):
    """Adam's P, or None where it is the identity; False before the first update."""
    if rule["name"] != "adam":
        return None
    t, (b1, b2) = point["updates"], rule["betas"]
    if t == 0:
        return False
    v = flat(point["slots"]["meanSquare"])
    return (1 - b1**t) * (np.sqrt(v / (1 - b2**t)) + rule["epsilon"])


def direction(point, g):
    """(θ' − θ)/η of the next step, with the gradient of the whole loss."""
    if rule["name"] == "heavy-ball":
        return -(rule["momentum"] * flat(point["slots"]["velocity"]) + g)
    if rule["name"] == "adam":
        (b1, b2), t = rule["betas"], point["updates"] + 1
        m = b1 * flat(point["slots"]["mean"]) + (1 - b1) * g
        v = b2 * flat(point["slots"]["meanSquare"]) + (1 - b2) * g**2
        return -(m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + rule["epsilon"])
    return -g


def threshold():
    if rule["name"] == "heavy-ball":
        return (2 + 2 * rule["momentum"]) / eta
    if rule["name"] == "adam":
        return (2 + 2 * rule["betas"][0]) / ((1 - rule["betas"][0]) * eta)
    return 2 / eta


def critical(of, w, g, H, p):
    """2/η_c, η_c > 0 the first learning rate at which the loss is what it is at 0."""
    if g @ p >= 0:
        return np.nan
    present = of(w)
    change = lambda rate: float(of(w + rate * p) - present)
    # From well below where the quadratic that touches the loss rises again.
    rate = 0.05 * abs(2 * (g @ p) / (p @ H @ p))
    # Where that quadratic is nearly flat it says nothing of where to begin.
    while change(rate) >= 0:
        rate /= 2
        if rate < 1e-12:
            return np.nan
    while change(rate) < 0:
        rate *= 1.02
        if rate > 1e12:
            return np.nan
    return 2 / scipy.optimize.brentq(change, rate / 1.02, rate, rtol=1e-12)


def own_step(s, g, H):
    """sᵀHs/(−gᵀs), for a step s that goes down the slope."""
    return s @ H @ s / -(g @ s) if g @ s < 0 else np.nan


TOP = settings["top"]
spans = []


def span(A):
    """The top eigenvectors as columns, or None where the last of them is not separate from the next."""
    values, vectors = top(A, TOP + 1)
    return vectors[:, :TOP] if values[TOP - 1] - values[TOP] > 1e-9 * abs(values[0]) else None


def stochastic_gap(w, g, u, g_each):
    """η·β·σ_u²/(4α), nothing where α ≤ 0."""
    slope = np.asarray(sharpness_slope(w, u))
    across = lambda x: x - (x @ u) * u
    alpha, beta = -across(g) @ slope, across(slope) @ slope
    variance = (n - b) / (b * (n - 1)) * np.var(g_each @ u)
    return eta * beta * variance / (4 * alpha) if alpha > 0 else np.nan


def central_flow(w, g, u, lam):
    """σ = √(2α/β) at the bottom of the valley, of plain full-batch steps with one eigenvalue at its edge."""
    if rule["name"] != "sgd" or b < n:
        return np.nan
    w = w - g @ u / lam * u
    g, H = np.asarray(gradients(w, X, T)).mean(0), np.asarray(hessians(w, X, T)).mean(0)
    two, U = top((H + H.T) / 2, 2)
    u = U[:, 0]
    slope = np.asarray(sharpness_slope(w, u))
    across = lambda x: x - (x @ u) * u
    alpha, beta = -across(g) @ slope, across(slope) @ slope
    return np.sqrt(2 * alpha / beta) if two[1] < 2 / eta <= two[0] and alpha > 0 else np.nan


def kernel_norm(curvatures, scale):
    """η·s/C·Σ λ/(2 − ηλ) of the Gauss–Newton matrix; none beyond the edge of the whole loss."""
    if scale == 0:
        return 0.0
    if eta * curvatures[0] >= 2:
        return np.nan
    return eta * scale * (curvatures / (2 - eta * curvatures)).sum()


def onto_box(d):
    """Where vᵀd is largest, over |v_i| ≤ 1."""
    return np.sign(d)


def onto_matrices(d):
    """The same over matrices of spectral norm 1, [inputs, outputs] of each tensor."""
    parts, at = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        U, _, Vt = np.linalg.svd(d[:, at : at + size].reshape(len(d), -1, shape[-1]), full_matrices=False)
        parts.append((U @ Vt).reshape(len(d), size))
        at += size
    return np.concatenate(parts, axis=1)


def search(H, g, onto, starts=40, rounds=300):
    """The largest dᵀHd that steps d ← onto((H + cI)d) find from many starts; c makes each of them go up."""
    lam, vectors = scipy.linalg.eigh(H)
    random = np.random.default_rng(0).standard_normal((starts, len(H)))
    d = onto(np.concatenate([vectors[:, -20:].T, g[None], random]))
    shifted = H + max(0, -lam[0]) * np.eye(len(H))
    for _ in range(rounds):
        moved = onto(d @ shifted)
        if np.abs(moved - d).max() < 1e-12:
            break
        d = moved
    return np.einsum("ij,jk,ik->i", d, H, d).max()


def values(point):
    w = flat(point["params"])
    l, g_each, h_each = (np.asarray(f(w, X, T)) for f in (losses, gradients, hessians))
    jac, f = np.asarray(jacobians(w, X)), np.asarray(all_outputs(w, X))
    s = np.asarray(curvatures(f, T))
    # Roots R_i of the Gauss–Newton matrices, R_iᵀR_i = J_iᵀ S_i J_i.
    roots = []
    for J, S in zip(jac, s):
        e, Q = scipy.linalg.eigh(S)
        roots.append(np.sqrt(np.maximum(e, 0))[:, None] * (Q.T @ J))
    roots = np.array(roots)
    d = len(w)
    g, H = g_each.mean(0), h_each.mean(0)
    H = (H + H.T) / 2
    lam, U = top_space(H)
    u = U[:, 0] * (1 if g @ U[:, 0] >= 0 else -1)
    P = preconditioner(point)
    full_gn = gram_top(roots.reshape(-1, d) / np.sqrt(n))
    moment = g_each.T @ g_each / n
    out = {
        "fullbs": lam,
        "loss": l.mean(),
        "step-sharpness": g @ H @ g / (g @ g),
        "full-alignment": cos2(unit(g), U),
        "full-gauss-newton": full_gn,
        "full-fisher": full_gn,
        "full-empirical-fisher": top(moment)[0][0],
        "trace": np.trace(H),
        "density": np.linalg.norm(H),
        "gradient-norm": np.linalg.norm(g),
        "distance": np.linalg.norm(w - first),
        "accuracy": (f.argmax(1) == T.argmax(1)).mean(),
        # Of a network with kinks the third derivative is that of one of its pieces.
        "third-order": float(cubic(w, u)) if smooth and U.shape[1] == 1 else None,
        "critical-sharpness": critical(meanloss, w, g, H, direction(point, g)),
    }
    s = eta * direction(point, g)
    out["generalised-step-sharpness"] = own_step(s, g, H)
    out["update-sharpness"] = s @ H @ s / (s @ s)
    step = point["stepBatch"]
    gs, hs = g_each[step].mean(0), h_each[step].mean(0)
    out["step-batch-sharpness"] = gs @ hs @ gs / (gs @ gs)
    V = span(H)
    out["top-share"] = None if V is None else ((V.T @ g) ** 2).sum() / (g @ g)
    before = spans[-1] if spans else None
    spans.append(V)
    if len(spans) == 1:
        out["top-rotation"] = np.nan
    elif V is not None and before is not None:
        out["top-rotation"] = ((before.T @ V) ** 2).sum() / TOP
    out["stochastic-gap"] = stochastic_gap(w, g, u, g_each) if smooth and U.shape[1] == 1 else None
    if U.shape[1] == 1:
        out["oscillation-amplitude"] = abs(g @ u) / lam if lam > 0 else np.nan
        out["central-flow-amplitude"] = central_flow(w, g, u, lam) if smooth else None
    out["max-norm-sharpness"] = search(H, g, onto_box)
    out["spectral-norm-sharpness"] = search(H, g, onto_matrices)
    change = lambda v: float(meanloss(v))
    out["full-one-step-loss-change"] = change(w - eta * g) - l.mean()
    scale = (n - b) / (b * (n - 1))
    curvatures = np.linalg.svd(roots.reshape(-1, d) / np.sqrt(n), compute_uv=False) ** 2
    out["noise-kernel-norm"] = kernel_norm(curvatures, scale / f.shape[1])
    out["gradient-noise-top"] = scale * top(moment - np.outer(g, g))[0][0] if scale else 0
    hx, ht = images(run["heldOut"])
    out["test-loss"] = np.asarray(losses(w, hx, ht)).mean()
    out["test-accuracy"] = (np.asarray(all_outputs(w, hx)).argmax(1) == ht.argmax(1)).mean()
    out["step-lambda-max"] = top(h_each[point["stepBatch"]].mean(0))[0][0]
    pre = lambda A: A if P is None else A / np.sqrt(np.outer(P, P))
    if P is not False:
        out["preconditioned-sharpness"] = top(pre(H))[0][0]
        out["momentum-sharpness"] = out["preconditioned-sharpness"] / threshold()

    means, squares = {}, np.zeros((d, d))
    weights = dict(ratio=[], denominator=[], tr2=[], interaction=[], quadratic=[], descent=[])
    for batch in map(list, itertools.combinations(range(n), b)):
        gB, HB = g_each[batch].mean(0), h_each[batch].mean(0)
        lamB, UB = top_space(HB)
        R = roots[batch].reshape(-1, d) / np.sqrt(b)
        gn, VB = top_space_of_root(R)
        ends = scipy.linalg.eigvalsh(HB - R.T @ R)
        sB = eta * direction(point, gB)
        of = lambda v: batchloss(v, X[np.array(batch)], T[np.array(batch)])
        one = {
            "generalised-batch-sharpness": own_step(sB, gB, HB),
            "batch-update-sharpness": sB @ HB @ sB / (sB @ sB),
            "gauss-newton-batch-sharpness": ((R @ gB) ** 2).sum() / (gB @ gB),
            "batch-critical-sharpness": critical(of, w, gB, HB, direction(point, gB)),
            "minibs": lamB,
            "gap": lamB - lam,
            "batch-sharpness": gB @ HB @ gB / (gB @ gB),
            "alignment": cos2(unit(gB), UB),
            "gauss-newton": gn,
            "fisher": gn,
            "empirical-fisher": gram_top(g_each[batch] / np.sqrt(b)),
            "ntk": 2 / b * gram_top(jac[batch].reshape(-1, d)),
            "overlap": cos2(UB, VB),
            "residual-part": max(ends[-1], -ends[0]),
            "gni": gB @ H @ gB / (g @ g),
            "gradient-noise": ((gB - g) ** 2).sum(),
            "one-step-loss-change": float(
                np.asarray(losses(w - eta * gB, X[batch], T[batch])).mean() - l[batch].mean()
            ),
            "expected-loss-change": change(w - eta * gB) - l.mean(),
        }
        if V is not None:
            one["batch-top-share"] = ((V.T @ gB) ** 2).sum() / (gB @ gB)
        if P is not False:
            one["batch-preconditioned-sharpness"] = lamB if P is None else top(pre(HB))[0][0]
        for name, value in one.items():
            means.setdefault(name, []).append(value)
        weights["ratio"].append(gB @ HB @ gB)
        weights["denominator"].append(gB @ gB)
        weights["interaction"].append(gB @ H @ gB)
        weights["quadratic"].append(sB @ HB @ sB)
        weights["descent"].append(-gB @ sB)
        weights["tr2"].append((HB**2).sum())
        A = np.eye(d) - eta * HB
        squares += A @ A
    count = len(weights["ratio"])
    out |= {name: np.mean(found, axis=0) for name, found in means.items()}
    out["batch-sharpness-ratio"] = np.sum(weights["ratio"]) / np.sum(weights["denominator"])
    out["interaction-sharpness"] = np.sum(weights["interaction"]) / np.sum(weights["denominator"])
    descent = np.sum(weights["descent"])
    out["generalised-batch-sharpness-ratio"] = (
        np.sum(weights["quadratic"]) / descent if descent > 0 else np.nan
    )
    # A mean over batches of which some have no value: which of them are drawn decides whether there is one.
    for name in ["generalised-batch-sharpness", "batch-critical-sharpness", "batch-update-sharpness"]:
        if 0 < np.isnan(means[name]).sum() < count:
            out[name] = None
    out["batch-density"] = np.sqrt(np.mean(weights["tr2"]))
    # Nearly the identity in a dead network, where a search for one eigenvalue finds none.
    out["contraction"] = scipy.linalg.eigvalsh(squares / count)[-1]
    return {name: clean(value) for name, value in out.items() if value is not None}


def clean(value):
    """JSON has no NaN: null is a number that does not exist."""
    return np.where(np.isfinite(value), value, None).tolist()


first = flat(run["points"][0]["params"])
print(json.dumps([values(point) for point in run["points"]]))
