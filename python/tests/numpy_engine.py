"""A small engine in float64 whose derivatives are written down by hand, to test the protocol with.

f(x) = X (a * b), squared error: the network of ``engineContract`` of @eoss/sharpness.
"""

from __future__ import annotations

import numpy as np

from eoss._frames import Array


class NumpyVectors:
    precision = "float64"

    def from_entries(self, entries):
        return np.array(entries)

    def entries(self, x):
        return Array(np.ascontiguousarray(x), "f8")

    def normals(self, n, seed):
        return np.random.default_rng(seed).standard_normal(n)

    def signs(self, n, seed):
        return np.random.default_rng(seed).integers(0, 2, n) * 2.0 - 1

    def copy(self, x):
        return x.copy()

    def dot(self, x, y):
        return float(x @ y)

    def dots(self, xs, y):
        return [float(x @ y) for x in xs]

    def axpy(self, a, x, y):
        return y + a * x

    def axpys(self, a, xs, y):
        return y + sum(weight * x for weight, x in zip(a, xs))

    def scale(self, a, x):
        return a * x

    def rotate(self, xs, rows, k):
        return list(np.array(rows)[:, :k].T @ np.array(xs))


class NumpyProblem:
    def __init__(self, network: dict):
        self.x = np.array(network["x"], dtype=np.float64)  # [n, C, p]
        self.y = np.array(network["y"], dtype=np.float64)  # [n, C]
        self.theta = np.array([*network["a"], *network["b"]], dtype=np.float64)

    def view(self, indices, which):
        return NumpyView(self, indices, self.theta)


class NumpyView:
    def __init__(self, problem, indices, theta):
        self.problem, self.indices, self.theta = problem, indices, theta
        self.x, self.y = problem.x[indices], problem.y[indices]
        a, b = np.split(theta, 2)
        self.f = self.x @ (a * b)
        self.residual = self.f - self.y
        self.jacobian = np.concatenate([self.x * b, self.x * a], axis=2)  # [n, C, 2p]

    def loss(self):
        return float((self.residual**2).sum(1).mean())

    def _gradients(self):
        return 2 * np.einsum("nc,ncj->nj", self.residual, self.jacobian)

    def gradient(self):
        return self._gradients().mean(0)

    def parameters(self):
        return self.theta.copy()

    def signed_parameters(self, seed):
        return self.theta * NumpyVectors().signs(len(self.theta), seed)

    def product(self, kind, x):
        n = len(self.indices)
        if kind == "empirical-fisher":
            g = self._gradients()
            return g.T @ (g @ x) / n
        image = 2 * np.einsum("ncj,nc->j", self.jacobian, self.jacobian @ x) / n
        if kind == "hessian":
            cross = 2 * np.einsum("nc,ncp->p", self.residual, self.x) / n
            u, v = np.split(x, 2)
            image = image + np.concatenate([cross * v, cross * u])
        elif kind not in ("gauss-newton", "fisher"):
            raise ValueError(f"there is no matrix {kind}")
        return image

    def block(self, kind, layer, x):
        p = len(self.theta) // 2
        whole = np.zeros(2 * p)
        whole[layer * p : layer * p + p] = x
        return self.product(kind, whole)[layer * p : layer * p + p]

    def outputs(self, part):
        return {
            "values": Array(np.ascontiguousarray(self.f), "f8"),
            "targets": Array(np.ascontiguousarray(self.y), "f8"),
            "classes": self.f.shape[1],
            "samples": len(self.indices),
            "of": 1,
        }

    def kernel_outputs(self):
        return Array(np.ascontiguousarray(self.f), "f8")

    def kernel_product(self, x):
        rows = self.jacobian.reshape(-1, len(self.theta))
        return rows @ (rows.T @ x)

    def shifted(self, x, a):
        return NumpyView(self.problem, self.indices, self.theta + a * x)
