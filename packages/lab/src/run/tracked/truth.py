"""Top eigenvalues of dense matrices in float64 (JAX, LAPACK) at the checkpoints of this folder.

    python truth.py DIGITS.json > truth.json

DIGITS.json: {"x": 128 × 64 pixels as eoss has them, "y": 128 labels} of the first 128 digits.
"""

import json
import pathlib
import sys

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
import scipy.linalg

RUNS = {
    "init1-relu-b16": dict(width=16, loss="mse", activation="relu"),
    "attack-r3": dict(width=8, loss="ce", activation="relu"),
    "attack-r4": dict(width=8, loss="mse", activation="tanh"),
}

digits = json.load(open(sys.argv[1]))
Y = np.array(digits["y"], dtype=int)
X, T = np.array(digits["x"], dtype=np.float32).astype(float).reshape(len(Y), 64), np.eye(10)[Y]


def top(A):
    return float(scipy.linalg.eigvalsh((A + A.T) / 2, subset_by_index=(len(A) - 1,) * 2)[0])


def truth(name, width, loss, activation):
    phi = {"relu": jax.nn.relu, "tanh": jnp.tanh}[activation]
    sizes = [64 * width, width, width * 10, 10]
    cuts = np.cumsum(sizes)[:-1]

    def outputs(w, x):
        a, b, c, d = jnp.split(w, cuts)
        return phi(x @ a.reshape(64, width) + b) @ c.reshape(width, 10) + d

    def head(f, t):
        return ((f - t) ** 2).sum() if loss == "mse" else -(jax.nn.log_softmax(f) * t).sum()

    mean = lambda w: jax.vmap(lambda x, t: head(outputs(w, x), t))(X, T).mean()
    product = jax.jit(jax.vmap(lambda w, v: jax.jvp(jax.grad(mean), (w,), (v,))[1], in_axes=(None, 0)))
    jacobian = jax.jit(jax.jacrev(lambda w: jax.vmap(lambda x: outputs(w, x))(X)))
    curvature = jax.jit(jax.vmap(jax.hessian(head)))
    n = sum(sizes)
    points = np.fromfile(pathlib.Path(__file__).with_name(f"{name}.bin"), dtype="<f4").reshape(-1, n)
    hessian, gauss_newton = [], []
    for w in points.astype(float):
        hessian.append(top(np.concatenate([product(w, E) for E in np.split(np.eye(n), 10)])))
        J, f = np.asarray(jacobian(w)), jax.vmap(lambda x: outputs(w, x))(X)
        e, Q = np.linalg.eigh(np.asarray(curvature(f, T)))
        R = np.sqrt(np.maximum(e, 0))[:, :, None] * np.einsum("ncd,ncp->ndp", Q, J)
        R = R.reshape(-1, n)
        gauss_newton.append(top(R.T @ R / len(X)))
    return dict(width=width, loss=loss, activation=activation, hessian=hessian, gaussNewton=gauss_newton)


print(json.dumps({name: truth(name, **run) for name, run in RUNS.items()}))
