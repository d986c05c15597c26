"""The matrices of the battery: by formula, or from data that packages of PyPI ship.

Each is written as compressed rows with all its eigenvalues, which LAPACK finds in float64.

    python3 -m pip install numpy scipy networkx scikit-learn
    python3 bench/eigen/matrices.py FOLDER
"""

import json
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

rng = np.random.default_rng(7)


def second_difference(n):
    return sp.diags([2 * np.ones(n), -np.ones(n - 1), -np.ones(n - 1)], [0, 1, -1]).tocsr()


def path(n):
    a = second_difference(n).tolil()
    a[0, 0] = a[-1, -1] = 1
    return a.tocsr()


def cycle(n):
    a = second_difference(n).tolil()
    a[0, -1] = a[-1, 0] = -1
    return a.tocsr()


def plus(a, b):
    return (sp.kron(a, sp.eye(b.shape[0])) + sp.kron(sp.eye(a.shape[0]), b)).tocsr()


def graph(g, adjacency=False):
    g = nx.convert_node_labels_to_integers(g)
    matrix = nx.adjacency_matrix(g, weight=None) if adjacency else nx.laplacian_matrix(g, weight=None)
    return matrix.astype(float).tocsr()


def spins(sites, field):
    """Heisenberg chain (field = None) or Ising chain in a transverse field, in a ring."""
    x = sp.csr_matrix([[0, 1], [1, 0]])
    y = sp.csr_matrix([[0, -1j], [1j, 0]])
    z = sp.csr_matrix([[1, 0], [0, -1]])

    def at(ops):
        out = sp.identity(1)
        for i in range(sites):
            out = sp.kron(out, ops.get(i, sp.identity(2)))
        return out

    total = 0
    for i in range(sites):
        j = (i + 1) % sites
        if field is None:
            total = total + sum(at({i: p, j: p}) for p in (x, y, z)) / 4
        else:
            total = total - at({i: z, j: z}) - field * at({i: x})
    return sp.csr_matrix(total.real)


def kernel(points, f):
    d = np.sqrt(np.maximum(0, ((points[:, None] - points[None]) ** 2).sum(-1)))
    return f(d)


def gram(data):
    x = data - data.mean(0)
    x = x / np.where(x.std(0) > 0, x.std(0), 1)
    return x.T @ x / len(x)


