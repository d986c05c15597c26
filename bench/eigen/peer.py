"""The peer: SciPy's eigsh (ARPACK) and lobpcg, on the same operators from the same start vectors.

Reads one JSON request a line, writes one JSON answer a line: matvecs, milliseconds, worst error of
the residual relative to the value, largest values.
"""

import json
import sys
import time
import warnings

import numpy as np
import scipy
import scipy.sparse.linalg as sl

warnings.filterwarnings("ignore")


def diagonal(values):
    return lambda x: values * x


def laplacian1d(x):
    y = 2 * x
    y[1:] -= x[:-1]
    y[:-1] -= x[1:]
    return y


def laplacian2d(x, g=100):
    x = x.reshape(g, g)
    y = 4 * x
    y[1:] -= x[:-1]
    y[:-1] -= x[1:]
    y[:, 1:] -= x[:, :-1]
    y[:, :-1] -= x[:, 1:]
    return y.ravel()


def index(n):
    return np.arange(n, dtype=float)


OPERATORS = {
    "2-D Laplacian 100²": (10000, laplacian2d),
    "1-D Laplacian 1000": (1000, laplacian1d),
    "uniform 10⁴": (10000, diagonal((index(10000) + 1) / 10000)),
    "Hessian-like 2·10⁴": (
        20000,
        diagonal(np.where(index(20000) < 10, 20 - 1.7 * index(20000), np.exp(-index(20000) / 2000) - 0.2)),
    ),
    "power law 5000": (5000, diagonal(1 / (index(5000) + 1))),
    "square root 2·10⁴": (20000, diagonal(np.sqrt((index(20000) + 1) / 20000))),
    "cluster of six 3000": (
        3000,
        diagonal(np.where(index(3000) < 6, 10 - 1e-3 * index(3000), index(3000) / 3000)),
    ),
}


def answer(request):
    n, product = OPERATORS[request["operator"]]
    start = np.fromfile(request["start"]).reshape(-1, n)
    k, tol = request["k"], request["tol"]
    count = [0]

    def matvec(x):
        count[0] += 1
        return product(x.ravel())

    def matmat(block):
        count[0] += block.shape[1]
        return np.stack([product(column) for column in block.T], axis=1)

    operator = sl.LinearOperator((n, n), matvec=matvec, matmat=matmat, dtype=float)
    begin = time.perf_counter()
    try:
        if request["method"] == "eigsh":
            values, vectors = sl.eigsh(operator, k=k, which="LA", tol=tol, v0=start[0].copy(), maxiter=100000)
        else:
            absolute = tol * request["scale"]
            values, vectors = sl.lobpcg(operator, start[:k].T.copy(), tol=absolute, maxiter=2000, largest=True)
    except Exception as error:
        return {"matvecs": count[0], "failed": str(error)}
    elapsed = 1000 * (time.perf_counter() - begin)
    residual = max(
        float(np.linalg.norm(product(vectors[:, i]) - values[i] * vectors[:, i]) / abs(values[i]))
        for i in range(k)
    )
    return {"matvecs": count[0], "ms": elapsed, "residual": residual, "values": sorted(values.tolist(), reverse=True)}


print(json.dumps({"scipy": scipy.__version__, "numpy": np.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