def finite_elements(n):
    """P1 stiffness and lumped mass on an L-shaped domain: M^(-1/2) K M^(-1/2)."""
    keep = [(i, j) for i in range(1, n) for j in range(1, n) if i < n // 2 or j < n // 2]
    index = {p: k for k, p in enumerate(keep)}
    a = sp.lil_matrix((len(keep), len(keep)))
    for (i, j), k in index.items():
        a[k, k] = 4
        for q in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            if q in index:
                a[k, index[q]] = -1
    weight = sp.diags(1 / np.sqrt(1 + 0.9 * np.array([i / n for i, _ in keep])))
    return (weight @ a @ weight).tocsr() * n**2


def beam(n):
    d = second_difference(n)
    return (d @ d).tocsr() * (n + 1) ** 4


i = np.arange(1.0, 501)
points = rng.uniform(size=(500, 2))
goe = rng.standard_normal((500, 500))
tall = rng.standard_normal((800, 400))
spiked = tall * np.r_[6, 4, 3, np.ones(397)]
haar, _ = np.linalg.qr(rng.standard_normal((300, 300)))
digits = load_digits().data


def spectrum(values):
    return (haar * np.asarray(values)) @ haar.T


matrices = {
    "path graph 200": path(200),
    "cycle graph 301": cycle(301),
    "second difference 400": second_difference(400),
    "Poisson 41 x 37": plus(second_difference(41), second_difference(37)),
    "Poisson 20 x 20": plus(second_difference(20), second_difference(20)),
    "grid graph 40 x 37": plus(path(40), path(37)),
    "torus 24 x 24": plus(cycle(24), cycle(24)),
    "grid 12 x 11 x 10": plus(plus(second_difference(12), second_difference(11)), second_difference(10)),
    "finite elements, L-shape": finite_elements(44),
    "clamped beam 100": beam(100),
    "hypercube 9": graph(nx.hypercube_graph(9), adjacency=True),
    "complete graph 120": graph(nx.complete_graph(120)),
    "star 300": graph(nx.star_graph(299)),
    "karate club": graph(nx.karate_club_graph()),
    "Les Miserables": graph(nx.les_miserables_graph()),
    "Florentine families": graph(nx.florentine_families_graph()),
    "Southern women": graph(nx.davis_southern_women_graph(), adjacency=True),
    "preferential attachment 800": graph(nx.barabasi_albert_graph(800, 3, seed=1)),
    "small world 600": graph(nx.watts_strogatz_graph(600, 6, 0.1, seed=2)),
    "random regular 500": graph(nx.random_regular_graph(4, 500, seed=3), adjacency=True),
    "block model": graph(nx.stochastic_block_model([150, 150, 150], [[0.1, 0.01, 0.01], [0.01, 0.1, 0.01], [0.01, 0.01, 0.1]], seed=4)),
    "lollipop": graph(nx.lollipop_graph(40, 160)),
    "min(i, j) 500": np.minimum.outer(i, i),
    "min/max (Lehmer) 500": np.minimum.outer(i, i) / np.maximum.outer(i, i),
    "rho^|i-j|, rho = 0.9": 0.9 ** np.abs(i[:, None] - i),
    "1/(i+j-1) (Hilbert) 300": 1 / np.add.outer(i[:300], i[:300] - 1),
    "prolate 256": np.sinc(0.4 * (np.arange(256)[:, None] - np.arange(256))) * 0.4,
    "Wilkinson 201": sp.diags([np.abs(np.arange(-100.0, 101)), np.ones(200), np.ones(200)], [0, 1, -1]),
    "Clement 200": sp.diags([np.sqrt(np.arange(1.0, 200) * np.arange(199.0, 0, -1))] * 2, [1, -1]),
    "Pei 200": np.eye(200) * 3 + 1,
    "Anderson 600": sp.diags([rng.uniform(-2, 2, 600), np.ones(599), np.ones(599)], [0, 1, -1]),
    "Harper 400": sp.diags([2 * np.cos(2 * np.pi * np.arange(400) * (np.sqrt(5) - 1) / 2), np.ones(399), np.ones(399)], [0, 1, -1]),
    "Heisenberg ring of 9": spins(9, None),
    "Ising ring of 9": spins(9, 1.0),
    "Gaussian orthogonal 500": (goe + goe.T) / np.sqrt(1000),
    "Wishart 400": tall.T @ tall / 800,
    "spiked Wishart 400": spiked.T @ spiked / 800,
    "Gaussian kernel 500": kernel(points, lambda d: np.exp(-((d / 0.2) ** 2))),
    "exponential kernel 500": kernel(points, lambda d: np.exp(-d / 0.2)),
    "thin plate kernel 500": kernel(points, lambda d: d**2 * np.log(np.where(d > 0, d, 1))),
    "digits, images": kernel(digits[:400] / 16, lambda d: np.exp(-((d / 2) ** 2))),
    "digits, pixels": gram(digits),
    "breast cancer": gram(load_breast_cancer().data),
    "wine": gram(load_wine().data),
    "diabetes": gram(load_diabetes().data),
    "cluster of 1e-8": spectrum(np.r_[1 + 1e-8 * np.arange(6), np.linspace(0, 0.9, 294)]),
    "cluster of 1e-4": spectrum(np.r_[1 + 1e-4 * np.arange(6), np.linspace(-0.9, 0.9, 294)]),
    "twelve decades": spectrum(np.logspace(0, -12, 300)),
    "projector of rank 30": spectrum(np.r_[np.ones(30), np.zeros(270)]),
    "Hessian-like": spectrum(np.r_[20 - 1.7 * np.arange(10), np.exp(-np.arange(290) / 30) - 0.2]),
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    names = []
    for number, (name, matrix) in enumerate(matrices.items()):
        a = sp.csr_matrix(matrix)
        a = ((a + a.T) / 2).tocsr()
        a.sort_indices()
        a.indptr.astype("<i4").tofile(folder / f"{number}.rows")
        a.indices.astype("<i4").tofile(folder / f"{number}.columns")
        a.data.astype("<f8").tofile(folder / f"{number}.values")
        la.eigvalsh(a.toarray())[::-1].astype("<f8").tofile(folder / f"{number}.spectrum")
        names.append(name)
    (folder / "names.json").write_text(json.dumps(names))
